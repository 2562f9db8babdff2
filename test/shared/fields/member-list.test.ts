import { expect } from 'chai'
import { addMember, addVary, skipEmptyMembers } from '../../../src/shared/fields/member-list.js'

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

describe('addVary (RFC 9110 §12.5.5)', () => {
  for (const [staged, names, expected] of [
    [undefined, 'Accept', 'Accept'],
    ['Accept', 'Origin', 'Accept, Origin'],
    ['accept', 'Accept', 'accept'],
    [['Accept', 'Origin'], 'ORIGIN, Cookie', 'Accept, Origin, Cookie'],
    ['Accept', '*', '*'],
    ['*', 'Accept', '*'],
    ['Accept, *', 'Origin', '*'],
    ['Origin', 'Accept, *', '*'],
    [' Accept ,, ', ',Origin,', 'Accept, Origin'],
  ] as const) {
    it(`${JSON.stringify(staged)} and ${JSON.stringify(names)}: ${JSON.stringify(expected)}`, () => {
      expect(addVary(staged, names)).to.equal(expected)
    })
  }
})

describe('skipEmptyMembers (RFC 9110 §5.6.1.2)', () => {
  for (const [text, start, index] of [
    ['a', 0, 0],
    [' ,\t, a', 0, 5],
    ['a, b', 1, 3],
    [',,', 0, 2],
    ['', 0, 0],
  ] as const) {
    it(`from ${start} of ${JSON.stringify(text)}: ${index}`, () =>
      expect(skipEmptyMembers(text, start)).to.equal(index))
  }
})
