import { expect } from 'chai'
import encodeUrl from 'encodeurl'
import fc from 'fast-check'
import { serializeLocation } from '../../../src/shared/fields/location.js'

describe('Location (RFC 9110 §10.2.2)', () => {
  it('a path that needs no encoding stays as it is', () => {
    const path = "/a-b/c_d~e.f;g=h,i+j!k$l&m'(n)*:@?o=p/q?r"
    expect(serializeLocation(path)).to.equal(path)
  })

  it('what a URI cannot hold is percent-encoded, and what is encoded already is left', () => {
    expect(serializeLocation('/a b/é')).to.equal('/a%20b/%C3%A9')
    expect(serializeLocation('/a%20b')).to.equal('/a%20b')
    expect(serializeLocation('/100%')).to.equal('/100%25')
  })

  it('refuses control characters and what clients take for another host', () => {
    for (const reference of ['/a\nb', '/a\u0085', '\t/a', '//evil.example', '/\\evil.example', '\\\\evil.example']) {
      expect(serializeLocation(reference), JSON.stringify(reference)).to.equal(undefined)
    }
  })

  it('any reference it accepts is what encodeurl makes of it', () => {
    const characters = fc.constantFrom(...'/\\?#%25é \t\n\u0085:@"<>[]{}|^`azAZ09-_.~!$&\'()*+,;='.split(''))
    fc.assert(
      fc.property(fc.array(characters, { maxLength: 12 }), (drawn) => {
        const reference = `/${drawn.join('')}`
        const isRefused = /[\p{Cc}]/u.test(reference) || /^\/[/\\]/.test(reference)
        expect(serializeLocation(reference)).to.equal(isRefused ? undefined : encodeUrl(reference))
      }),
      { numRuns: 2000 },
    )
  })
})
