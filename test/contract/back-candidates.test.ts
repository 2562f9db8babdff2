import { expect } from 'chai'
import { defineRoutes, localUrl } from '../../src/index.js'
import { contract } from '../support/contract.js'
import type { Handler } from '../support/frameworks.js'
import { request } from '../support/request.js'

const session = { previousUrl: '/session' }

/** Puts a parsed form and a session where a body parser and a session middleware would. */
function withFormAndSession(form: Record<string, unknown> | undefined, handler: Handler): Handler {
  return (target, request) => {
    const { req, ctx } = request.native
    if (ctx === undefined) Object.assign(req, { body: form, session: { ...session } })
    else {
      Object.assign(ctx.request, { body: form })
      Object.defineProperty(ctx, 'session', { value: { ...session } })
    }
    return handler(target, request)
  }
}

const kit = { back: { session: 'previousUrl', fallback: '/option' } }

contract('the candidates of back()', ({ serve, ask }) => {
  // Each row takes away the candidate of the row before it, by making it one that does not count.
  const rows: readonly [form: string | undefined, query: string, referer: string, session: string, goesTo: string][] = [
    ['/form', '/query', '/referer', '/session', '/form'],
    ['//evil.example', '/query', '/referer', '/session', '/query'],
    ['https://evil.example/', '//evil.example', '/referer', '/session', '/referer'],
    [undefined, 'javascript:alert(1)', 'https://evil.example/', '/session', '/session'],
    [undefined, '', 'about:blank', '//evil.example', '/call'],
  ]
  for (const [form, query, referer, previousUrl, goesTo] of rows) {
    it(`form, query, Referer, session, fallback: ${goesTo}`, async () => {
      const handler: Handler = (target, { native }) => {
        const held = native.ctx === undefined ? native.req.session : native.ctx.session
        held.previousUrl = previousUrl
        return target.back('/call')
      }
      const app = await serve(withFormAndSession(form === undefined ? undefined : { __back: form }, handler), { kit })
      const { status, headers } = await ask(app, {
        method: 'POST',
        path: `/save?__back=${encodeURIComponent(query)}`,
        headers: { Referer: referer.startsWith('/') ? app.origin + referer : referer },
      })
      expect([status, headers.location]).to.deep.equal([303, goesTo])
    })
  }

  it('a form or session that is no record, or holds no text, holds no candidate', async () => {
    for (const form of [{ __back: ['/a', '/b'] }, { __back: { toString: () => '/a' } }, { __back: 7 }]) {
      const handler = withFormAndSession(form, (target) => target.back())
      const { headers } = await ask(await serve(handler, { kit }), { method: 'POST', path: '/save' })
      expect(headers.location).to.equal('/session')
    }
  })

  it('the option back.field renames the field, and the old name no longer counts', async () => {
    const app = await serve(
      (target, { url }) => (url === '/form' ? void target.text(target.backField()) : target.back('/call')),
      { kit: { back: { field: 'return_to' } } },
    )
    const page = await ask(app, { path: '/form' })
    expect(page.text).to.equal('<input type="hidden" name="return_to" value="/form">')
    const named = await ask(app, { method: 'POST', path: '/save?return_to=/form' })
    expect(named.headers.location).to.equal('/form')
    const old = await ask(app, { method: 'POST', path: '/save?__back=/form' })
    expect(old.headers.location).to.equal('/call')
  })

  it('a form shown again by the POST it was sent with leads back to the page of the first form', async () => {
    const app = await serve(
      withFormAndSession({ __back: '/list?page=2' }, (target) => void target.text(target.backField())),
    )
    const { text } = await ask(app, { method: 'POST', path: '/save' })
    expect(text).to.equal('<input type="hidden" name="__back" value="/list?page=2">')
  })

  it("reads Referer by its right spelling too, as the frameworks' own calls do", async () => {
    const app = await serve((target) => target.back('/call'))
    const { headers } = await ask(app, { headers: { Referrer: `${app.origin}/list` } })
    expect(headers.location).to.equal('/list')
  })
})

