import { AssertionError } from 'node:assert'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import type { Claims } from '../../src/index.js'
import { MemoryClaims } from '../../src/shared/checks/claims.js'
import { checkClaims } from '../../src/testing/index.js'

const BROKEN: readonly (readonly [rule: string, fault: string, claims: () => Claims])[] = [
  ['the first claim is true', 'says yes to all', () => ({ claim: () => true })],
  ['the first claim is true', 'says no to all', () => ({ claim: () => false })],
  [
    'the first claim is true',
    'answers what its server says',
    () => {
      const memory = new MemoryClaims()
      return { claim: (id, expires) => (memory.claim(id, expires) ? 'OK' : null) as unknown as boolean }
    },
  ],
  [
    'at the same time one is true',
    'asks first and writes later',
    () => {
      const claimed = new Set<string>()
      return {
        async claim(id) {
          const isClaimed = claimed.has(id)
          await turn()
          claimed.add(id)
          return !isClaimed
        },
      }
    },
  ],
  [
    'given back can be claimed again',
    'keeps what is given back',
    () => {
      const memory = new MemoryClaims()
      return { claim: (id, expires) => memory.claim(id, expires), release: () => undefined }
    },
  ],
  [
    'given back can be claimed again',
    'gives back all at once',
    () => {
      let memory = new MemoryClaims()
      const release = (): void => {
        memory = new MemoryClaims()
      }
      return { claim: (id, expires) => memory.claim(id, expires), release }
    },
  ],
  [
    'identifiers are the same only',
    'ignores case',
    () => {
      const memory = new MemoryClaims()
      return { claim: (id, expires) => memory.claim(id.toLowerCase(), expires) }
    },
  ],
  [
    'identifiers are the same only',
    'cuts long identifiers',
    () => {
      const memory = new MemoryClaims()
      return { claim: (id, expires) => memory.claim(id.slice(0, 1024), expires) }
    },
  ],
  [
    'remembered until it expires',
    'never forgets',
    () => {
      const memory = new MemoryClaims()
      return { claim: (id) => memory.claim(id) }
    },
  ],
  [
    'remembered until it expires',
    'forgets all after a second',
    () => {
      const memory = new MemoryClaims()
      return { claim: (id) => memory.claim(id, new Date(Date.now() + 1000)) }
    },
  ],
]

describe('checkClaims', function () {
  this.timeout(30_000)

  for (const [rule, fault, claims] of BROKEN) {
    it(`refuses claims that: ${fault} (${rule})`, async () => {
      const error: unknown = await checkClaims(claims()).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      expect(error).to.be.instanceOf(AssertionError)
      expect(String(error)).to.include('checkClaims: ').and.to.include(rule)
    })
  }

  it('takes claims that cannot be given back', () => {
    const memory = new MemoryClaims()
    return checkClaims({ claim: (id, expires) => memory.claim(id, expires) })
  })

  it('tells two processes apart', async () => {
    const error: unknown = await checkClaims(new MemoryClaims(), { other: new MemoryClaims() }).catch(
      (reason) => reason,
    )
    expect(String(error)).to.include('the first claim is true')
  })
})
