import { inspect } from 'node:util'
import vm from 'node:vm'
import { expect } from 'chai'
import { checkKeys, isRecord } from '../../../src/shared/checks/check-keys.js'

describe('checkKeys', () => {
  const known = ['maxAge', 'root', 'headers']

  it('takes known keys, and none at all', () => {
    for (const value of [{}, { root: 1 }, { maxAge: undefined, headers: null }, Object.create(null)]) {
      expect(() => checkKeys('file()', value, known)).not.to.throw()
    }
  })

  for (const [value, message] of [
    [{ maxage: 1 }, "file(): unknown option 'maxage' (did you mean 'maxAge'?)"],
    [{ root: 1, nonsense: 2 }, "file(): unknown option 'nonsense'"],
    [{ __proto__: null, toString: 1 }, "file(): unknown option 'toString'"],
    [{ ['k'.repeat(10_000)]: 1 }, `file(): unknown option '${'k'.repeat(60)}'... 9940 more c...`],
    [null, 'file() options must be an object, got null'],
    [undefined, 'file() options must be an object, got undefined'],
    // A secret, or the URL of a server, that was given without its name is not shown.
    ['redis://:pw@host', 'file() options must be an object, got a value of type String'],
    [['a secret'], 'file() options must be an object, got a value of type Array'],
    [new Map([['secrets', 'a secret']]), 'file() options must be an object, got a value of type Map'],
    [() => 'a secret', 'file() options must be an object, got a value of type Function'],
  ] as const) {
    it(message.slice(0, 80), () => {
      expect(() => checkKeys('file()', value, known))
        .to.throw(TypeError)
        .that.includes({ code: 'INVALID_OPTION', message })
    })
  }
})

describe('isRecord', () => {
  class Own {
    name = 1
  }
  const others = vm.runInNewContext('({ record: { a: 1 }, map: new Map([["a", 1]]) })')

  for (const value of [{}, { a: 1 }, Object.create(null), new Own(), others.record]) {
    it(`takes ${inspect(value)}`, () => expect(isRecord(value)).to.equal(true))
  }

  for (const value of [
    ...[undefined, null, 'text', 7, () => 1, [], [['a', 1]]],
    ...[
      new Map([['a', 1]]),
      new Set(['a']),
      new Date(0),
      Promise.resolve({ a: 1 }),
      new URLSearchParams('a=1'),
      others.map,
    ],
  ]) {
    it(`refuses ${inspect(value)}`, () => expect(isRecord(value)).to.equal(false))
  }
})