contract('the limits of what back() sends', ({ serve, ask }) => {
  const paths: readonly [string, number, boolean][] = [
    ['of 8,192 characters is sent', 8192, true],
    ['of 8,193 characters is not', 8193, false],
  ]
  for (const [title, length, isSent] of paths) {
    it(`a path ${title}`, async () => {
      const path = `/${'a'.repeat(length - 1)}`
      const app = await serve((target, { native }) => {
        const { req, ctx } = native
        if (ctx === undefined) req.body = { __back: path }
        else ctx.request.body = { __back: path }
        return target.back('/call')
      })
      const { headers } = await ask(app, { method: 'POST' })
      expect(headers.location === (isSent ? path : '/call'), `${headers.location?.length} characters`).to.equal(true)
    })
  }

  it('a path that becomes one of two slashes is refused', async () => {
    for (const path of ['/.//evil.example', '/..//evil.example', '/%2e//evil.example', '/a/..//evil.example']) {
      const app = await serve((target) => target.back('/call'))
      const { headers } = await ask(app, { headers: { Referer: app.origin + path } })
      expect(headers.location, path).to.equal('/call')
    }
  })

  it('userinfo counts as foreign, even before our own host', async () => {
    const app = await serve((target) => target.back('/call'))
    for (const userinfo of ['user@', 'user:secret@', ':secret@', 'app.example:80@']) {
      const { headers } = await ask(app, { headers: { Referer: `http://${userinfo}127.0.0.1:${app.port}/x` } })
      expect(headers.location, userinfo).to.equal('/call')
    }
  })

  it('a HEAD that would return to itself goes to the fallback, as the GET does', async () => {
    const app = await serve((target) => target.back('/start'))
    const { headers } = await ask(app, { method: 'HEAD', path: '/self', headers: { Referer: `${app.origin}/self` } })
    expect(headers.location).to.equal('/start')
  })
})

contract('what back() sends', ({ serve, ask }) => {
  it('is the path as it came: what is encoded already, even wrongly, is not encoded again', async () => {
    const app = await serve((target) => target.back('/call'))
    for (const path of ['/100%', '/%ZZ?a=%', '/a%2fb', '/x?q=%41#%', "/~'()*", '/%E0%A4%A', '/a|b']) {
      const { headers } = await ask(app, { headers: { Referer: app.origin + path } })
      expect(headers.location).to.equal(path)
    }
  })

  it('is a path of the same host and port if only the scheme differs, as TLS may end at a proxy', async () => {
    const app = await serve((target) => target.back('/call'))
    for (const [host, referer, goesTo] of [
      ['app.example', 'https://app.example/x?a=1', '/x?a=1'],
      ['app.example:8080', 'https://app.example:8080/x', '/x'],
      ['app.example:443', 'https://app.example/x', '/x'],
      ['app.example:80', 'http://app.example/x', '/x'],
      ['app.example', 'https://app.example:8443/x', '/call'],
      ['app.example:444', 'https://app.example/x', '/call'],
      ['app.example:8080', 'https://app.example/x', '/call'],
      ['app.example', 'https://app.example.evil.example/x', '/call'],
      ['app.example', 'https://user@app.example/x', '/call'],
      ['app.example', 'ftp://app.example/x', '/call'],
    ] as const) {
      const { headers } = await ask(app, { headers: { Host: host, Referer: referer } })
      expect(headers.location, `${referer} on ${host}`).to.equal(goesTo)
    }
    const self = { Host: 'app.example', Referer: 'https://app.example/self' }
    expect((await ask(app, { path: '/self', headers: self })).headers.location).to.equal('/call')
  })
})

contract('redirects of an app whose prefix a proxy takes off', ({ serve, ask }) => {
  const based = { routes: defineRoutes({ login: '/login' }, { base: '/shop' }), cookies: { secrets: 'short' } }
  const Host = 'app.example'

  it('back() knows its own URL, and its root is the one of the app', async () => {
    const app = await serve((target) => target.back(), { kit: based })
    const back = async (path: string, from: string) =>
      (await ask(app, { path, headers: { Host, Referer: `http://${Host}${from}` } })).headers.location
    expect(await back('/list', '/shop/list')).to.equal('/shop/')
    expect(await back('/shop/list', '/shop/list')).to.equal('/shop/') // a proxy that leaves the prefix
    expect(await back('/list', '/list')).to.equal('/list') // another app of the site
    expect(await back('/list', '/shop/other')).to.equal('/shop/other')
    expect(await back('/shopping', '/shop/shopping')).to.equal('/shop/')
  })

  it('a fallback that the app gives is used as it is', async () => {
    const app = await serve((target) => target.back('/call'), { kit: based })
    expect((await ask(app)).headers.location).to.equal('/call')
    const option = await serve((target) => target.back(), { kit: { ...based, back: { fallback: '/option' } } })
    expect((await ask(option)).headers.location).to.equal('/option')
  })

  it('backField() names the URL that the client sees', async () => {
    const app = await serve((target) => void target.text(target.backField()), { kit: based })
    expect((await ask(app, { path: '/form?a=1' })).text).to.contain('value="/shop/form?a=1"')
  })

  it('intended() remembers the URL that the client sees', async () => {
    const app = await serve(
      (target, { url }) => (url === '/login' ? target.toIntended() : target.intended().redirectTo('login')),
      { kit: based },
    )
    const first = await request(app.port, { path: '/private', headers: { Host } })
    expect(first.headers.location).to.equal('/shop/login')
    const Cookie = `${first.headers['set-cookie']?.[0]?.split(';')[0]}`
    const second = await request(app.port, { path: '/login', method: 'POST', headers: { Host, Cookie } })
    expect(second.headers.location).to.equal('/shop/private')
  })
})

