import { createHmac } from 'node:crypto'
import { expect } from 'chai'
import { verifySignedUrl as verifyInExpress } from '../../src/express/index.js'
import { defineRoutes, type VerifySignedUrlOptions } from '../../src/index.js'
import { verifySignedUrl as verifyInKoa } from '../../src/koa/index.js'
import { contract } from '../support/contract.js'
import type { Handler } from '../support/frameworks.js'

const NEWEST = 'the newest secret, of thirty-two bytes or more'
const OLDER = 'the older secret, of thirty-two bytes or more'
const table = { unsubscribe: '/unsubscribe/:userId', home: '/' } as const
const routes = defineRoutes(table, { secrets: [NEWEST, OLDER] })
const kit = { routes }

/** Answers 200 behind the middleware. */
function guarded(options?: VerifySignedUrlOptions): Handler {
  const inExpress = verifyInExpress(options)
  const inKoa = verifyInKoa(options)
  return async (target, { native: { req, res, ctx, next } }) => {
    const show = async () => void target.text('shown')
    if (ctx !== undefined) return inKoa(ctx, show)
    await new Promise<void>((resolve) => {
      res.once('close', resolve)
      inExpress(req, res, (error?: unknown) => (error === undefined ? show() : next(error)))
    })
  }
}

contract('signedUrl and verifySignedUrl', ({ answer, serve, ask, askForError }) => {
  it('let a signed URL pass', async () => {
    for (const path of [
      routes.signedUrl('unsubscribe', { userId: 'a/b ü' }, { query: { list: 'news & more', tag: ['1', '2'] } }),
      routes.signedUrl('unsubscribe', { userId: 1 }, { expiresIn: '7d' }),
      routes.signedUrl('home'),
    ]) {
      expect((await answer(guarded(), { path }, { kit })).text, path).to.equal('shown')
    }
  })

  it('is HMAC-SHA256 over path and query (RFC 2104)', () => {
    const expected = createHmac('sha256', NEWEST)
      .update('response-kit signed url v1\n/unsubscribe/7\na=1&b=2')
      .digest('base64url')
    expect(routes.signedUrl('unsubscribe', { userId: 7 }, { query: { b: 2, a: 1 } })).to.equal(
      `/unsubscribe/7?b=2&a=1&signature=${expected}`,
    )
  })

  it('answer a 403 problem to anything changed, added, left out or repeated', async () => {
    const signed = routes.signedUrl('unsubscribe', { userId: 1 }, { query: { list: 'news' }, expiresIn: 60 })
    const other = routes.signedUrl('unsubscribe', { userId: 2 }, { query: { list: 'news' }, expiresIn: 60 })
    const signature = /signature=[^&]+/.exec(signed)?.[0] ?? ''
    const [path = '', query = ''] = signed.split('?')
    for (const forged of [
      signed.replace('/1', '/2'),
      signed.replace('news', 'mews'),
      `${signed}&more=1`,
      signed.replace('list=news&', ''),
      signed.replace(/expires=\d+/, 'expires=99999999999'),
      signed.replace(/&expires=\d+/, ''),
      signed.replace(signature, ''),
      signed.replace(signature, 'signature='),
      signed.replace(signature, /signature=[^&]+/.exec(other)?.[0] ?? ''),
      `${signed.slice(0, -1)}${signed.endsWith('A') ? 'B' : 'A'}`,
      `${signed}&${signature}`,
      `${signed}=`,
      `/x${signed}`,
      `//x${signed}`,
      `${path}/?${query}`,
      '/unsubscribe/1',
    ]) {
      const { status, headers, text } = await answer(guarded(), { path: forged }, { kit })
      expect(status, forged).to.equal(403)
      expect(headers['content-type']).to.equal('application/problem+json')
      expect(JSON.parse(text)).to.deep.equal({ title: 'Forbidden', status: 403, detail: 'This link is not valid.' })
    }
  })

  it('do not mind another order or spelling of the same query', async () => {
    const signed = routes.signedUrl('unsubscribe', { userId: 1 }, { query: { b: 'x y', a: ['1', '2'] } })
    const [path = '', query = ''] = signed.split('?')
    const reordered = `${path}?${query.split('&').reverse().join('&').replace('a=2&a=1', 'a=1&a=2').replace('%20', '+')}`
    expect(reordered).not.to.equal(signed)
    expect((await answer(guarded(), { path: reordered }, { kit })).status).to.equal(200)
    expect((await answer(guarded(), { path: signed.replace('a=1&a=2', 'a=2&a=1') }, { kit })).status).to.equal(403)
  })

  it('say of an expired URL that it has expired', async () => {
    const now = Date.now
    let path: string
    try {
      Date.now = () => now() - 61_000
      path = routes.signedUrl('home', {}, { expiresIn: 60 })
    } finally {
      Date.now = now
    }
    const { status, text } = await answer(guarded(), { path }, { kit })
    expect([status, JSON.parse(text).detail]).to.deep.equal([403, 'This link has expired.'])
  })

  it('verify what an older secret has signed, and sign with the newest', async () => {
    const before = defineRoutes(table, { secrets: OLDER })
    const after = defineRoutes(table, { secrets: NEWEST })
    const status = async (path: string) => (await answer(guarded(), { path }, { kit })).status
    expect(await status(before.signedUrl('home'))).to.equal(200)
    expect(routes.signedUrl('home')).to.equal(after.signedUrl('home'))
    expect(await status(defineRoutes(table, { secrets: 'x'.repeat(32) }).signedUrl('home'))).to.equal(403)
  })

  it('work behind a path prefix, whether the proxy takes it off or not', async () => {
    const based = defineRoutes(table, { secrets: NEWEST, base: '/app' })
    const signed = based.signedUrl('unsubscribe', { userId: 1 })
    expect(signed).to.match(/^\/app\/unsubscribe\/1\?/)
    for (const path of [signed, signed.replace('/app', '')]) {
      expect((await answer(guarded(), { path }, { kit: { routes: based } })).status, path).to.equal(200)
    }
  })

  it('let a URL for one use pass once; HEAD does not use it up', async () => {
    const used = new Map<string, Date | undefined>()
    const claim = async (id: string, expires: Date | undefined) => !used.has(id) && used.set(id, expires) && true
    const app = await serve(guarded({ claim }), { kit })
    const path = routes.signedUrl('home', {}, { once: true, expiresIn: '1h' })
    expect(routes.signedUrl('home', {}, { once: true, expiresIn: '1h' })).not.to.equal(path)
    expect((await ask(app, { path, method: 'HEAD' })).status).to.equal(200)
    expect((await ask(app, { path })).status).to.equal(200)
    const { status, text } = await ask(app, { path })
    expect([status, JSON.parse(text).detail]).to.deep.equal([403, 'This link has been used.'])
    expect([...used.values()][0]?.getTime()).to.be.within(Date.now() + 3_590_000, Date.now() + 3_602_000)
  })

  it('is an error where there is nothing to remember a use by, a store fails, or nothing to verify with', async () => {
    const path = routes.signedUrl('home', {}, { once: true })
    for (const [handler, options, code] of [
      [guarded(), { kit }, 'NOT_CONFIGURED'],
      [guarded({ claim: () => Promise.reject(Object.assign(new Error('down'), { code: 'EDOWN' })) }), { kit }, 'EDOWN'],
      [guarded(), {}, 'NOT_CONFIGURED'],
      [guarded(), { kit: { routes: defineRoutes(table) } }, 'NOT_CONFIGURED'],
    ] as const) {
      const app = await serve(handler, options)
      expect((await askForError(app, { path })).status).to.equal(500)
      expect(app.errors[0]).to.have.property('code', code)
    }
  })
})

