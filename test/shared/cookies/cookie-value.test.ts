import { expect } from 'chai'
import { JSONCookie } from 'cookie-parser'
import fc from 'fast-check'
import {
  decodeValue,
  encodeValue,
  parseValue,
  stringifyValue,
  unquote,
} from '../../../src/shared/cookies/cookie-value.js'

describe('the value of a cookie', () => {
  it('of any string or JSON reads back as it was', () => {
    const json = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue()))
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string().map((each) => `j:${each}`),
      fc.json().map((each) => `j:${each}`),
    )
    fc.assert(
      fc.property(fc.oneof(text, json), (value) => {
        const read = parseValue(decodeValue(encodeValue('a', stringifyValue('a', value))))
        expect(read).to.deep.equal(typeof value === 'string' ? value : JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('of a string with the prefix of JSON is the same string for cookie-parser', () => {
    for (const value of ['j:', 'j:x', 'j:{"a":1}', 'j:"x"', 'j:null']) {
      expect(JSONCookie(stringifyValue('a', value))).to.equal(value)
    }
  })

  for (const [text, expected] of [
    ['j:{"a":1}', { a: 1 }],
    ['j:[1]', [1]],
    ['j:"x"', 'x'],
    ['j:1', 'j:1'],
    ['j:null', 'j:null'],
    ['j:true', 'j:true'],
    ['j:{', 'j:{'],
    ['J:{}', 'J:{}'],
    ['x', 'x'],
  ] as const) {
    it(`${text} reads as ${JSON.stringify(expected)}`, () => expect(parseValue(text)).to.deep.equal(expected))
  }

  it('numbers and booleans are text', () => {
    expect([stringifyValue('a', 1.5), stringifyValue('a', false)]).to.deep.equal(['1.5', 'false'])
  })

  for (const value of [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    null,
    undefined,
    new Date(),
    new Map(),
    () => {},
    5n,
    Symbol('x'),
    { toString: () => 'an object whose toJSON gives nothing', toJSON: () => undefined },
  ]) {
    it(`${String(value)} is refused`, () => {
      expect(() => stringifyValue('a', value as never))
        .to.throw(Error, /^cookie 'a': value must be /)
        .with.property('code', 'INVALID_COOKIE')
    })
  }

  it('quotes around it are not part of it, and a bad escape stays as it is', () => {
    expect([unquote('"a"'), unquote('"'), unquote('""'), unquote('a"')]).to.deep.equal(['a', '"', '', 'a"'])
    expect([decodeValue('a%20b'), decodeValue('%zz'), decodeValue('100%')]).to.deep.equal(['a b', '%zz', '100%'])
  })
})
