import { expect } from 'chai'
import { parseLinkList } from '../../../src/shared/fields/link.js'

describe('parseLinkList (RFC 8288 §3)', () => {
  it('splits at commas outside of brackets and quotes', () => {
    expect(parseLinkList('</a?x=1,2>; rel="a,b" , <b>;title="say \\"x,y\\""; rel=c')).to.deep.equal([
      '</a?x=1,2>; rel="a,b"',
      '<b>;title="say \\"x,y\\""; rel=c',
    ])
  })

  it('leaves out what follows a malformed link', () => {
    expect(parseLinkList('')).to.deep.equal([])
    expect(parseLinkList('nonsense, <a>')).to.deep.equal([])
    expect(parseLinkList('<a>; rel=x, b')).to.deep.equal(['<a>; rel=x'])
  })

  it('reads a long hostile value in linear time', () => {
    const started = process.cpuUsage().user
    for (const hostile of [`<${'<'.repeat(200_000)}`, `<a>${';"'.repeat(100_001)}`, `<a>"${'\\'.repeat(200_001)}`]) {
      parseLinkList(hostile)
    }
    expect(process.cpuUsage().user - started).to.be.below(1_000_000)
  })
})
