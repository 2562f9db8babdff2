import { expect } from 'chai'
import { addMember, quoteString } from '../../../src/shared/fields/structured-text.js'

describe('quoteString (RFC 9110 §5.6.4)', () => {
  it('escapes quotes and backslashes alone', () => {
    expect(quoteString('a "b" \\ c, d')).to.equal('"a \\"b\\" \\\\ c, d"')
  })
})

describe('addMember (RFC 9110 §5.6.1)', () => {
  it('joins what is staged, in one line or several', () => {
    expect(addMember(undefined, 'a')).to.equal('a')
    expect(addMember('a', 'b')).to.equal('a, b')
    expect(addMember(['a', 'b'], 'c')).to.equal('a, b, c')
    expect(addMember('', 'a')).to.equal('a')
  })

  it('adds nothing twice, and takes no part for the whole', () => {
    expect(addMember('a, b, c', 'b')).to.equal('a, b, c')
    expect(addMember('ab, bc', 'b')).to.equal('ab, bc, b')
  })
})
