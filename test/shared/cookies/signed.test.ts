import { expect } from 'chai'
import { sign, unsign } from 'cookie-signature'
import fc from 'fast-check'
import Keygrip from 'keygrip'
import { signPair, signText, verifyPair, verifyText } from '../../../src/shared/cookies/signed.js'

describe('signText, verifyText: the format of cookie-signature', () => {
  it('write what cookie-signature writes, and read it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), (text, secret) => {
        expect(signText(text, [secret])).to.equal(sign(text, secret))
        expect(unsign(signText(text, [secret]), secret)).to.equal(text)
        expect(verifyText(sign(text, secret), [secret])).to.equal(text)
      }),
    )
  })

  it('sign with the first key and verify by all', () => {
    expect(verifyText(sign('text', 'older'), ['newest', 'older'])).to.equal('text')
    expect(unsign(signText('text', ['newest', 'older']), 'newest')).to.equal('text')
    expect(verifyText(sign('text', 'stranger'), ['newest', 'older'])).to.equal(undefined)
  })

  it('refuse a text or signature with any character changed or taken away', () => {
    const signed = signText('some.text', ['key'])
    for (let index = 0; index < signed.length; index++) {
      const after = signed.slice(index + 1)
      expect(verifyText(`${signed.slice(0, index)}~${after}`, ['key'])).to.equal(undefined)
      expect(verifyText(signed.slice(0, index) + after, ['key'])).to.equal(undefined)
      expect(verifyText(signed.slice(0, index), ['key'])).to.equal(undefined)
    }
  })

  it('never throw, whatever they are given to verify', () => {
    fc.assert(fc.property(fc.string(), (text) => verifyText(text, ['key']) === undefined))
  })
})

describe('signPair, verifyPair: the format of keygrip', () => {
  const keygrip = new Keygrip(['newest', 'older'])

  it('write what keygrip writes, and read it', () => {
    fc.assert(
      fc.property(fc.string(), (pair) => {
        expect(signPair(pair, ['newest', 'older'])).to.equal(keygrip.sign(pair))
        expect(keygrip.verify(pair, signPair(pair, ['older']))).to.equal(true)
        expect(verifyPair(pair, new Keygrip(['older']).sign(pair), ['newest', 'older'])).to.equal(true)
        expect(verifyPair(pair, new Keygrip(['stranger']).sign(pair), ['newest', 'older'])).to.equal(false)
      }),
    )
  })

  it('leave it to a Keygrip if the keys are one, whatever its algorithm', () => {
    const sha512 = new Keygrip(['key'], 'sha512', 'hex')
    expect(signPair('a=1', sha512)).to.equal(sha512.sign('a=1'))
    expect(verifyPair('a=1', sha512.sign('a=1'), sha512)).to.equal(true)
    expect(verifyPair('a=2', sha512.sign('a=1'), sha512)).to.equal(false)
  })
})
