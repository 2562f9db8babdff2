import { inspect } from 'node:util'
import { expect } from 'chai'
import { checkField, fieldEntries, isFieldName, isFieldText } from '../../../src/shared/fields/field-entries.js'

const noIterator = { get() {}, [Symbol.iterator]: () => ({}) }
const noPairs = { get() {}, [Symbol.iterator]: () => [null].values() }

describe('fieldEntries', () => {
  for (const [what, fields, expected] of [
    [
      'a record',
      { 'X-A': '1', 'X-B': ['2', '3'], 'X-C': undefined },
      [
        ['X-A', '1'],
        ['X-B', ['2', '3']],
        ['X-C', undefined],
      ],
    ],
    ['a Map', new Map([['X-A', 5]]), [['X-A', 5]]],
    [
      'a Headers',
      new Headers([
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
      ]),
      [
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ],
    ],
  ] as const) {
    it(`reads ${what}`, () => expect(fieldEntries(fields, 'x')).to.deep.equal(expected))
  }

  for (const fields of [
    'X-A: 1',
    null,
    undefined,
    5,
    [['X-A', '1']],
    new Set(['X-A']),
    new Map([[1, 'a']]),
    noIterator,
    noPairs,
  ]) {
    it(`refuses ${inspect(fields)}`, () => {
      expect(() => fieldEntries(fields as never, 'setHeaders: fields'))
        .to.throw(TypeError, /^setHeaders: fields must be a record, a Headers or a Map, got /)
        .with.property('code', 'INVALID_ARGUMENT')
    })
  }
})

describe('checkField (RFC 9110 §5.1, §5.5)', () => {
  it('takes a string, a number and a list of strings', () => {
    for (const value of ['a', '', 5, ['a', 'b'], 'obs-text \xe9'])
      expect(() => checkField('x', 'X-A', value)).not.to.throw()
  })

  for (const [name, value] of [
    ['X A', 'a'],
    ['', 'a'],
    ['X-A\r\nX-B', 'a'],
    ['X-A', 'a\r\nb'],
    ['X-A', 'a\0'],
    ['X-A', '東'],
    ['X-A', null],
    ['X-A', { a: 1 }],
    ['X-A', ['a', null]],
    ['X-A', ['a', 'b\n']],
  ] as const) {
    it(`refuses ${JSON.stringify([name, value])}`, () => {
      expect(() => checkField('x', name, value)).to.throw(TypeError)
    })
  }
})

describe('isFieldName and isFieldText (RFC 9110 §5.1, §5.5, §5.6.2)', () => {
  it('a name is a token', () => {
    for (const name of ['X-A', 'etag', "!#$%&'*+-.^_`|~1"]) expect(isFieldName(name), name).to.equal(true)
    for (const name of ['', 'X A', 'X:A', 'X\r\nA', 'é', 'X(A)']) expect(isFieldName(name), name).to.equal(false)
  })

  it('a value has no control characters but the tab, and no character above U+00FF', () => {
    for (const text of ['', 'a b', 'a\tb', '\xe9']) expect(isFieldText(text), text).to.equal(true)
    for (const text of ['a\r\nb', 'a\0', 'a\x7f', '\u0100']) expect(isFieldText(text), text).to.equal(false)
  })
})
