import { expect } from 'chai'
import { showValue } from '../../../src/shared/checks/show-value.js'

const LONG = 'x'.repeat(1000)

describe('showValue', () => {
  for (const [value, shown] of [
    ['text', "'text'"],
    ["it's", '"it\'s"'],
    ['a\r\nb', "'a\\r\\nb'"],
    [5, '5'],
    [-0, '-0'],
    [5n, '5n'],
    [2n ** 300n, 'a large bigint'],
    [true, 'true'],
    [null, 'null'],
    [undefined, 'undefined'],
    [Symbol('s'), 'Symbol(s)'],
    [[], '[]'],
    [[1, 'a', {}, []], "[ 1, 'a', [Object], ... 1 more item ]"],
    [[1, 2, 3, 4, 5], '[ 1, 2, 3, ... 2 more items ]'],
    [{}, '{}'],
    [{ a: 1, 'b-c': 'd', e: { f: 1 } }, "{ a: 1, 'b-c': 'd', e: [Object] }"],
    [{ a: 1, b: 2, c: 3, d: 4, e: 5 }, '{ a: 1, b: 2, c: 3, d: 4, ... }'],
    [Object.assign(Object.create(null), { a: 1 }), '[Object: null prototype] { a: 1 }'],
    [new (class Point { x = 1 })(), 'Point { x: 1 }'], // biome-ignore format: one line
    [new TypeError('it failed'), 'TypeError: it failed'],
    [new Map([['a', 1]]), "Map(1) { 'a' => 1 }"],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [Buffer.from('ab'), '<Buffer 61 62>'],
  ] as const) {
    it(`shows ${shown}`, () => expect(showValue(value)).to.equal(shown))
  }

  it('runs no getter', () => {
    let calls = 0
    const value = Object.defineProperty({}, 'secret', { enumerable: true, get: () => calls++ })
    expect(showValue(value)).to.equal('{ secret: [Getter] }')
    expect(calls).to.equal(0)
  })

  it('is one line of at most 80 characters for long texts, long names and hostile objects', () => {
    const refuses = new Proxy({}, { getPrototypeOf: () => { throw new Error('no') } }) // biome-ignore format: one line
    for (const value of [
      LONG,
      [LONG],
      { [LONG]: LONG },
      new Map([[LONG, LONG]]),
      new Error(`${LONG}\n${LONG}`),
      Symbol(LONG),
      Object.assign(() => {}, { [LONG]: 1 }),
      { get [Symbol.toStringTag]() { throw new Error('no') } }, // biome-ignore format: one line
      refuses,
      'a\nb'.repeat(100),
    ]) {
      const shown = showValue(value)
      expect(shown).to.match(/^.{1,80}$/)
    }
  })
})
