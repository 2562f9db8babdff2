import { expect } from 'chai'
import { Claims } from '../../../src/shared/redirects/flash.js'

describe('Claims', () => {
  it('gives each identifier to the first claim', () => {
    const claims = new Claims(1000, 10)
    expect([claims.claim('a', 0), claims.claim('a', 1), claims.claim('b', 2), claims.claim('a', 3)]).to.deep.equal([
      true,
      false,
      true,
      false,
    ])
  })

  it('forgets what is older than its lifetime, and the oldest beyond its limit', () => {
    const aged = new Claims(1000, 10)
    aged.claim('a', 0)
    aged.claim('b', 900)
    aged.claim('c', 1000)
    expect([aged.claim('b', 1000), aged.claim('a', 1000)]).to.deep.equal([false, true])
    const full = new Claims(1000, 2)
    for (const id of ['a', 'b', 'c']) full.claim(id, 0)
    expect([full.claim('c', 0), full.claim('b', 0), full.claim('a', 0)]).to.deep.equal([false, false, true])
  })
})
