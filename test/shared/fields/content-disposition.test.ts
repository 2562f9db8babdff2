import { validateHeaderValue } from 'node:http'
import { expect } from 'chai'
import { parse } from 'content-disposition'
import fc from 'fast-check'
import {
  filenameOf,
  quoteFilename,
  removeInvisible,
  serializeContentDisposition,
  toSafeFilename,
} from '../../../src/shared/fields/content-disposition.js'

describe('Content-Disposition (RFC 6266)', () => {
  const names: readonly (readonly [string, string])[] = [
    ['plans.pdf', 'plans.pdf'],
    ['/etc/passwd', 'passwd'],
    ['..\\..\\boot.ini', 'boot.ini'],
    ['a/b/', 'b'],
    ['a\r\nX: y.txt', 'aX: y.txt'],
    ['gpj.\u202Eexe', 'gpj.exe'],
    ['..', 'download'],
    ['', 'download'],
    ['///', 'download'],
    ['naïve "x".txt', 'naïve "x".txt'],
    ['€ 20%.txt', '€ 20%.txt'],
    ['\ud800.txt', '\ufffd.txt'],
    // Invisible characters make two names look the same.
    ['pay\u200bpal\u2060.pdf', 'paypal.pdf'],
    ['a\u200e\u200f\u061c\u00ad\u034f\ufeff\u2028\u3164\ufff9\u{e0041}b.txt', 'ab.txt'],
    ['\u202e', 'download'],
    // The composed form (Unicode, NFC).
    ['Zu\u0308rich.txt', 'Z\u00fcrich.txt'],
    // At most 255 bytes of UTF-8, with the extension, and no half character.
    ['\u6f22'.repeat(400), '\u6f22'.repeat(85)],
    [`${'\u6f22'.repeat(400)}.tar.gz`, `${'\u6f22'.repeat(82)}.tar.gz`],
    [`${'a'.repeat(1_000_000)}.txt`, `${'a'.repeat(251)}.txt`],
    [`${'\u{1f468}\u{1f3fd}'.repeat(100)}.png`, `${'\u{1f468}\u{1f3fd}'.repeat(31)}.png`],
  ]
  for (const [name, expected] of names) {
    it(`${JSON.stringify(name)} is saved as ${JSON.stringify(expected)}`, () => {
      expect(toSafeFilename(name)).to.equal(expected)
      expect(parse(serializeContentDisposition('attachment', name)).parameters.filename).to.equal(expected)
    })
  }

  it('has an ASCII filename beside filename* (RFC 8187)', () => {
    expect(serializeContentDisposition('attachment', '€ rates.txt')).to.equal(
      `attachment; filename="_ rates.txt"; filename*=UTF-8''%E2%82%AC%20rates.txt`,
    )
  })

  for (const [name, ascii] of [
    ['Gr\u00f6\u00dfe \u00e0 la carte.txt', 'Gro_e a la carte.txt'],
    ['\u65e5\u672c\u8a9e.txt', '___.txt'],
    ['\uff21\uff22\uff0f\uff1f.txt', 'AB__.txt'], // full width forms of letters, a slash and a question mark
    ['\u2025', 'download'], // two dot leader
  ] as const) {
    it(`${JSON.stringify(name)} is ${ascii} for clients that know ASCII alone`, () => {
      const value = serializeContentDisposition('attachment', name)
      expect(parse(value, { extended: false }).parameters.filename).to.equal(ascii)
      expect(parse(value).parameters.filename).to.equal(toSafeFilename(name))
    })
  }

  for (const [name, expected] of [
    ['a.txt', 'attachment; filename="a.txt"'],
    ['a b.txt', 'attachment; filename="a b.txt"'],
    ['a; filename=b.txt', 'attachment; filename="a; filename=b.txt"'],
    ['a; filename="b.txt', 'attachment; filename="a; filename=\\"b.txt"'],
    ['\u00e9.txt', `attachment; filename="e.txt"; filename*=UTF-8''%C3%A9.txt`],
  ] as const) {
    it(`${JSON.stringify(name)} in quotes, as Express 4 writes it, is one parameter`, () => {
      const quoted = quoteFilename(serializeContentDisposition('attachment', name))
      expect(quoted).to.equal(expected)
      expect(parse(quoted).parameters.filename).to.equal(name)
    })
  }

  it('removeInvisible() leaves what a reader sees', () => {
    expect(removeInvisible('\u202eabc\u200b \t\u{1f600} \u00e9 \u6f22')).to.equal('abc \u{1f600} \u00e9 \u6f22')
  })

  it('of any name is one field line that says that name, and no other parameter', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' })), (name) => {
        const value = serializeContentDisposition('attachment', name)
        validateHeaderValue('Content-Disposition', value)
        const { type, parameters } = parse(value)
        expect(type).to.equal('attachment')
        expect(parameters.filename).to.equal(toSafeFilename(name))
        expect(Object.keys(parameters).filter((key) => key !== 'filename' && key !== 'filename*')).to.deep.equal([])
        expect(parameters.filename).not.to.match(/[/\\\p{Cc}\u202a-\u202e\u2066-\u2069]/u)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('the filename that another server has sent (RFC 6266 §4.3)', () => {
  const asLatin1 = (text: string): string => Buffer.from(text).toString('latin1')
  for (const [disposition, expected] of [
    ['attachment; filename="plans.pdf"', 'plans.pdf'],
    ['inline; filename=plans.pdf', 'plans.pdf'],
    [`attachment; filename="e.txt"; filename*=UTF-8''%C3%A9.txt`, 'é.txt'],
    [`attachment; filename="${asLatin1('é漢.txt')}"`, 'é漢.txt'],
    ['attachment; filename="\xe9.txt"', 'é.txt'],
    ['attachment', undefined],
    ['attachment; filename=""', undefined],
    [undefined, undefined],
  ] as const) {
    it(`${JSON.stringify(disposition)}: ${expected}`, () => expect(filenameOf(disposition)).to.equal(expected))
  }
})
