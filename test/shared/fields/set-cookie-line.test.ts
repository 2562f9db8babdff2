import { expect } from 'chai'
import { isSameCookie, parseSetCookieLine, setsCookie } from '../../../src/shared/fields/set-cookie-line.js'

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
