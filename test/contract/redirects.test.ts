import { expect } from 'chai'
import { defineRoutes, redirect } from '../../src/index.js'
import { contract } from '../support/contract.js'
import type { Handler } from '../support/frameworks.js'

const routes = defineRoutes({ home: '/', 'users.home': '/dashboard/:userId', list: '/list' })
const kit = { routes }

contract('redirectTo', ({ answer, serve, ask, askForError }) => {
  it('sends the URL of a named route with its query and fragment', async () => {
    const { status, headers, text } = await answer(
      (target) => target.redirectTo('users.home', { userId: 1 }, { query: { mode: 'preview' }, hash: 'top' }),
      {},
      { kit },
    )
    expect(status).to.equal(302)
    expect(headers.location).to.equal('/dashboard/1?mode=preview#top')
    expect(headers['content-type']).to.equal('text/plain; charset=utf-8')
    expect(text).to.equal('Found. Redirecting to /dashboard/1?mode=preview#top')
  })

  it('its body is plain text: it is not escaped as HTML, has no markup, and nosniff keeps it so', async () => {
    const plain = await answer((target) => target.redirectTo('home', {}, { query: { a: 1, b: "it's" } }), {}, { kit })
    expect(plain.headers).to.include({ location: "/?a=1&b=it's", 'x-content-type-options': 'nosniff' })
    expect(plain.text).to.equal('Found. Redirecting to /?a=1&b=it%27s')
    for (const hostile of ['/<script>alert(1)</script>', '/?q=<img src=x onerror=alert(1)>', '/#"><svg>']) {
      const calls: readonly Handler[] = [
        (target) => target.back(hostile),
        (target) => target.redirectLocal(hostile),
        (target) => target.reply(redirect(hostile)),
      ]
      for (const call of calls) {
        const { status, headers, text } = await answer(call, {}, { kit })
        expect(status).to.equal(302)
        expect(headers).to.include({ 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' })
        expect(text).not.to.match(/[<>"']/)
      }
    }
  })

  it('is a 303 after every method but GET and HEAD, so that the client goes on with GET (RFC 9110 §15.4.4)', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const { status } = await answer((target) => target.redirectTo('home'), { method }, { kit })
      expect(status, method).to.equal(303)
    }
    const head = await answer((target) => target.redirectTo('home'), { method: 'HEAD' }, { kit })
    expect(head.status).to.equal(302)
    expect(head.headers['content-length']).to.equal(String('Found. Redirecting to /'.length))
    expect(head.body).to.have.length(0)
  })

  it('takes the status given before a staged redirect status, and that before its own', async () => {
    const staged = await answer((target) => target.setStatus(307).redirectTo('home'), { method: 'POST' }, { kit })
    expect(staged.status).to.equal(307)
    const given = await answer(
      (target) => target.setStatus(307).redirectTo('home', {}, { status: 308 }),
      { method: 'POST' },
      { kit },
    )
    expect(given.status).to.equal(308)
  })

  it('leaves a staged status that is no redirect: Location alone moves no client', async () => {
    const { status } = await answer((target) => target.setStatus(201).redirectTo('home'), { method: 'POST' }, { kit })
    expect(status).to.equal(303)
  })

  it('has no markup in its body, whatever the parameter', async () => {
    const { headers, text } = await answer(
      (target) => target.redirectTo('users.home', { userId: '<b title="x">&\'' }),
      {},
      { kit },
    )
    expect(headers.location).to.equal("/dashboard/%3Cb%20title%3D%22x%22%3E%26'")
    expect(text).not.to.match(/[<>"']/)
  })

  it('carries the current query over with query: true', async () => {
    const { headers } = await answer(
      (target) => target.redirectTo('list', {}, { query: true }),
      { path: '/x?page=2&tag=a&tag=b%20c' },
      { kit },
    )
    expect(headers.location).to.equal('/list?page=2&tag=a&tag=b%20c')
  })

  it('carries the query over as it came, without the fields of the kit', async () => {
    const app = await serve((target) => target.redirectTo('list', {}, { query: true, hash: 'top' }), { kit })
    for (const [query, carried] of [
      ['2=b&1=a&x=%A7&y=%ZZ&z', '2=b&1=a&x=%A7&y=%ZZ&z'],
      ['a=1+2&a[]=3&__proto__=4', 'a=1+2&a[]=3&__proto__=4'],
      ['page=2&__back=/x&__b%61ck=/y', 'page=2'],
      ['page=2&expires=9&once=1&signature=abc', 'page=2'],
      ['page=2&expires=9', 'page=2&expires=9'],
      ['__back=/x', ''],
      ['', ''],
    ]) {
      const { headers } = await ask(app, { path: `/x?${query}` })
      expect(headers.location, query).to.equal(`/list${carried === '' ? '' : '?'}${carried}#top`)
    }
  })

  it('changes the current query with mergeQuery', async () => {
    const app = await serve(
      (target) => target.redirectTo('list', {}, { mergeQuery: { page: 3, sort: undefined, new: [1, 2] } }),
      { kit },
    )
    const { headers } = await ask(app, { path: '/x?tag=a%20b&page=2&sort=up&p%61ge[size]=9&page=7&__back=/y' })
    expect(headers.location).to.equal('/list?tag=a%20b&page=3&new=1&new=2')
  })

  it('takes what the query parser of Express has read', async () => {
    const query = { a: { b: '1' }, c: ['2', '3'] }
    const { headers } = await answer((target) => target.redirectTo('list', {}, { query }), {}, { kit })
    expect(headers.location).to.equal('/list?a%5Bb%5D=1&c=2&c=3')
  })

  it('goes to a view bound to a route', async () => {
    const show: Handler = (target) => target.text('shown')
    const own = defineRoutes({ shown: '/shown' })
    own.view('shown', show)
    const { headers } = await answer((target) => target.redirectTo(show), {}, { kit: { routes: own } })
    expect(headers.location).to.equal('/shown')
  })

  const mistakes: readonly [string, Handler, string][] = [
    ['an unknown name', (target) => target.redirectTo('user.home'), 'ROUTE_NOT_FOUND'],
    ['a missing parameter', (target) => target.redirectTo('users.home'), 'ROUTE_PARAMETER'],
    ['a wrong status', (target) => target.redirectTo('home', {}, { status: 200 }), 'INVALID_OPTION'],
    [
      'a query beside mergeQuery',
      (target) => target.redirectTo('home', {}, { query: {}, mergeQuery: {} }),
      'INVALID_OPTION',
    ],
    ['an absolute redirect', (target) => target.redirectTo('home', {}, { absolute: true } as never), 'INVALID_OPTION'],
    ['a number as the query', (target) => target.redirectTo('home', {}, { query: 7 as never }), 'INVALID_OPTION'],
    ['a wrong target', (target) => target.redirectTo(7 as never), 'INVALID_ARGUMENT'],
    ['an unbound view', (target) => target.redirectTo(() => undefined), 'ROUTE_NOT_FOUND'],
  ]
  for (const [title, handler, code] of mistakes) {
    it(`throws at once for ${title}, and nothing has been sent`, async () => {
      let caught: unknown
      const app = await serve(
        (target, request) => {
          try {
            handler(target, request)
          } catch (error) {
            caught = error
          }
          target.text('still here')
        },
        { kit },
      )
      const { status, text } = await ask(app)
      expect(caught).to.have.property('code', code)
      expect([status, text]).to.deep.equal([200, 'still here'])
    })
  }

  it('without the option routes is NOT_CONFIGURED', async () => {
    const app = await serve((target) => target.redirectTo('home'))
    expect((await askForError(app)).status).to.equal(500)
    expect(app.errors).to.have.length(1)
    expect(app.errors[0]).to.have.property('code', 'NOT_CONFIGURED')
  })
})

contract('back', ({ answer, serve, ask }) => {
  const back: Handler = (target) => target.back()

  it("goes to the Referer's path, query and fragment if it is of this origin", async () => {
    const app = await serve(back)
    const { status, headers } = await ask(app, { headers: { Referer: `${app.origin}/list?page=2#row-7` } })
    expect(status).to.equal(302)
    expect(headers.location).to.equal('/list?page=2#row-7')
  })

  it('is a 303 after POST', async () => {
    const app = await serve(back)
    const { status, headers } = await ask(app, { method: 'POST', headers: { Referer: `${app.origin}/list` } })
    expect([status, headers.location]).to.deep.equal([303, '/list'])
  })

  it('takes the field before the Referer', async () => {
    const app = await serve(back)
    const { headers } = await ask(app, {
      path: `/delete?__back=${encodeURIComponent('/list?page=3')}`,
      headers: { Referer: `${app.origin}/other` },
    })
    expect(headers.location).to.equal('/list?page=3')
  })

  it('takes the body before the query', async () => {
    const app = await serve((target, { native }) => {
      if (native.ctx === undefined) native.req.body = { __back: '/from-body' }
      else native.ctx.request.body = { __back: '/from-body' }
      return target.back()
    })
    const { headers } = await ask(app, { method: 'POST', path: '/delete?__back=/from-query' })
    expect(headers.location).to.equal('/from-body')
  })

  it("takes the session's previous URL where the option names it", async () => {
    const { headers } = await answer(
      (target, { native }) => {
        const session = { previousUrl: '/from-session' }
        if (native.ctx === undefined) native.req.session = session
        else native.ctx.session = session
        return target.back()
      },
      {},
      { kit: { back: { session: 'previousUrl' } } },
    )
    expect(headers.location).to.equal('/from-session')
  })

  it('falls back to the call, else to the option, else to /', async () => {
    expect((await answer(back)).headers.location).to.equal('/')
    const option = { kit: { back: { fallback: '/option' } } }
    expect((await answer(back, {}, option)).headers.location).to.equal('/option')
    expect((await answer((target) => target.back('/call'), {}, option)).headers.location).to.equal('/call')
    const given = await answer((target) => target.back({ fallback: '/given', status: 307 }), {}, option)
    expect([given.status, given.headers.location]).to.deep.equal([307, '/given'])
  })

  it('sends a GET that would return to itself to the fallback, a POST not', async () => {
    const app = await serve((target) => target.back('/start'))
    const init = { path: '/self?x=1', headers: { Referer: `${app.origin}/self?x=1#part` } }
    expect((await ask(app, init)).headers.location).to.equal('/start')
    expect((await ask(app, { ...init, method: 'POST' })).headers.location).to.equal('/self?x=1#part')
  })

  it('goes to a listed foreign origin with the whole URL, to no other', async () => {
    const app = await serve(back, { kit: { back: { origins: ['https://shop.example'] } } })
    const ours = await ask(app, { headers: { Referer: 'https://shop.example/cart?a=1' } })
    expect(ours.headers.location).to.equal('https://shop.example/cart?a=1')
    for (const Referer of [
      'https://shop.example.evil/cart',
      'http://shop.example/cart',
      'https://shop.example:8443/',
    ]) {
      expect((await ask(app, { headers: { Referer } })).headers.location, Referer).to.equal('/')
    }
  })

  it('refuses a fallback with control characters or two leading slashes, even if it is not needed', async () => {
    for (const fallback of ['/a\r\nSet-Cookie: a=b', '//evil.example', '/\\evil.example', 7 as never]) {
      let caught: unknown
      const app = await serve((target) => {
        try {
          target.back(fallback)
        } catch (error) {
          caught = error
        }
        target.empty()
      })
      await ask(app, { headers: { Referer: `${app.origin}/fine` } })
      expect(caught, String(fallback)).to.have.property('code', 'INVALID_ARGUMENT')
    }
  })
})

contract('backField and route in views', ({ answer, serve, ask }) => {
  const locals = (native: any): Record<string, any> => native.ctx?.state ?? native.res.locals

  it('stand among the view variables as own properties, for every template engine', async () => {
    const { text } = await answer(
      (target, { native }) => {
        const variables = { ...locals(native) }
        target.text(`${variables.route('users.home', { userId: 7 })} ${variables.backField()}`)
      },
      { path: '/form?a="1"&b=<2>' },
      { kit },
    )
    expect(text).to.equal(
      '/dashboard/7 <input type="hidden" name="__back" value="/form?a=&quot;1&quot;&amp;b=&lt;2&gt;">',
    )
  })

  it('are methods as well', async () => {
    const { text } = await answer(
      (target) => target.text(target.route('list', {}, { query: { page: 2 } }) + target.backField()) && undefined,
      { path: '/form' },
      { kit },
    )
    expect(text).to.equal('/list?page=2<input type="hidden" name="__back" value="/form">')
  })

  it('the field brings one back to where the form stood', async () => {
    const app = await serve((target, { url }) =>
      url === '/form?a=1' ? target.text(target.backField()) && undefined : target.back(),
    )
    const page = await ask(app, { path: '/form?a=1' })
    const value = /value="([^"]*)"/.exec(page.text)?.[1] ?? ''
    const { headers } = await ask(app, { method: 'POST', path: `/save?__back=${encodeURIComponent(value)}` })
    expect(headers.location).to.equal('/form?a=1')
  })

  it('never give out a request target that is another host', async () => {
    const { text } = await answer((target) => target.text(target.backField()) && undefined, {
      path: '//evil.example/x',
    })
    expect(text).to.contain('value="/"')
  })
})

contract('absolute URLs of route()', ({ answer }) => {
  it('come from the table, whatever the Host field says', async () => {
    const absolute = defineRoutes({ home: '/home' }, { origin: 'https://shop.example' })
    const { text } = await answer(
      (target) => void target.text(target.route('home', {}, { absolute: true, query: { a: 1 } })),
      { headers: { Host: 'evil.example' } },
      { kit: { routes: absolute } },
    )
    expect(text).to.equal('https://shop.example/home?a=1')
  })

  it('are NOT_CONFIGURED without an origin', async () => {
    let caught: unknown
    await answer(
      (target) => {
        try {
          target.route('home', {}, { absolute: true })
        } catch (error) {
          caught = error
        }
        target.empty()
      },
      {},
      { kit },
    )
    expect(caught).to.have.property('code', 'NOT_CONFIGURED')
  })
})
