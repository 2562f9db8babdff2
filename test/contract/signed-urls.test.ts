import { createHmac, hkdfSync } from 'node:crypto'
import { expect } from 'chai'
import { verifySignedUrl as verifyInExpress } from '../../src/express/index.js'
import {
  defineRoutes,
  type ResponseMethods,
  type SignedUrlError,
  type VerifySignedUrlOptions,
} from '../../src/index.js'
import { verifySignedUrl as verifyInKoa } from '../../src/koa/index.js'
import { contract } from '../support/contract.js'
import type { Framework, Handler } from '../support/frameworks.js'
import { request } from '../support/request.js'
import { realRouters } from '../support/routers.js'

const NEWEST = 'the newest secret, of thirty-two bytes or more'
const OLDER = 'the older secret, of thirty-two bytes or more'
const table = { unsubscribe: '/unsubscribe/:userId', home: '/' } as const
const routes = defineRoutes(table, { secrets: [NEWEST, OLDER] })
const kit = { routes }

/** The middleware, and a handler after it that answers 200. */
function guarded(
  options?: VerifySignedUrlOptions & { onInvalid?: (error: SignedUrlError, ...rest: any[]) => unknown },
  onShow: () => unknown = () => undefined,
): Handler {
  const inExpress = verifyInExpress(options)
  const inKoa = verifyInKoa(options)
  return async (target, { native: { req, res, ctx, next } }) => {
    const show = async () => {
      onShow()
      target.text('shown')
    }
    if (ctx !== undefined) return inKoa(ctx, show)
    await new Promise<void>((resolve) => {
      res.once('close', resolve)
      inExpress(req, res, (error?: unknown) => (error === undefined ? show() : next(error)))
    })
  }
}

const spellingTable = {
  report: '/reports/:user.:format',
  range: '/range/:from-:to',
  box: '/mail/:name@:host',
  person: '/mail/:name',
  unsubscribe: '/unsubscribe/:id',
  profile: '/@:user/:tab',
  sum: '/sum/a=b,c/:id',
  tag: '/tag/c%2B%2B',
  page: '/:site/:page',
} as const

/**
 * RFC 3986 §6.2.2.2: an escape of an unreserved character is the same URL, but a router reads another path (§2.2: for a reserved
 * one it is another URL). So it is refused. nginx with a URI in `proxy_pass` decodes all escapes and encodes few:
 * what it decodes is read as it was signed, or refused.
 */
