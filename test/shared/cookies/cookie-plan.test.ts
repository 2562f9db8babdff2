import { expect } from 'chai'
import { Cookie } from 'tough-cookie'
import type { CookieAttributes } from '../../../src/shared/cookies/cookie-attributes.js'
import { type CookieContext, createPlan, planCookie } from '../../../src/shared/cookies/cookie-plan.js'
import { thrown } from '../../support/thrown.js'

const contextOf = (defaults: CookieAttributes = {}, secure = false): CookieContext => ({
  settings: { cookies: { defaults } },
  secure,
})
const read = (suffix: string) => Cookie.parse(`n=v${suffix}`)

describe('the plan of a cookie', () => {
  it('has the attributes as another program reads them', () => {
    const attributes: CookieAttributes = {
      path: '/a',
      domain: 'example.com',
      maxAge: 60,
      httpOnly: true,
      secure: true,
      sameSite: 'lax',
    }
    const cookie = read(createPlan('n', attributes, contextOf()).suffix)
    expect(cookie).to.include({
      path: '/a',
      domain: 'example.com',
      maxAge: 60,
      httpOnly: true,
      secure: true,
      sameSite: 'lax',
    })
  })

  it('is remembered for the next call with the same attributes, in a new object too', () => {
    const context = contextOf()
    const plan = planCookie('remembered', { path: '/a' }, context)
    expect(planCookie('remembered', { path: '/a' }, context)).to.equal(plan)
  })

  it('is made again if anything that it depends on is another', () => {
    const context = contextOf()
    const plan = planCookie('again', { path: '/a', secure: 'auto' }, context)
    for (const [title, attributes, other] of [
      ['an attribute', { path: '/b', secure: 'auto' }, context],
      ['one more attribute', { path: '/a', secure: 'auto', httpOnly: true }, context],
      ['one attribute less', { path: '/a' }, context],
      ['the defaults of the app', { path: '/a', secure: 'auto' }, contextOf()],
      ['the scheme of the request', { path: '/a', secure: 'auto' }, { ...context, secure: true }],
    ] as const) {
      expect(planCookie('again', attributes as CookieAttributes, other), title).not.to.equal(plan)
      planCookie('again', { path: '/a', secure: 'auto' }, context)
    }
  })

  it('sees a change of the object of the last call', () => {
    const attributes = { path: '/a' }
    const context = contextOf()
    planCookie('changed', attributes, context)
    attributes.path = '/b'
    expect(planCookie('changed', attributes, context).path).to.equal('/b')
  })

  it('is not remembered if it ends at a date: the Date may change', () => {
    const expires = new Date('2030-01-01T00:00:00Z')
    const context = contextOf()
    planCookie('dated', { expires }, context)
    expires.setUTCFullYear(2031)
    expect(read(planCookie('dated', { expires }, context).suffix)?.expires).to.deep.equal(expires)
  })

  it('refuses wrong attributes each time', () => {
    for (let time = 0; time < 2; time++) {
      expect(thrown(() => planCookie('a b', {}, contextOf())).code).to.equal('INVALID_COOKIE')
      expect(thrown(() => planCookie('wrong', null as never, contextOf())).code).to.equal('INVALID_COOKIE')
    }
  })

  for (const given of [null, 0, '', [], new Map(), new Date(0), Promise.resolve()]) {
    it(`refuses what is no record after a call without attributes: ${Object.prototype.toString.call(given)}`, () => {
      const context = contextOf()
      const plan = planCookie('bare', {}, context)
      expect(thrown(() => planCookie('bare', given as never, context)).code).to.equal('INVALID_COOKIE')
      expect(planCookie('bare', Object.create(null), context)).to.equal(plan)
    })
  }
})
