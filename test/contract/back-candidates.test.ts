import { expect } from 'chai'
import { contract } from '../support/contract.js'
import type { Handler } from '../support/frameworks.js'

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

  it('a form shown again by the POST it was sent with leads back to where it first stood', async () => {
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