describe('signedUrl: mistakes', () => {
  for (const [title, call, code] of [
    ['no secrets', () => defineRoutes(table).signedUrl('home'), 'NOT_CONFIGURED'],
    ['a short secret', () => defineRoutes(table, { secrets: 'short' }), 'INVALID_OPTION'],
    ['no secret at all', () => defineRoutes(table, { secrets: [] }), 'INVALID_OPTION'],
    ['an unknown option', () => defineRoutes(table, { secret: NEWEST } as never), 'INVALID_OPTION'],
    ['a base that is no path', () => defineRoutes(table, { base: 'app' }), 'INVALID_PATTERN'],
    ['a base with parameters', () => defineRoutes(table, { base: '/:app' }), 'INVALID_PATTERN'],
    ['a base with a slash at its end', () => defineRoutes(table, { base: '/app/' }), 'INVALID_PATTERN'],
    ['a lifetime of nothing', () => routes.signedUrl('home', {}, { expiresIn: 0 }), 'INVALID_OPTION'],
    ['a lifetime that is none', () => routes.signedUrl('home', {}, { expiresIn: 'soon' as never }), 'INVALID_OPTION'],
    ['a parameter of the signature', () => routes.signedUrl('home', {}, { query: { expires: 1 } }), 'INVALID_ARGUMENT'],
    ['an option of another type', () => routes.signedUrl('home', {}, { once: 1 as never }), 'INVALID_OPTION'],
    ['an unknown option of the URL', () => routes.signedUrl('home', {}, { expires: 1 } as never), 'INVALID_OPTION'],
    ['an unknown option of the check', () => verifyInExpress({ store: {} } as never), 'INVALID_OPTION'],
    ['a claim that is no function', () => verifyInKoa({ claim: {} as never }), 'INVALID_OPTION'],
  ] as const) {
    it(`${title} is ${code}`, () => {
      expect(call).to.throw().with.property('code', code)
    })
  }

  it('never shows a secret', () => {
    expect(() => defineRoutes(table, { secrets: ['hunter2'] }))
      .to.throw()
      .with.property('message')
      .that.does.not.contain('hunter2')
  })
})
