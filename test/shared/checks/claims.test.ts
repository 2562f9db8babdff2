import { expect } from 'chai'
import { isClaims, MemoryClaims } from '../../../src/shared/checks/claims.js'
import { checkClaims } from '../../../src/testing/index.js'

const at = (ms: number): Date => new Date(ms)

describe('MemoryClaims', () => {
  it('keeps the contract of claims', () => checkClaims(new MemoryClaims()))

  it('gives each identifier to the first claim', () => {
    const claims = new MemoryClaims()
    const answers = [claims.claim('a', at(1000), 0), claims.claim('a', at(1000), 1), claims.claim('b', undefined, 2)]
    expect([...answers, claims.claim('a', at(1000), 3), claims.claim('b', undefined, 1e15)]).to.deep.equal([
      true,
      false,
      true,
      false,
      false,
    ])
  })

  it('forgets what has expired, and the oldest beyond its limit', () => {
    const aged = new MemoryClaims()
    aged.claim('a', at(1000), 0)
    aged.claim('b', at(1900), 900)
    expect([aged.claim('b', at(3000), 1000), aged.claim('a', at(3000), 1000)]).to.deep.equal([false, true])
    const full = new MemoryClaims(2)
    for (const id of ['a', 'b', 'c']) full.claim(id, at(1000), 0)
    expect(['c', 'b', 'a'].map((id) => full.claim(id, at(1000), 0))).to.deep.equal([false, false, true])
  })

  it('claims are known by their method', () => {
    expect([new MemoryClaims(), { claim: () => true }].map(isClaims)).to.deep.equal([true, true])
    expect([null, undefined, () => true, {}, { claim: true }, 'claim'].some(isClaims)).to.equal(false)
  })
})
