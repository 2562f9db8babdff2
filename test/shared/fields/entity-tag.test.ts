import { expect } from 'chai'
import { entityTagOf, isEntityTag, parseEntityTagList } from '../../../src/shared/fields/entity-tag.js'

// SHA-1 of "abc" (FIPS 180-4, the standard's own example): a9993e36 4706816a ba3e2571 7850c26c 9cd0d89d.
const ABC = Buffer.from('a9993e364706816aba3e25717850c26c9cd0d89d', 'hex').toString('base64').slice(0, 27)

describe("entity-tag of a body, as Express's etag makes it", () => {
  it('is the length in hex and 27 characters of SHA-1 in base64, weak or strong', () => {
    expect(entityTagOf('abc', 'strong')).to.equal(`"3-${ABC}"`)
    expect(entityTagOf('abc', 'weak')).to.equal(`W/"3-${ABC}"`)
    expect(entityTagOf(Buffer.from('abc'), 'weak')).to.equal(`W/"3-${ABC}"`)
  })

  it('is that of no bytes for an empty body', () => {
    // SHA-1 of the empty message: da39a3ee 5e6b4b0d 3255bfef 95601890 afd80709.
    const empty = Buffer.from('da39a3ee5e6b4b0d3255bfef95601890afd80709', 'hex').toString('base64').slice(0, 27)
    expect(entityTagOf('', 'weak')).to.equal(`W/"0-${empty}"`)
  })

  it('counts bytes, not characters', () => {
    expect(entityTagOf('é', 'weak')).to.match(/^W\/"2-/)
  })

  it('differs for texts of one length, and is the same again for each of them', () => {
    const texts = ['abc', 'abd', 'xyz', 'abc', 'xyz', 'abd']
    const tags = texts.map((text) => entityTagOf(text, 'weak'))
    expect(tags[3]).to.equal(tags[0])
    expect(tags[4]).to.equal(tags[2])
    expect(tags[5]).to.equal(tags[1])
    expect(new Set(tags).size).to.equal(3)
    for (const text of texts) expect(entityTagOf(text, 'strong')).to.equal(entityTagOf(Buffer.from(text), 'strong'))
  })
})

describe('entity-tags in a request (RFC 9110 §8.8.3)', () => {
  it('a list is read with the quotes in mind', () => {
    expect(parseEntityTagList('"a,b", W/"c" ,, "d"')).to.deep.equal(['"a,b"', 'W/"c"', '"d"'])
  })

  it('a malformed list has no members', () => {
    for (const value of ['a', '"a', '"a" "b"', 'w/"a"']) expect(parseEntityTagList(value), value).to.deep.equal([])
  })

  it('W/ is written with a capital letter, and a quote stands in no tag', () => {
    expect(isEntityTag('W/"1"')).to.equal(true)
    for (const value of ['w/"1"', '"a"b"', '1', '']) expect(isEntityTag(value), value).to.equal(false)
  })
})
