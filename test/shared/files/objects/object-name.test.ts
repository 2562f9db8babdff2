import { expect } from 'chai'
import { codingOfObject, nameOfObject } from '../../../../src/shared/files/objects/object-name.js'

const named = (disposition?: string, filename?: string, key?: string) =>
  nameOfObject({ disposition, metadata: filename === undefined ? undefined : { filename }, key })

describe('nameOfObject', () => {
  for (const [title, name, expected] of [
    ['Content-Disposition counts most', named('attachment; filename="a.txt"', 'b.txt', 'c.txt'), 'a.txt'],
    ['a disposition without a name does not count', named('inline', 'b.txt', 'c.txt'), 'b.txt'],
    ['a disposition that is malformed does not count', named('attachment; filename=', 'b.txt', 'c.txt'), 'b.txt'],
    ['the end of the key counts last', named(undefined, undefined, 'x/y/c.txt'), 'c.txt'],
    ['a key that ends with a slash has no name', named(undefined, undefined, 'x/y/'), undefined],
    ['empty metadata does not count', named(undefined, '', 'c.txt'), 'c.txt'],
    ['a lone per cent sign stays', named(undefined, '100%.txt'), '100%.txt'],
    ['words in base64 (RFC 2047 §4.1)', named(undefined, '=?UTF-8?B?w7w=?= =?UTF-8?B?LnR4dA==?='), 'ü.txt'],
    ['words in Q (RFC 2047 §4.2)', named(undefined, '=?utf-8?q?=C3=BC_100%.txt?='), 'ü 100%.txt'],
    ['a word in another charset stays', named(undefined, '=?koi8-r?B?w7w=?='), '=?koi8-r?B?w7w=?='],
    ['a word that is no UTF-8 stays', named(undefined, '=?UTF-8?Q?=FF?='), '=?UTF-8?Q?=FF?='],
    ['nothing is no name', named(), undefined],
  ] as const) {
    it(title, () => {
      expect(name).to.equal(expected)
    })
  }

  it('the case of the name of the metadata does not count', () => {
    expect(nameOfObject({ disposition: undefined, metadata: { FileName: 'b.txt' }, key: 'k' })).to.equal('b.txt')
  })
})

describe('codingOfObject', () => {
  for (const [value, expected] of [
    [undefined, undefined],
    ['', undefined],
    ['gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['aws-chunked', undefined],
    ['aws-chunked,gzip', 'gzip'],
    ['identity', undefined],
    ['br, gzip', 'br, gzip'],
    ['a b\r\n', undefined],
  ]) {
    it(`${JSON.stringify(value)} is ${expected}`, () => {
      expect(codingOfObject(value)).to.equal(expected)
    })
  }
})
