import { expect } from 'chai'
import { decodePercent, encodePercent } from '../../../../src/shared/streams/channel/percent-text.js'

describe('text as ASCII', () => {
  it('has none of the characters that an id gives a meaning', () => {
    expect(encodePercent('a~b=c&d e\n')).to.equal('a%7Eb%3Dc%26d%20e%0A')
    expect(decodePercent('a%7Eb%3Dc%26d%20e%0A')).to.equal('a~b=c&d e\n')
  })

  it('is undefined if it is no such ASCII', () => {
    expect(decodePercent('%')).to.equal(undefined)
    expect(decodePercent('%ff')).to.equal(undefined)
  })
})
