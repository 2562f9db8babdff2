import { expect } from 'chai'
import {
  isCookieDomain,
  isCookieName,
  isCookiePath,
  isCookieValue,
  isExpired,
  isKeptCookieName,
  isSameCookie,
  parseSetCookieLine,
  pathMatches,
  prefixDemands,
  setsCookie,
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

describe('parseSetCookieLine (RFC 6265bis §5.6)', () => {
  const now = Date.UTC(2026, 0, 1)
  const parse = (line: string) => parseSetCookieLine(line, now)

  it('gives the value as it stands, still encoded', () => {
    expect(parse('a=x%20y; Path=/').value).to.equal('x%20y')
    expect(parse('a=b=c').value).to.equal('b=c')
    expect(parse('a=').value).to.equal('')
  })

  it('reads Domain without its leading dot and in lower case', () => {
    expect(parse('a=1; domain=.Example.COM').domain).to.equal('example.com')
    expect(parse('a=1').domain).to.equal('')
  })

  it('ignores a Path that does not begin with a slash (§5.6.4)', () => {
    expect(parse('a=1; Path=/x').path).to.equal('/x')
    expect(parse('a=1; Path=x').path).to.equal('')
    expect(parse('a=1').path).to.equal('')
  })

  it('takes Max-Age before Expires (§5.7)', () => {
    const past = 'Expires=Thu, 01 Jan 1970 00:00:00 GMT'
    const future = 'Expires=Fri, 01 Jan 2038 00:00:00 GMT'
    expect(parse('a=1').isExpired).to.equal(false)
    expect(parse(`a=1; ${past}`).isExpired).to.equal(true)
    expect(parse(`a=1; ${future}`).isExpired).to.equal(false)
    expect(parse(`a=1; Max-Age=60; ${past}`).isExpired).to.equal(false)
    expect(parse(`a=1; Max-Age=0; ${future}`).isExpired).to.equal(true)
    expect(parse('a=1; Max-Age=-1').isExpired).to.equal(true)
  })
})

describe('setsCookie, isSameCookie', () => {
  it('know the cookie by its whole name', () => {
    expect(setsCookie('ab=1', 'ab')).to.equal(true)
    expect(setsCookie('ab=1', 'a')).to.equal(false)
    expect(setsCookie('a=1', 'ab')).to.equal(false)
    expect(setsCookie('A=1', 'a')).to.equal(false)
  })

  it('hold domain and path against it', () => {
    expect(isSameCookie('a=1; path=/x; domain=.A.b', 'a.B', '/x')).to.equal(true)
    expect(isSameCookie('a=1; path=/x', 'a.b', '/x')).to.equal(false)
    expect(isSameCookie('a=1; path=/x; domain=a.b', undefined, '/x')).to.equal(false)
    expect(isSameCookie('a=1; path=/y', undefined, '/x')).to.equal(false)
  })
})

describe('pathMatches (RFC 6265bis §5.1.4)', () => {
  for (const [requestPath, cookiePath, expected] of [
    ['/', '/', true],
    ['/a', '/', true],
    ['/a', '/a', true],
    ['/a/b', '/a', true],
    ['/a/b', '/a/', true],
    ['/ab', '/a', false],
    ['/a', '/a/', false],
    ['/', '/a', false],
  ] as const) {
    it(`${requestPath} and a cookie of ${cookiePath}: ${expected}`, () => {
      expect(pathMatches(requestPath, cookiePath)).to.equal(expected)
    })
  }
})

describe('names that browsers keep (RFC 6265bis §5.6)', () => {
  for (const name of [
    'sidebar:state',
    'a[b]',
    'koa:sess',
    'a',
    '"a"',
    'a,b',
    '{a}',
    'a@b',
    '(a)',
    'a/b',
    'a b',
    'a  b c',
  ]) {
    it(`${name} can be deleted`, () => expect(isKeptCookieName(name)).to.equal(true))
  }
  for (const name of ['', 'a=b', 'a;b', ' a', 'a ', ' ', 'a\tb', 'a\r\nb', 'a\0', '\u00e9']) {
    it(`browsers keep no cookie ${JSON.stringify(name)}`, () => expect(isKeptCookieName(name)).to.equal(false))
  }
})

describe('isExpired (RFC 6265bis §5.7)', () => {
  const now = Date.UTC(2026, 0, 1)
  for (const [title, cookie, expected] of [
    ['no attribute', {}, false],
    ['Max-Age of 0', { maxAge: 0 }, true],
    ['a negative Max-Age', { maxAge: -1 }, true],
    ['a Max-Age, which outranks an Expires in the past', { maxAge: 1, expires: new Date(0) }, false],
    ['an Expires in the past', { expires: new Date(now) }, true],
    ['an Expires to come', { expires: new Date(now + 1) }, false],
  ] as const) {
    it(`${title}: ${expected}`, () => expect(isExpired(cookie, now)).to.equal(expected))
  }
})
