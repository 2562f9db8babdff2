import { expect } from 'chai'
import {
  type CookieAttributes,
  checkAttributeNames,
  checkAttributeValues,
  checkCookieName,
  resolveAttributes,
} from '../../../src/shared/cookies/cookie-attributes.js'
import { thrown } from '../../support/thrown.js'

const DAY = 24 * 60 * 60
const check = (attributes: object): void => {
  checkAttributeNames("cookie 'a'", attributes as CookieAttributes, 'INVALID_COOKIE')
  checkAttributeValues("cookie 'a'", attributes as CookieAttributes, 'INVALID_COOKIE')
}

describe('the attributes of a cookie', () => {
  for (const attributes of [
    {},
    { maxAge: 0 },
    { maxAge: -1 },
    { maxAge: '30m' },
    { maxAge: 400 * DAY },
    { expires: new Date('1601-01-01T00:00:00Z') },
    { expires: 'Sun, 06 Nov 1994 08:49:37 GMT' },
    { path: '/a b' },
    { domain: '.example.com' },
    { secure: 'auto' },
    { sameSite: 'LAX' },
    { sameSite: true },
    { priority: 'High' },
    { partitioned: true, secure: true },
    { encode: String },
    { maxAge: undefined, domain: undefined },
  ]) {
    it(`may be ${JSON.stringify(attributes)}`, () => check(attributes))
  }

  for (const [attributes, words] of [
    // RFC 6265bis §5.5: at most 400 days.
    [{ maxAge: 400 * DAY + 1 }, 'at most 400 days'],
    [{ maxAge: '401d' }, 'at most 400 days'],
    [{ maxAge: '5' }, 'maxAge'],
    [{ maxAge: Number.NaN }, 'maxAge'],
    [{ expires: 1_000_000 }, 'maxAge takes seconds'],
    [{ expires: 'soon' }, 'valid Date'],
    // RFC 6265bis §5.1.1: a year from 1601 on, of four digits.
    [{ expires: new Date('1600-12-31T23:59:59Z') }, '1601'],
    [{ expires: new Date('+010000-01-01T00:00:00Z') }, '9999'],
    [{ path: 'a' }, "begins with '/'"],
    [{ path: '/a;b' }, 'path'],
    [{ path: `/${'a'.repeat(1024)}` }, 'at most 1024 bytes'],
    [{ domain: 'a_b!.example' }, 'host name'],
    [{ secure: 'yes' }, "'auto'"],
    [{ httpOnly: 1 }, 'httpOnly'],
    [{ sameSite: 'any' }, 'sameSite'],
    [{ priority: 'urgent' }, 'priority'],
    [{ encode: 'utf8' }, 'a function'],
    [{ httponly: true }, "did you mean 'httpOnly'"],
  ] as const) {
    it(`may not be ${JSON.stringify(attributes)}`, () => {
      const error = thrown(() => check(attributes))
      expect(error.message)
        .to.match(/^cookie 'a': /)
        .and.include(words)
      expect(error.code).to.equal('INVALID_COOKIE')
    })
  }
})

describe('checkCookieName', () => {
  // RFC 6265bis §4.1.1: a token. Browsers also keep other names, which can be deleted.
  for (const [name, canBeSet, canBeDeleted] of [
    ['a', true, true],
    ["!#$%&'*+-.^_`|~", true, true],
    ['a[b]', false, true],
    ['a b', false, true],
    [' a', false, false],
    ['a=b', false, false],
    ['a;b', false, false],
    ['', false, false],
    ['ä', false, false],
    [7, false, false],
  ] as const) {
    it(`${JSON.stringify(name)} ${canBeSet ? 'can' : 'cannot'} be set, and ${canBeDeleted ? 'can' : 'cannot'} be deleted`, () => {
      for (const [isDeletion, isAllowed] of [
        [false, canBeSet],
        [true, canBeDeleted],
      ] as const) {
        if (isAllowed) checkCookieName(name, isDeletion)
        else expect(thrown(() => checkCookieName(name, isDeletion)).code).to.equal('INVALID_COOKIE')
      }
    })
  }
})

describe('resolveAttributes', () => {
  const resolve = (name: string, given: CookieAttributes, defaults: CookieAttributes = {}, isSecure = false) =>
    resolveAttributes(name, given, defaults, isSecure)

  it('has the path / and nothing else by default', () => {
    expect(resolve('a', {})).to.deep.equal({ path: '/', secure: false, httpOnly: false, partitioned: false })
  })

  it('prefers the call to the defaults of the app; undefined is absent', () => {
    const defaults: CookieAttributes = { sameSite: 'strict', httpOnly: true, path: '/app' }
    expect(resolve('a', { sameSite: 'lax', httpOnly: undefined }, defaults)).to.include({
      sameSite: 'lax',
      httpOnly: true,
      path: '/app',
    })
  })

  for (const [title, given, expected] of [
    ['seconds', { maxAge: 90 }, 90],
    ['a text', { maxAge: '1.5h' }, 5400],
    ['a fraction is rounded down', { maxAge: '1500ms' }, 1],
    ['what is above 0 stays above 0', { maxAge: '1ms' }, 1],
    ['a negative lifetime ends the cookie', { maxAge: -5 }, 0],
  ] as const) {
    it(`${title}: Max-Age=${expected}`, () => expect(resolve('a', given).maxAge).to.equal(expected))
  }

  it('a lifetime of 0 also has an Expires in the past, for clients that know no Max-Age', () => {
    expect(resolve('a', { maxAge: 0, expires: new Date('2999-01-01') }).expires?.getTime()).to.equal(0)
  })

  for (const [name, isSecureRequest, expected] of [
    ['a', false, false],
    ['a', true, true],
    ['__Secure-a', false, true],
    ['__Host-a', false, true],
  ] as const) {
    it(`secure: 'auto' of ${name} over ${isSecureRequest ? 'https' : 'http'} is ${expected}`, () => {
      expect(resolve(name, { secure: 'auto' }, {}, isSecureRequest).secure).to.equal(expected)
    })
  }

  // RFC 6265bis §4.1.3.1 and §4.1.3.2
  for (const [title, name, given] of [
    ['__Secure- without Secure', '__Secure-a', {}],
    ['__Host- without Secure', '__Host-a', { path: '/' }],
    ['__Host- with a Domain', '__Host-a', { secure: true, domain: 'example.com' }],
    ['__Host- with another Path', '__Host-a', { secure: true, path: '/a' }],
    ['a prefix in other letters (§5.4)', '__HOST-a', { secure: true, path: '/a' }],
    // §5.6.7: browsers ignore SameSite=None without Secure. CHIPS: the same for Partitioned.
    ["sameSite 'none' without secure", 'a', { sameSite: 'none' }],
    ['partitioned without secure', 'a', { partitioned: true }],
  ] as const) {
    it(`refuses ${title}`, () => {
      expect(thrown(() => resolve(name, given)).code).to.equal('INVALID_COOKIE')
    })
  }

  it('leaves out a default that a prefix forbids', () => {
    const { domain, path } = resolve('__Host-a', { secure: true }, { domain: 'example.com', path: '/app' })
    expect([domain, path]).to.deep.equal([undefined, '/'])
  })
})