contract('redirectLocal and localUrl', ({ serve, ask }) => {
  const Host = 'app.example'
  const LOCAL = [
    ['/next?a=1#b', '/next?a=1#b'],
    ['http://app.example/next', '/next'],
    ['https://app.example/next', '/next'],
    ['/100%', '/100%'],
  ]
  const FOREIGN: unknown[] = [
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
    'next',
    '',
    '/a\r\nSet-Cookie: a=b',
    ['/a', '/b'],
    { a: '/a' },
    undefined,
    null,
    7,
    `/${'a'.repeat(9000)}`,
    '/.//evil.example',
    'http://user@app.example/',
  ]

  it('redirectLocal of a promise goes to the fallback, and its failure does not end the process', async () => {
    const failed: unknown[] = []
    const note = (reason: unknown) => failed.push(reason)
    process.on('unhandledRejection', note)
    const app = await serve((target) => target.redirectLocal(Promise.reject(new Error('not awaited')), '/fallback'))
    const { headers } = await ask(app)
    process.off('unhandledRejection', note)
    expect([headers.location, failed]).to.deep.equal(['/fallback', []])
  })

  it('go to a URL of this site, else to the fallback', async () => {
    let next: unknown
    const app = await serve((target) => target.redirectLocal(next, '/fallback', { status: 307 }))
    for (const [given, goesTo] of [...LOCAL, ...FOREIGN.map((each) => [each, '/fallback'])]) {
      next = given
      const { status, headers } = await ask(app, { path: '/login', method: 'POST', headers: { Host } })
      expect([status, headers.location], String(given)).to.deep.equal([307, goesTo])
    }
    next = '/login?next=/x'
    expect((await ask(app, { path: '/login?next=/x', headers: { Host } })).headers.location).to.equal('/fallback')
  })

  it('tell the handler what counts', async () => {
    const found: unknown[] = []
    const app = await serve((target) => {
      found.push(...[...LOCAL.map(([given]) => given), ...FOREIGN].map((given) => target.localUrl(given)))
      target.empty()
    })
    await ask(app, { headers: { Host } })
    expect(found).to.deep.equal([...LOCAL.map(([, url]) => url), ...FOREIGN.map(() => undefined)])
    expect(localUrl('/next?a=1')).to.equal('/next?a=1')
    for (const given of [...FOREIGN, 'http://localhost/x', 'http://app.example/x']) {
      expect(localUrl(given), String(given)).to.equal(undefined)
    }
  })

  it('have / as their fallback, and refuse one that is a mistake', async () => {
    const app = await serve((target) => target.redirectLocal('https://evil.example'))
    expect((await ask(app, { headers: { Host } })).headers.location).to.equal('/')
  })
})

contract('redirects: mistakes in a call', ({ serve }) => {
  const mistakes: [title: string, call: (target: any) => unknown, code: string, message: RegExp][] = [
    [
      'an argument too many for back',
      (target) => target.back('/x', 301),
      'INVALID_ARGUMENT',
      /^back\(\) .*\{ fallback, status \}/,
    ],
    [
      'a path for redirectTo',
      (target) => target.redirectTo('/login'),
      'ROUTE_NOT_FOUND',
      /redirectLocal\(\) or the framework's own redirect\(\)/,
    ],
    ['a URL for redirectTo', (target) => target.redirectTo('https://a.example'), 'ROUTE_NOT_FOUND', /redirectLocal/],
    [
      'route without arguments',
      (target) => target.route(),
      'INVALID_ARGUMENT',
      /^route\(\): target must be a route's name/,
    ],
    ['a status that is no redirect', (target) => target.back({ status: 200 }), 'INVALID_OPTION', /^back: /],
    [
      'an unknown option',
      (target) => target.redirectLocal('/x', '/', { query: {} }),
      'INVALID_OPTION',
      /^redirectLocal\(\): /,
    ],
    [
      'a fallback on another host',
      (target) => target.redirectLocal('/x', '//evil.example'),
      'INVALID_ARGUMENT',
      /^redirectLocal: /,
    ],
  ]
  for (const [title, call, code, message] of mistakes) {
    it(`${title} is ${code}`, async () => {
      let caught: any
      const app = await serve(
        (target) => {
          try {
            call(target)
          } catch (error) {
            caught = error
          }
          target.empty()
        },
        { kit: { routes: defineRoutes({ home: '/' }) } },
      )
      expect((await request(app.port)).status).to.equal(204)
      expect(caught).to.have.property('code', code)
      expect(caught.message).to.match(message)
    })
  }
})
