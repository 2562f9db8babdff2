import { expect } from 'chai'
import {
  isCookieDomain,
  isCookieName,
  isCookiePath,
  isCookieValue,
  prefixDemands,
} from '../../../src/shared/fields/set-cookie.js'

const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))

describe('the grammar of Set-Cookie (RFC 6265bis §4.1.1), for every ASCII character', () => {
  it('cookie-name is a token (RFC 9110 §5.6.2)', () => {
    const tchar = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    for (const each of ascii) expect(isCookieName(`a${each}b`), JSON.stringify(each)).to.equal(tchar.includes(each))
  })

  it('a value holds no control character, no space and no semicolon', () => {
    for (const each of ascii) {
      expect(isCookieValue(each), JSON.stringify(each)).to.equal(each > ' ' && each < '\x7f' && each !== ';')
    }
    expect(isCookieValue('')).to.equal(true)
    expect(isCookieValue('ü')).to.equal(false)
  })

  it('a path holds no control character, no semicolon and no <', () => {
    for (const each of ascii) {
      const isAllowed = each >= ' ' && each < '\x7f' && each !== ';' && each !== '<'
      expect(isCookiePath(`/${each}`), JSON.stringify(each)).to.equal(isAllowed)
    }
  })

  it('a domain is made of labels of letters, digits and inner hyphens', () => {
    for (const each of ascii) {
      expect(isCookieDomain(`a${each}b`), JSON.stringify(each)).to.equal(/[a-z0-9.-]/i.test(each))
    }
    expect(isCookieDomain(`${'a'.repeat(63)}.com`)).to.equal(true)
    expect(isCookieDomain(`${'a'.repeat(64)}.com`)).to.equal(false)
  })
})

describe('prefixDemands (RFC 6265bis §4.1.3)', () => {
  it('knows the longest prefix, in any letter case', () => {
    expect(prefixDemands('__Host-Http-a')).to.include({ httpOnly: true, hostOnly: true })
    expect(prefixDemands('__HOST-HTTP-a')).to.include({ httpOnly: true, hostOnly: true })
    expect(prefixDemands('__Host-a')).to.include({ httpOnly: false, hostOnly: true })
    expect(prefixDemands('__Http-a')).to.include({ httpOnly: true, hostOnly: false })
    expect(prefixDemands('__secure-a')).to.include({ httpOnly: false, hostOnly: false })
  })

  it('is undefined for any other name', () => {
    for (const name of ['a', '_Host-a', '__Hosta', 'x__Host-a', '__Other-a'])
      expect(prefixDemands(name)).to.equal(undefined)
  })
})
