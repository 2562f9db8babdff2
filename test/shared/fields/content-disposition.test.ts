import { validateHeaderValue } from 'node:http'
import { expect } from 'chai'
import { parse } from 'content-disposition'
import fc from 'fast-check'
import { serializeContentDisposition, toSafeFilename } from '../../../src/shared/fields/content-disposition.js'

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
  ]
  for (const [name, expected] of names) {
    it(`${JSON.stringify(name)} is saved as ${JSON.stringify(expected)}`, () => {
      expect(toSafeFilename(name)).to.equal(expected)
      expect(parse(serializeContentDisposition('attachment', name)).parameters.filename).to.equal(expected)
    })
  }

  it('has an ASCII filename beside filename* (RFC 8187)', () => {
    expect(serializeContentDisposition('attachment', '€ rates.txt')).to.equal(
      `attachment; filename="? rates.txt"; filename*=UTF-8''%E2%82%AC%20rates.txt`,
    )
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