const spellings: readonly (readonly [
  base: string,
  name: keyof typeof spellingTable,
  parameters: Record<string, any>,
  signed: string,
  sent: string,
  status: 200 | 403,
])[] = [
  // Unreserved (§2.3): they separate parameters, or tell routes apart.
  ['', 'report', { user: 'admin.x', format: 'pdf' }, '/reports/admin.x.pdf', '/reports/admin.x%2Epdf', 403],
  ['', 'report', { user: 'admin.x', format: 'pdf' }, '/reports/admin.x.pdf', '/reports/admin%2ex.pdf', 403],
  ['', 'range', { from: 'admin-x', to: '9' }, '/range/admin-x-9', '/range/admin-x%2D9', 403],
  ['', 'unsubscribe', { id: '7' }, '/unsubscribe/7', '/%75nsubscribe/7', 403],
  ['', 'unsubscribe', { id: '7' }, '/unsubscribe/7', '/unsubscribe/%37', 403],
  ['', 'unsubscribe', { id: '~' }, '/unsubscribe/~', '/unsubscribe/%7E', 403],
  // sub-delims (§2.2) that the builder leaves, in a parameter.
  ['', 'unsubscribe', { id: "!'()*" }, "/unsubscribe/!'()*", '/unsubscribe/!%27()*', 403],
  ['', 'unsubscribe', { id: "!'()*" }, "/unsubscribe/!'()*", "/unsubscribe/!'%28)*", 403],
  ['', 'unsubscribe', { id: "!'()*" }, "/unsubscribe/!'()*", "/unsubscribe/!'()*", 200],
  // Reserved characters in the text of a path.
  ['', 'box', { name: 'a', host: 'b' }, '/mail/a@b', '/mail/a@b', 200],
  ['', 'box', { name: 'a', host: 'b' }, '/mail/a@b', '/mail/a%40b', 403],
  ['', 'profile', { user: 'ann', tab: 'x' }, '/@ann/x', '/%40ann/x', 403],
  ['', 'sum', { id: '1' }, '/sum/a=b,c/1', '/sum/a%3Db,c/1', 403],
  ['', 'sum', { id: '1' }, '/sum/a=b,c/1', '/sum/a=b%2Cc/1', 403],
  // The same in parameters, decoded on the way.
  ['', 'person', { name: 'a@b' }, '/mail/a%40b', '/mail/a%40b', 200],
  ['', 'person', { name: 'a@b' }, '/mail/a%40b', '/mail/a@b', 403], // it is a box
  ['', 'unsubscribe', { id: 'ann@x.example' }, '/unsubscribe/ann%40x.example', '/unsubscribe/ann@x.example', 200],
  ['', 'unsubscribe', { id: ':$&+,;=' }, '/unsubscribe/%3A%24%26%2B%2C%3B%3D', '/unsubscribe/:$&+,;=', 200],
  ['', 'unsubscribe', { id: ':$&+,;=' }, '/unsubscribe/%3A%24%26%2B%2C%3B%3D', '/unsubscribe/%3A$&+,;%3d', 200],
  [
    '',
    'unsubscribe',
    { id: '"<>[]^`{|}' },
    '/unsubscribe/%22%3C%3E%5B%5D%5E%60%7B%7C%7D',
    '/unsubscribe/"<>[]^`{|}',
    200,
  ],
  ['', 'unsubscribe', { id: 'a@b.c' }, '/unsubscribe/a%40b.c', '/unsubscribe/a@b%2Ec', 403],
  ['', 'profile', { user: 'ann', tab: 'a@b' }, '/@ann/a%40b', '/@ann/a%40b', 200],
  ['', 'report', { user: 'a:b', format: 'c=d' }, '/reports/a%3Ab.c%3Dd', '/reports/a:b.c=d', 200],
  ['', 'unsubscribe', { id: 'a\\b' }, '/unsubscribe/a%5Cb', '/unsubscribe/a\\b', 403],
  ['', 'unsubscribe', { id: 'a@é' }, '/unsubscribe/a%40%C3%A9', '/unsubscribe/a@%c3%a9', 200],
  ['', 'unsubscribe', { id: 'a%40b' }, '/unsubscribe/a%2540b', '/unsubscribe/a%40b', 403],
  // Another route of the table has the signed spelling alone.
  ['', 'tag', {}, '/tag/c%2B%2B', '/tag/c%2B%2B', 200],
  ['', 'tag', {}, '/tag/c%2B%2B', '/tag/c++', 403],
  // Releases of the routers split these at the first or at the last `@`.
  ['', 'box', { name: 'a@b', host: 'c' }, '/mail/a%40b@c', '/mail/a%40b@c', 200],
  ['', 'box', { name: 'a@b', host: 'c' }, '/mail/a%40b@c', '/mail/a@b@c', 403],
  // A base, with reserved characters of its own.
  ['/a@b', 'unsubscribe', { id: 'ann@x' }, '/unsubscribe/ann%40x', '/unsubscribe/ann%40x', 200],
  ['/a@b', 'unsubscribe', { id: 'ann@x' }, '/unsubscribe/ann%40x', '/unsubscribe/ann@x', 200],
  ['/a@b', 'unsubscribe', { id: 'ann@x' }, '/unsubscribe/ann%40x', '/unsubscribe/%61nn@x', 403],
  ['/a@b', 'box', { name: 'a', host: 'b' }, '/mail/a@b', '/mail/a%40b', 403],
]

