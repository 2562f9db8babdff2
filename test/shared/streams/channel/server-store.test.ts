import { expect } from 'chai'
import { checkTopicName, readRetention, refuseOwnId } from '../../../../src/shared/streams/channel/server-store.js'
import { thrown } from '../../../support/thrown.js'

describe('checkTopicName', () => {
  for (const name of ['a', 'room:7', 'Größe 🙂', ' ', '{tag}', 'x'.repeat(200)]) {
    it(`takes ${JSON.stringify(name)}`, () => expect(checkTopicName(name, 'topic')).to.equal(name))
  }

  for (const name of ['', 'a\0', 'a\r', 'a\u0085', '\ud800', 'x'.repeat(201), 7, null, undefined, ['a']]) {
    it(`refuses ${JSON.stringify(name)}`, () => {
      expect(() => checkTopicName(name, 'topic'))
        .to.throw(/^topic: name must be /)
        .with.property('code', 'INVALID_ARGUMENT')
    })
  }

  it('makes a text that is no name the fault of the client, and another type that of the app', () => {
    for (const [name, status, expose] of [
      ['', 400, false],
      ['a\n', 400, false],
      ['x'.repeat(201), 400, false],
      [7, undefined, undefined],
      [undefined, undefined, undefined],
    ] as const) {
      const { status: found, statusCode, expose: shown } = thrown(() => checkTopicName(name, 'topic')) as any
      expect([found, statusCode, shown], String(name)).to.deep.equal([status, status, expose])
    }
  })
})

describe('refuseOwnId', () => {
  it('takes no id of the publisher', () => {
    expect(refuseOwnId(undefined, 'Redis')).to.equal(undefined)
    expect(() => refuseOwnId('1', 'Redis')).to.throw("publish: id must be absent, because Redis gives the ids, got '1'")
  })
})

describe('readRetention', () => {
  it('keeps 1000 events for a day, unless options say otherwise', () => {
    expect(readRetention('store()', {})).to.deep.equal({ maxLength: 1000, maxAgeMs: 86_400_000 })
    expect(readRetention('store()', { maxLength: 1, maxAge: '1.5s' })).to.deep.equal({ maxLength: 1, maxAgeMs: 1500 })
  })

  for (const [name, given] of [
    ['maxLength', 0],
    ['maxLength', 1.5],
    ['maxLength', 1e9 + 1],
    ['maxLength', '5'],
    ['maxLength', null],
    ['maxAge', '999ms'],
    ['maxAge', -1],
    ['maxAge', Number.NaN],
  ] as const) {
    it(`refuses ${name} ${JSON.stringify(given)}`, () => {
      expect(() => readRetention('store()', { [name]: given }))
        .to.throw(`store(): option '${name}'`)
        .with.property('code', 'INVALID_OPTION')
    })
  }
})
