import { createCipheriv, hkdfSync } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { deriveSealingKeys, seal, unseal } from '../../../src/shared/cookies/encrypted.js'

const OLD = 'an older secret of thirty-two bytes or more'
const NEW = 'the newest secret of thirty-two bytes or more'

describe('seal, unseal', () => {
  const keys = deriveSealingKeys([NEW, OLD])

  it('give back any text, under any name', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ unit: 'grapheme' }), (name, text) => {
        expect(unseal(name, seal(name, text, keys), keys)).to.equal(text)
      }),
    )
  })

  it('write cookie-bytes alone (RFC 6265bis §4.1.1)', () => {
    expect(seal('a', 'ü;, "\\', keys)).to.match(/^v1\.[\w-]{8}\.[\w-]+$/)
  })

  it('never write the same twice: the nonce is random', () => {
    const sealed = Array.from({ length: 500 }, () => seal('a', 'same', keys))
    expect(new Set(sealed)).to.have.length(500)
  })

  it('is AES-256-GCM with the name as associated data, under a key derived by HKDF (RFC 5869)', () => {
    const key = Buffer.from(hkdfSync('sha256', NEW, '', 'response-kit cookie encryption v1', 32))
    const id = Buffer.from(hkdfSync('sha256', NEW, '', 'response-kit cookie key id v1', 6)).toString('base64url')
    const nonce = Buffer.alloc(12, 7)
    const cipher = createCipheriv('aes-256-gcm', key, nonce)
    cipher.setAAD(Buffer.from('response-kit cookie v1\0sid'))
    const bytes = Buffer.concat([nonce, cipher.update('hello'), cipher.final(), cipher.getAuthTag()])
    expect(unseal('sid', `v1.${id}.${bytes.toString('base64url')}`, keys)).to.equal('hello')
  })

  it('open what an older key sealed, as long as it is among the keys', () => {
    const sealed = seal('a', 'text', deriveSealingKeys([OLD]))
    expect(unseal('a', sealed, keys)).to.equal('text')
    expect(unseal('a', sealed, deriveSealingKeys([NEW]))).to.equal(undefined)
  })

  it('refuse a value under another name', () => {
    expect(unseal('b', seal('a', 'text', keys), keys)).to.equal(undefined)
  })

  it('refuse a value with any character changed, taken away or added', () => {
    const sealed = seal('a', 'some text', keys)
    for (let index = 0; index < sealed.length; index++) {
      const before = sealed.slice(0, index)
      const after = sealed.slice(index + 1)
      for (const other of 'AQgw09-_.') {
        if (other !== sealed[index]) expect(unseal('a', before + other + after, keys)).to.equal(undefined)
        expect(unseal('a', before + other + sealed.slice(index), keys)).to.equal(undefined)
      }
      expect(unseal('a', before + after, keys)).to.equal(undefined)
      expect(unseal('a', before, keys)).to.equal(undefined)
    }
    for (const tail of ['=', ' ', '.', '.x']) expect(unseal('a', sealed + tail, keys)).to.equal(undefined)
  })

  it('never throw, whatever they are given to open', () => {
    const [{ id }] = keys
    const nearly = fc.string().map((text) => `v1.${id}.${Buffer.from(text).toString('base64url')}`)
    fc.assert(
      fc.property(fc.oneof(fc.string(), nearly), (text) => {
        expect(unseal('a', text, keys)).to.equal(undefined)
      }),
    )
  })
})