/** The middleware, and then what the framework's own router makes of the path. */
function routed({ name, family }: Framework): Handler {
  const router = realRouters.find((each) => each.name === (family === 'koa' ? '@koa/router' : name))
  const paths = new Map<string, string>(Object.entries(spellingTable))
  const inExpress = verifyInExpress()
  const inKoa = verifyInKoa()
  return async (target, { url, native: { req, res, ctx, next } }) => {
    const show = async () => {
      const { route, parameters } = (await router?.match(paths, url)) ?? {}
      await target.text(JSON.stringify({ route, parameters }))
    }
    if (ctx !== undefined) return inKoa(ctx, show)
    await new Promise<void>((resolve) => {
      res.once('close', resolve)
      inExpress(req, res, (error?: unknown) => (error === undefined ? show() : next(error)))
    })
  }
}

contract('signedUrl and verifySignedUrl', ({ framework, answer, serve, ask, askForError }) => {
  it('let a signed URL pass', async () => {
    for (const path of [
      routes.signedUrl('unsubscribe', { userId: 'a/b ü' }, { query: { list: 'news & more', tag: ['1', '2'] } }),
      routes.signedUrl('unsubscribe', { userId: 1 }, { expiresIn: '7d' }),
      routes.signedUrl('home'),
    ]) {
      expect((await answer(guarded(), { path }, { kit })).text, path).to.equal('shown')
    }
  })

  it('is HMAC-SHA256 over path and query (RFC 2104), by a key of its own (HKDF, RFC 5869)', () => {
    const key = Buffer.from(hkdfSync('sha256', NEWEST, '', 'response-kit signed url v2', 32))
    const expected = createHmac('sha256', key).update('/unsubscribe/7\na=1&b=2').digest('base64url')
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
      // A parser reads another name, or no parameter at all.
      signed.replace('?', '??'),
      signed.replace('?', '?&'),
      signed.replace('?', `?${'&'.repeat(1000)}`),
      signed.replace('?', `?${'a&'.repeat(1000)}`),
      signed.replace('list=', '%3Flist='),
      signed.replace('list=news', 'list=news=').replace('news=&', 'news&='),
      signed.replace('list=news', 'list'),
      signed.replace('list=news', 'list=news;list=mews'),
      signed.replace('list=news', 'list=mews&list=news'),
      signed.replace('list=news', 'list[]=news'),
      signed.replace('list=news', 'list%5B%5D=news'),
      signed.replace('list=news', 'list[0]=news'),
      signed.replace('list=news', 'list=news%00'),
      signed.replace('list=news', 'list=news%'),
      signed.replace('list=news', 'list=news%FF'),
      signed.replace('list=news', '=list=news'),
      signed.replace('list=news', 'list=news+'),
      `${signed}&%73ignature=x`,
      `${signed}&signature[]=x`,
      `${signed}&expires=99999999999`,
      `${signed}&=`,
      `${signed}&`,
      signed.replace('/unsubscribe', '/\\unsubscribe'),
      signed.replace('/1', '%2F1'),
      signed.replace('/1', '/%'),
      `http://evil.example/x${signed}`,
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

  it('read a query with its names in any spelling, and the target in absolute form (RFC 9112 §3.2.2)', async () => {
    const signed = routes.signedUrl('unsubscribe', { userId: 1 }, { query: { list: 'news' } })
    for (const path of [
      signed.replace('signature', '%73ignature'),
      signed.replace('list', '%6Cist'),
      `http://app.example${signed}`,
      `https://[::1]:8443${signed}`,
    ]) {
      expect((await answer(guarded(), { path }, { kit })).status, path).to.equal(200)
    }
  })

  for (const [base, name, parameters, signed, sent, status] of spellings) {
    it(`${status === 200 ? 'read' : 'refuse'} ${base}${sent}, signed as ${base}${signed}`, async () => {
      const based = defineRoutes(spellingTable, { secrets: NEWEST, base })
      const url = based.signedUrl(name, parameters as any)
      expect(url).to.match(/\?signature=[\w-]+$/)
      expect(url.split('?')[0]).to.equal(base + signed)
      const app = await serve(routed(framework), { kit: { routes: based } })
      // The proxy takes the base off.
      const { status: found, text } = await ask(app, { path: url.replace(base + signed, () => sent) })
      expect(found).to.equal(status)
      if (status === 200) expect(JSON.parse(text)).to.deep.equal({ route: name, parameters })
    })
  }

  it('read the segments of a wildcard as they were signed', async () => {
    const wild = defineRoutes({ deep: '/deep/*rest' }, { secrets: NEWEST })
    for (const [rest, signed, sent, status] of [
      [['a@b', 'c,d'], '/deep/a%40b/c%2Cd', '/deep/a@b/c,d', 200],
      [['a@b', 'c,d'], '/deep/a%40b/c%2Cd', '/deep/a@b%2Fc,d', 403],
      [['a/b'], '/deep/a%2Fb', '/deep/a%2fb', 200],
      [['a/b'], '/deep/a%2Fb', '/deep/a/b', 403],
    ] as const) {
      const path = wild.signedUrl('deep', { rest }).replace(signed, sent)
      expect((await answer(guarded(), { path }, { kit: { routes: wild } })).status, path).to.equal(status)
    }
  })

  it('read a path and a base with hex digits in any case (RFC 3986 §6.2.2.1)', async () => {
    const based = defineRoutes(spellingTable, { secrets: NEWEST, base: '/caf%c3%a9' })
    const url = based.signedUrl('unsubscribe', { id: 'a@é' })
    for (const path of [url, url.replace('%40%C3%A9', '%40%c3%a9'), url.replace('%40%C3%A9', '@%c3%a9')]) {
      expect((await answer(guarded(), { path }, { kit: { routes: based } })).status, path).to.equal(200)
    }
  })

  it('keep a query of bracket names in its order, as a nested parser depends on it', async () => {
    const signed = routes.signedUrl('home', {}, { query: { a: 1, 'a[b]': 2 } })
    expect((await answer(guarded(), { path: signed }, { kit })).status).to.equal(200)
    const swapped = signed.replace('a=1&a%5Bb%5D=2', 'a%5Bb%5D=2&a=1')
    expect(swapped).not.to.equal(signed)
    expect((await answer(guarded(), { path: swapped }, { kit })).status).to.equal(403)
  })

  it('ignore what mail services add to a query, if the option says so', async () => {
    const ignoring = guarded({ ignore: ['utm_*', 'fbclid'] })
    const signed = routes.signedUrl('home', {}, { query: { utm_source: 'own', a: 1 } })
    const status = async (path: string, handler = ignoring) => (await answer(handler, { path }, { kit })).status
    const plain = routes.signedUrl('home', {}, { query: { a: 1 } })
    expect(await status(`${plain}&utm_source=mail&fbclid=x`)).to.equal(200)
    expect(await status(signed)).to.equal(200)
    expect(await status(`${plain}&utm_source=mail`, guarded())).to.equal(403)
    expect(await status(`${plain}&fbclid2=x`)).to.equal(403)
    expect(await status(`${plain}&utm_source=mail&a=2`)).to.equal(403)
  })

  it('answer a page to a client that prefers HTML', async () => {
    const { status, headers, text } = await answer(guarded(), { path: '/', headers: { Accept: 'text/html' } }, { kit })
    expect([status, headers['content-type'], headers.vary]).to.deep.equal([403, 'text/html; charset=utf-8', 'Accept'])
    expect(text).to.contain('This link is not valid.')
  })

  it('leave the answer to onInvalid, which learns why', async () => {
    const reasons: unknown[] = []
    const onInvalid = (error: SignedUrlError, ...[first, second]: any[]) => {
      reasons.push([error.code, error.status, error.reason, error.expired])
      const target: ResponseMethods = 'text' in first ? first : second
      target.setStatus(410).text('gone')
    }
    const now = Date.now
    Date.now = () => now() - 61_000
    const expired = routes.signedUrl('home', {}, { expiresIn: 60 })
    Date.now = now
    for (const path of ['/', expired]) {
      const { status, text } = await answer(guarded({ onInvalid }), { path }, { kit })
      expect([status, text]).to.deep.equal([410, 'gone'])
    }
    expect(reasons).to.deep.equal([
      ['BAD_SIGNATURE', 403, 'invalid', false],
      ['BAD_SIGNATURE', 403, 'expired', true],
    ])
  })

  it('accept no signature that a signed cookie holds, though one secret serves both', async () => {
    const cookies = { secrets: NEWEST }
    const texts = ['response-kit signed url v1\n/\n', 'response-kit signed url v2\n/\n', '/\n']
    const app = await serve(
      (target) => {
        for (const [index, value] of texts.entries()) target.setCookie(`c${index}`, value, { signed: true })
        target.empty()
      },
      { kit: { ...kit, cookies } },
    )
    const { headers } = await request(app.port) // each framework signs in its own format
    const forged = [headers['set-cookie'] ?? []].flat().flatMap((line) => {
      const value = decodeURIComponent(line.split(';')[0]?.split('=').slice(1).join('=') ?? '')
      const digest = value.slice(value.lastIndexOf('.') + 1)
      return [digest, Buffer.from(digest, 'base64').toString('base64url')]
    })
    expect(forged.length).to.be.greaterThan(0)
    for (const signature of forged) {
      const path = `/?signature=${encodeURIComponent(signature)}`
      expect((await answer(guarded(), { path }, { kit: { ...kit, cookies } })).status).to.equal(403)
    }
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

  it('work under a path prefix, whether the proxy takes it off or not', async () => {
    const based = defineRoutes(table, { secrets: NEWEST, base: '/app' })
    const signed = based.signedUrl('unsubscribe', { userId: 1 })
    expect(signed).to.match(/^\/app\/unsubscribe\/1\?/)
    for (const path of [signed, signed.replace('/app', '')]) {
      expect((await answer(guarded(), { path }, { kit: { routes: based } })).status, path).to.equal(200)
    }
  })

  it('hold for one path of a table that has a path below its base', async () => {
    const literal = defineRoutes({ doc: '/doc', inner: '/app/doc' }, { secrets: NEWEST, base: '/app' })
    const open = defineRoutes({ doc: '/:space{/:page}' }, { secrets: NEWEST, base: '/app' })
    const rest = defineRoutes({ doc: '/*path' }, { secrets: NEWEST, base: '/app' })
    for (const [based, signed, status] of [
      [literal, literal.signedUrl('doc'), 403],
      [literal, literal.signedUrl('inner'), 403],
      [open, open.signedUrl('doc', { space: 7 }), 403],
      [rest, rest.signedUrl('doc', { path: ['7'] }), 403],
      // Of two segments after the base, the table has no path.
      [open, open.signedUrl('doc', { space: 7, page: 8 }), 200],
    ] as const) {
      const app = await serve(guarded(), { kit: { routes: based } })
      expect((await ask(app, { path: signed.replace('/app', '') })).status, signed).to.equal(200)
      // The client sees this path with another /app in front.
      expect((await ask(app, { path: signed })).status, signed).to.equal(status)
    }
  })

  it('let a URL for one use pass once; HEAD is answered without the handler and without a claim', async () => {
    const used = new Map<string, Date | undefined>()
    const claim = async (id: string, expires: Date | undefined) => !used.has(id) && used.set(id, expires) && true
    let handled = 0
    const app = await serve(
      guarded({ claim }, () => handled++),
      { kit },
    )
    const path = routes.signedUrl('home', {}, { once: true, expiresIn: '1h' })
    expect(routes.signedUrl('home', {}, { once: true, expiresIn: '1h' })).not.to.equal(path)
    for (let count = 0; count < 3; count++) {
      const head = await ask(app, { path, method: 'HEAD' })
      expect([head.status, head.headers['content-length']]).to.deep.equal([200, undefined])
    }
    expect([used.size, handled]).to.deep.equal([0, 0])
    expect((await ask(app, { path })).status).to.equal(200)
    const { status, text } = await ask(app, { path })
    expect([status, JSON.parse(text).detail]).to.deep.equal([403, 'This link has been used.'])
    // Five minutes longer than the URL: clocks differ.
    expect([...used.values()][0]?.getTime()).to.be.within(Date.now() + 3_890_000, Date.now() + 3_901_000)
  })

  it('let a URL for one use pass once also if the clock of the process that let it pass is ahead by minutes', async () => {
    // As a store on a server does it: it counts the lifetime that the process names, by a clock of its own.
    const ends = new Map<string, number>()
    const clock = Date.now
    let storeTime = 0
    const claim = (id: string, expires: Date | undefined): boolean => {
      if ((ends.get(id) ?? 0) > storeTime) return false
      ends.set(id, storeTime + (expires?.getTime() ?? Number.POSITIVE_INFINITY) - Date.now())
      return true
    }
    const app = await serve(guarded({ claim }), { kit })
    const path = routes.signedUrl('home', {}, { once: true, expiresIn: '5m' })
    Date.now = () => clock() + 290_000
    try {
      expect((await ask(app, { path })).status).to.equal(200)
    } finally {
      Date.now = clock
    }
    storeTime = 60_000 // the URL has still four minutes to go
    expect((await ask(app, { path })).status).to.equal(403)
  })

  it('is an error if no claim remembers a use, a store fails, or there is no secret', async () => {
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

contract('verifySignedUrl: what a function of the app throws', ({ serve, askForError }) => {
  const once = routes.signedUrl('home', {}, { once: true })
  for (const [title, options, path] of [
    ['claim', (thrown: unknown) => ({ claim: () => Promise.reject(thrown) }), once],
    ['onInvalid', (thrown: unknown) => ({ onInvalid: () => Promise.reject(thrown) }), `${once}x`],
  ] as const) {
    for (const thrown of [undefined, null, false, 0, '', 'route', 'router']) {
      it(`lets no request pass: ${JSON.stringify(thrown)} of ${title}`, async () => {
        let handled = 0
        const app = await serve(
          guarded(options(thrown), () => handled++),
          { kit },
        )
        expect((await askForError(app, { path })).status).to.equal(500)
        expect(handled).to.equal(0)
        expect(app.errors[0]).to.have.property('code', 'SOURCE_FAILED')
      })
    }
  }
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
    [
      'a text that is no lifetime',
      () => routes.signedUrl('home', {}, { expiresIn: 'soon' as never }),
      'INVALID_OPTION',
    ],
    ['a parameter of the signature', () => routes.signedUrl('home', {}, { query: { expires: 1 } }), 'INVALID_ARGUMENT'],
    ['an option of another type', () => routes.signedUrl('home', {}, { once: 1 as never }), 'INVALID_OPTION'],
    ['an unknown option of the URL', () => routes.signedUrl('home', {}, { expires: 1 } as never), 'INVALID_OPTION'],
    ['an unknown option of the check', () => verifyInExpress({ store: {} } as never), 'INVALID_OPTION'],
    [
      'a parameter that a nested parser reads as one',
      () => routes.signedUrl('home', {}, { query: { 'once[x]': 1 } }),
      'INVALID_ARGUMENT',
    ],
    [
      'more parameters than parsers read',
      () => routes.signedUrl('home', {}, { query: { a: Array(1001).fill(1) } }),
      'INVALID_ARGUMENT',
    ],
    ['a star in the middle of an ignored name', () => verifyInExpress({ ignore: ['utm_*_x'] }), 'INVALID_OPTION'],
    ['to ignore everything', () => verifyInKoa({ ignore: ['*'] }), 'INVALID_OPTION'],
    ['to ignore the signature', () => verifyInKoa({ ignore: ['sig*'] }), 'INVALID_OPTION'],
    ['an onInvalid that is no function', () => verifyInKoa({ onInvalid: {} as never }), 'INVALID_OPTION'],
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
    expect(() => verifyInExpress({ claim: 'redis://:hunter2@host' as never }))
      .to.throw()
      .with.property('message')
      .that.does.not.contain('hunter2')
  })
})
