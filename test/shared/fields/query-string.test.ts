import { expect } from 'chai'
import fc from 'fast-check'
import qs from 'qs'
import { type QueryInit, serializeQuery } from '../../../src/shared/fields/query-string.js'
import { thrown } from '../../support/thrown.js'

/** Pairs that never end, as a mistake of the caller gives them. */
function* endless(): Generator<[string, string]> {
  for (;;) yield ['a', '1']
}

describe('serializeQuery', () => {
  for (const [title, values, expected] of [
    ['nothing', {}, ''],
    ['plain values', { a: 'x', b: 7, c: true, d: 2n ** 64n }, 'a=x&b=7&c=true&d=18446744073709551616'],
    ['undefined is skipped', { a: undefined, b: 1 }, 'b=1'],
    ['an empty text stays', { a: '' }, 'a='],
    ['a list repeats its name', { a: [1, 2] }, 'a=1&a=2'],
    // RFC 3986 §2.2: reserved characters in data are percent-encoded.
    ['reserved characters', { 'a&b': 'c=d#e?f/g' }, 'a%26b=c%3Dd%23e%3Ff%2Fg'],
    ['UTF-8', { ä: '€' }, '%C3%A4=%E2%82%AC'],
    ['a space', { a: 'b c+d' }, 'a=b%20c%2Bd'],
    ['URLSearchParams keep their order and repeated names', new URLSearchParams('b=1&a=2&b=3'), 'b=1&a=2&b=3'],
    ['a Map', new Map([['b', 1]]), 'b=1'],
    ['members of another realm', { a: Object.assign(Object.create(null), { b: 1 }) }, 'a%5Bb%5D=1'],
  ] as readonly [string, QueryInit, string][]) {
    it(`${title}: ${expected || 'an empty text'}`, () => expect(serializeQuery(values)).to.equal(expected))
  }

  it('is what the query parser of Express reads back, also of nested values', () => {
    const leaf = fc.string({ unit: 'grapheme' })
    // A parameter of the parser has at least one character, and brackets are its syntax.
    const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((each) => !/[[\]]/.test(each) && !(each in {}))
    const nested = fc.dictionary(name, fc.dictionary(name, leaf, { minKeys: 1 }), { maxKeys: 4 })
    fc.assert(
      fc.property(fc.oneof(fc.dictionary(name, leaf), nested), (values) => {
        const read = qs.parse(serializeQuery(values), { parameterLimit: Infinity, plainObjects: true, depth: 9 })
        expect(JSON.parse(JSON.stringify(read))).to.deep.equal(JSON.parse(JSON.stringify(values)))
      }),
    )
  })

  for (const [title, values, words] of [
    ['a text', 'a=1', "option 'query'"],
    ['a list', [['a', 1]], "option 'query'"],
    ['null', null, "option 'query'"],
    ['a parameter that is null', { a: null }, "query parameter 'a'"],
    ['NaN', { a: Number.NaN }, "query parameter 'a'"],
    ['a Date', { a: new Date(0) }, "query parameter 'a'"],
    ['a function', { a: () => 1 }, "query parameter 'a'"],
    ['a lone surrogate', { a: '\ud800' }, 'well-formed Unicode'],
    ['more than 65,536 characters', { a: 'x'.repeat(65_535) }, "option 'query'"],
    // A JSON body of 200 KB: with the name before each member, it is five gigabytes.
    ['a list under a long name', { ['a'.repeat(100_000)]: Array(50_000).fill(1) }, "option 'query'"],
    ['many values under a long name', { ['a'.repeat(9000)]: { ...Array(9000).fill(1) } }, "option 'query'"],
    ['a list without an end', endless(), "option 'query'"],
    ['21 levels', JSON.parse(`${'{"a":'.repeat(22)}1${'}'.repeat(22)}`), 'at most 20 levels'],
  ] as const) {
    it(`refuses ${title}, and names the call`, () => {
      const error = thrown(() => serializeQuery(values as any, 'route()'))
      expect(error.message)
        .to.match(/^route\(\): /)
        .and.include(words)
    })
  }

  it('may have 65,536 characters', () => {
    expect(serializeQuery({ a: 'x'.repeat(65_534) })).to.have.lengthOf(65_536)
  })

  it('of a circle is an error, and ends', () => {
    const circle: Record<string, unknown> = {}
    circle.a = circle
    expect(() => serializeQuery(circle as any)).to.throw(TypeError, 'at most 20 levels')
  })
})
