import { createHmac } from 'node:crypto'
import { expect } from 'chai'
import { deriveKey, readSecrets } from '../../../src/shared/checks/secrets.js'

/** HKDF with SHA-256, no salt and one block (RFC 5869 §2.2, §2.3). */
function hkdf(secret: string, info: string): Buffer {
  const pseudorandomKey = createHmac('sha256', Buffer.alloc(32)).update(secret).digest()
  return createHmac('sha256', pseudorandomKey)
    .update(info)
    .update(Buffer.from([1]))
    .digest()
}

describe('deriveKey', () => {
  it('is HKDF of the secret for the purpose, 32 bytes (RFC 5869)', () => {
    for (const purpose of ['signed url v2', 'cookie encryption v1', 'x']) {
      const key = deriveKey('a secret', purpose).export()
      expect(key.toString('hex')).to.equal(hkdf('a secret', `response-kit ${purpose}`).toString('hex'))
    }
  })

  it('gives every pair of secret and purpose its own key, the same one each time', () => {
    const pairs = [
      ['a', 'b'],
      ['b', 'a'],
      ['a', 'bc'],
      ['ab', 'c'],
      ['', 'abc'],
    ] as const
    const keys = pairs.map(([secret, purpose]) => deriveKey(secret, purpose).export().toString('hex'))
    expect(new Set(keys).size).to.equal(pairs.length)
    const again = pairs.map(([secret, purpose]) => deriveKey(secret, purpose).export().toString('hex'))
    expect(again).to.deep.equal(keys)
  })
})

describe('readSecrets', () => {
  it('takes one or a list, newest first', () => {
    expect(readSecrets('x', undefined, 1)).to.equal(undefined)
    expect(readSecrets('x', 'one', 1)).to.deep.equal(['one'])
    expect(readSecrets('x', ['two', 'one'], 1)).to.deep.equal(['two', 'one'])
  })

  it('refuses empty and short ones, and what is no text, without showing them', () => {
    for (const [value, least] of [
      ['', 1],
      [[], 1],
      [['hidden', ''], 1],
      [['hidden', 5], 1],
      [{ hidden: 1 }, 1],
      [null, 1],
      ['hidden', 32],
      [['é'.repeat(16), 'hidden'], 32], // bytes count, not characters
    ] as const) {
      expect(() => readSecrets("option 'secrets'", value, least))
        .to.throw(TypeError, /^option 'secrets' must be((?!hidden).)*$/)
        .with.property('code', 'INVALID_OPTION')
    }
  })
})
