import { AsyncResource } from 'node:async_hooks'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import compose from 'koa-compose'
import mount from 'koa-mount'
import { back, channel, csv, defineRoutes, html, jsonStream, ndjson, sse, streaming } from '../../src/index.js'
import { respond, responseKit } from '../../src/koa/index.js'
import { listen } from '../support/frameworks.js'
import { request } from '../support/request.js'

const require = createRequire(import.meta.url)

for (const name of ['koa2', 'koa3']) {
  const Koa = require(name)

  describe(`the options of an inner kit end with its mounted app: ${name}`, () => {
    let seen: string[] = []

    /** A kit whose options and whose base show in `ctx.route('kit')`. */
    const kit = (title: string) => responseKit({ routes: defineRoutes({ kit: `/${title}` }) })
    const see = (title: string, ctx: any) => seen.push(`${title}: ${ctx.route('kit')}`)
    /** Middleware that looks before and after what is inside of it. */
    const look = (title: string) => async (ctx: any, next: any) => {
      see(title, ctx)
      await next()
      see(`${title} again`, ctx)
    }
    const end = (ctx: any) => {
      see('end', ctx)
      ctx.text('end')
    }
    const fail = (ctx: any) => {
      see('fail', ctx)
      throw new Error('thrown')
    }
    const answerErrors = async (ctx: any, next: any) => {
      try {
        await next()
      } catch {
        see('error', ctx)
        ctx.text('error')
      }
    }
    const setPath = (path: string) => (ctx: any, next: any) => {
      ctx.path = path
      return next()
    }
    const setQuery = (query: string) => (ctx: any, next: any) => {
      ctx.querystring = query
      return next()
    }
    /** As code does it that first waits for something. */
    const setPathLater = (path: string) => async (ctx: any, next: any) => {
      await new Promise(setImmediate)
      ctx.path = path
      await next()
    }
    const setUrl = (url: string) => (ctx: any, next: any) => {
      ctx.url = url
      return next()
    }
    const withDerivedContexts = (app: any) => {
      const { createContext } = app
      app.createContext = (...given: unknown[]) => Object.create(createContext.apply(app, given))
      return app
    }
    const pass = (_ctx: any, next: any) => next()
    /** What koa-mount does, in another file: a bundle is such a file. */
    const mountByHand = (prefix: string, app: any) => (ctx: any, next: any) => {
      const whole = ctx.path
      ctx.mountPath = prefix
      ctx.path = whole.slice(prefix.length)
      const leave = async () => {
        ctx.path = whole
        await next()
        ctx.path = whole.slice(prefix.length)
      }
      return compose(app.middleware)(ctx, leave).finally(() => {
        ctx.path = whole
      })
    }
    const all = (...middleware: any[]) => middleware.reduce((app, each) => app.use(each), new Koa())

    const cases: [title: string, app: any, path: string, seen: string[]][] = [
      [
        'a handler after the mount',
        all(kit('outer'), mount('/a', all(kit('inner'), look('inner'))), end),
        '/a/x',
        ['inner: /a/inner', 'end: /outer', 'inner again: /a/inner'],
      ],
      [
        'a mount at the very path',
        all(kit('outer'), mount('/a', all(kit('inner'), look('inner'))), end),
        '/a',
        ['inner: /a/inner', 'end: /outer', 'inner again: /a/inner'],
      ],
      [
        'a mount with a slash at its end, and a query',
        all(kit('outer'), mount('/a/', all(kit('inner'), look('inner'))), end),
        '/a/x?next=/x',
        ['inner: /a/inner', 'end: /outer', 'inner again: /a/inner'],
      ],
      [
        'nested mounts with a kit each',
        all(
          kit('outer'),
          mount('/a', all(kit('middle'), mount('/b', all(kit('inner'), look('inner'))), look('middle'))),
          end,
        ),
        '/a/b/c',
        ['inner: /a/b/inner', 'middle: /a/middle', 'end: /outer', 'middle again: /a/middle', 'inner again: /a/b/inner'],
      ],
      [
        'nested mounts of one name',
        all(
          kit('outer'),
          mount('/a', all(kit('middle'), mount('/a', all(kit('inner'), look('inner'))), look('middle'))),
          end,
        ),
        '/a/a/a',
        ['inner: /a/a/inner', 'middle: /a/middle', 'end: /outer', 'middle again: /a/middle', 'inner again: /a/a/inner'],
      ],
      [
        'nested mounts with a kit in the innermost app alone',
        all(kit('outer'), mount('/a', all(mount('/b', all(kit('inner'), look('inner'))), look('middle'))), end),
        '/a/b/c',
        ['inner: /a/b/inner', 'middle: /outer', 'end: /outer', 'middle again: /outer', 'inner again: /a/b/inner'],
      ],
      [
        'a kit in the outer app after the mount',
        all(kit('outer'), mount('/a', all(kit('inner'), look('inner'))), kit('later'), end),
        '/a/x',
        ['inner: /a/inner', 'end: /later', 'inner again: /a/inner'],
      ],
      [
        'two kits in one mounted app',
        all(kit('outer'), mount('/a', all(kit('first'), look('first'), kit('second'), look('second'))), end),
        '/a/x',
        ['first: /a/first', 'second: /a/second', 'end: /outer', 'second again: /a/second', 'first again: /a/first'],
      ],
      [
        'a rewrite inside the mount, which stays inside',
        all(kit('outer'), mount('/a', all(kit('inner'), setPath('/other'), look('inner'))), end),
        '/a/x',
        ['inner: /a/inner', 'end: /outer', 'inner again: /a/inner'],
      ],
      [
        'a query that the inner app changes',
        all(kit('outer'), mount('/a', all(kit('inner'), setQuery('y=1'), look('inner'))), end),
        '/a/x?y=0',
        ['inner: /a/inner', 'end: /outer', 'inner again: /a/inner'],
      ],
      [
        'an error of the inner app that the outer one catches',
        all(kit('outer'), answerErrors, mount('/a', all(kit('inner'), fail))),
        '/a/x',
        ['fail: /a/inner', 'error: /outer'],
      ],
      [
        'an error of the outer app that it catches itself',
        all(kit('outer'), mount('/a', all(kit('inner'), look('inner'))), answerErrors, fail),
        '/a/x',
        ['inner: /a/inner', 'fail: /outer', 'error: /outer', 'inner again: /a/inner'],
      ],
      [
        'an error of the outer app that the outer one catches around the mount',
        all(kit('outer'), answerErrors, mount('/a', all(kit('inner'), look('inner'))), fail),
        '/a/x',
        ['inner: /a/inner', 'fail: /outer', 'error: /outer'],
      ],
      [
        'an error of the inner app that it catches itself',
        all(kit('outer'), mount('/a', all(kit('inner'), answerErrors, fail))),
        '/a/x',
        ['fail: /a/inner', 'error: /a/inner'],
      ],
    ]
    // No code outside of a mount gets the options inside, whatever it does to the path.
    const innerThenEnd = ['inner: /a/inner', 'end: /outer', 'inner again: /a/inner']
    for (const [title, rewrite] of [
      ['to another path', setPath('/index.html')],
      ['to the path that the inner app had', setPath('/x')],
      ['to that path later', setPathLater('/x')],
      ['to a path at the mount', setPath('/a/index.html')],
      ['to the end of the path', setPath('/')],
      ['by ctx.url', setUrl('/x')],
    ] as const) {
      const inner = all(kit('inner'), look('inner'))
      const nested = all(kit('middle'), mount('/b', inner), look('middle'))
      cases.push(
        [
          `a rewrite after the mount, ${title}`,
          all(kit('outer'), mount('/a', inner), rewrite, end),
          '/a/x',
          innerThenEnd,
        ],
        [
          `a rewrite after nested mounts, ${title}`,
          all(kit('outer'), mount('/a', nested), rewrite, end),
          '/a/b/x',
          [
            'inner: /a/b/inner',
            'middle: /a/middle',
            'end: /outer',
            'middle again: /a/middle',
            'inner again: /a/b/inner',
          ],
        ],
        [
          `a rewrite between nested mounts, ${title}`,
          all(kit('outer'), mount('/a', all(mount('/b', inner), rewrite, look('middle'))), end),
          '/a/b/x',
          ['inner: /a/b/inner', 'middle: /outer', 'end: /outer', 'middle again: /outer', 'inner again: /a/b/inner'],
        ],
      )
    }
    // Code inside keeps the options inside.
    for (const [title, rewrite] of [
      ['to another path', setPath('/index.html')],
      ['to a longer path', setPath('/en/x')],
      ['to the path of the outer app', setPath('/')],
      ['later', setPathLater('/index.html')],
      ['by ctx.url', setUrl('/a/x')],
    ] as const) {
      const inner = all(kit('inner'), rewrite, look('inner'))
      cases.push(
        [`a rewrite inside the mount, ${title}`, all(kit('outer'), mount('/a', inner), end), '/a/x', innerThenEnd],
        [`a rewrite inside both, ${title}`, all(kit('outer'), mount('/a', inner), rewrite, end), '/a/x', innerThenEnd],
        [
          `a rewrite inside a mount of the inner app, ${title}`,
          all(kit('outer'), mount('/a', all(kit('inner'), mount('/b', all(rewrite, look('inner'))))), end),
          '/a/b/x',
          innerThenEnd,
        ],
      )
    }
    cases.push(
      [
        'a second mount of the same path, whose return is not taken for that of the first',
        all(kit('outer'), mount('/a', all(kit('inner'), pass)), mount('/a', all(look('second'))), end),
        '/a/x',
        ['second: /outer', 'end: /outer', 'second again: /outer'],
      ],
      [
        'a mount around the outermost kit',
        all(mount('/a', all(kit('outer'), mount('/b', all(kit('inner'), look('inner'))), setPath('/x'), end))),
        '/a/b/x',
        ['inner: /a/b/inner', 'end: /a/outer', 'inner again: /a/b/inner'],
      ],
      [
        'a context that does not inherit from the context of the app at once',
        withDerivedContexts(all(kit('outer'), mount('/a', all(kit('inner'), look('inner'))), setPath('/x'), end)),
        '/a/x',
        innerThenEnd,
      ],
      [
        'a mount by other code, whose return nothing tells from a rewrite',
        all(kit('outer'), mountByHand('/a', all(kit('inner'), look('inner'))), setPath('/x'), end),
        '/a/x',
        ['inner: /a/inner', 'end: /outer', 'inner again: /outer'],
      ],
    )
    for (const [title, app, path, expected] of cases) {
      it(title, async () => {
        app.silent = true
        const running = await listen(app.callback())
        try {
          // The first request brings the methods to the prototype of the contexts.
          for (const _request of ['first', 'second']) {
            seen = []
            expect((await request(running.port, { path })).status).to.equal(200)
            expect(seen).to.deep.equal(expected)
          }
        } finally {
          await running.close()
        }
      })
    }

    const otherRequest = new AsyncResource('other request')
    /** Bodies that go on after the app has ended. `url` gives a URL of the kit's table. */
    type Url = () => string
    async function* late(url: Url): AsyncGenerator<string> {
      for (let count = 0; count < 3; count++) {
        yield url()
        await turn()
      }
    }
    const laterUrl = async (url: Url): Promise<string> => {
      await turn()
      await turn()
      return url()
    }
    const respondOn = (ctx: any, handler: () => unknown) => respond(handler)(ctx, async () => {})
    const bodies: Readonly<Record<string, (url: Url, ctx: any) => unknown>> = {
      'streaming()': (url, ctx) => ctx.streaming(() => late(url)),
      'ndjson()': (url, ctx) => ctx.ndjson(() => late(url)),
      'csv()': (url, ctx) =>
        ctx.csv(async function* () {
          for await (const each of late(url)) yield [each]
        }),
      'sse()': (url, ctx) => ctx.sse(() => late(url)),
      'sse() of a channel that another request publishes to': (url, ctx) => {
        const news = channel()
        const publish = (): void => {
          news.publish({ data: 'x' })
          news.close()
        }
        news.onJoin(() => otherRequest.runInAsyncScope(setImmediate, undefined, publish))
        return ctx.sse(news, { map: () => ({ data: url() }) })
      },
      'jsonStream()': (url, ctx) => ctx.jsonStream({ list: late(url), promise: laterUrl(url) }),
      'html()': (url, ctx) => ctx.html(html`${url()} ${laterUrl(url)}`),
      'reply()': (url, ctx) => ctx.reply(laterUrl(url)),
      'negotiate()': (url, ctx) => ctx.negotiate({ text: () => streaming(late(url)) }),
      'respond() of streaming()': (url, ctx) => respondOn(ctx, () => streaming(() => late(url))),
      'respond() of ndjson()': (url, ctx) => respondOn(ctx, () => ndjson(late(url))),
      'respond() of csv()': (url, ctx) => respondOn(ctx, () => csv([[url()], laterUrl(url).then((each) => [each])])),
      'respond() of sse()': (url, ctx) => respondOn(ctx, () => sse(late(url))),
      'respond() of jsonStream()': (url, ctx) => respondOn(ctx, () => jsonStream({ a: laterUrl(url) })),
      'respond() of html()': (url, ctx) => respondOn(ctx, () => html`${url()} ${laterUrl(url)}`),
      'afterSend()': (url, ctx) => ctx.afterSend(url).text(url()),
      'the callback of download()': (url, ctx) => ctx.download(import.meta.filename, 'a.txt', url),
    }
    const places: [place: string, app: (handler: any) => any, path: string, url: string][] = [
      ['of the inner app', (handler) => all(kit('outer'), mount('/a', all(kit('inner'), handler))), '/a/x', '/a/inner'],
      [
        'of an app inside of the inner one',
        (handler) => all(kit('outer'), mount('/a', all(kit('middle'), mount('/b', all(kit('inner'), handler))))),
        '/a/b/x',
        '/a/b/inner',
      ],
      [
        'of the inner app, after one inside of it',
        (handler) => all(kit('outer'), mount('/a', all(kit('middle'), mount('/b', all(kit('inner'), pass)), handler))),
        '/a/b/x',
        '/a/middle',
      ],
      [
        'of the outer app, after the inner one',
        (handler) => all(kit('outer'), mount('/a', all(kit('inner'), pass)), handler),
        '/a/x',
        '/outer',
      ],
    ]
    for (const [title, body] of Object.entries(bodies)) {
      for (const [place, appOf, path, expected] of places) {
        it(`${title} ${place}`, async () => {
          const urls: string[] = []
          let closed: Promise<unknown> = Promise.resolve()
          const app = appOf((ctx: any) => {
            closed = once(ctx.res, 'close').then(() => turn())
            const url = (): string => {
              urls.push(ctx.route('kit'))
              return '/url'
            }
            return body(url, ctx)
          })
          const running = await listen(app.callback())
          try {
            expect((await request(running.port, { path })).status).to.equal(200)
            await closed
            expect([...new Set(urls)]).to.deep.equal([expected])
          } finally {
            await running.close()
          }
        })
      }
    }

    it('a rewrite before the mount lets no inner option out', async () => {
      const inner = all(responseKit({ back: { fallback: '/inner' } }), pass)
      const app = all(responseKit({ back: { fallback: '/outer' } }), setPath('/a/x'), mount('/a', inner), (ctx: any) =>
        ctx.back(),
      )
      const running = await listen(app.callback())
      try {
        expect((await request(running.port, { path: '/old/x' })).headers.location).to.equal('/outer')
      } finally {
        await running.close()
      }
    })

    it('an inner choice that runs next() lets no inner option out, to a respond() either', async () => {
      const inner = all(responseKit({ back: { fallback: '/inner' } }), (ctx: any, next: any) =>
        ctx.negotiate({ json: next }),
      )
      const handler = respond(() => back())
      const app = all(responseKit({ back: { fallback: '/outer' } }), mount('/a', inner), handler)
      const running = await listen(app.callback())
      try {
        expect((await request(running.port, { path: '/a/x' })).headers.location).to.equal('/outer')
      } finally {
        await running.close()
      }
    })

    it('an inner handler that answers after its next() answers with the inner options', async () => {
      const inner = all(responseKit({ back: { fallback: '/inner' } }), async (ctx: any, next: any) => {
        await next()
        await ctx.back()
      })
      const app = all(responseKit({ back: { fallback: '/outer' } }), mount('/a', inner), (_ctx: any, next: any) =>
        next(),
      )
      const running = await listen(app.callback())
      try {
        expect((await request(running.port, { path: '/a/x' })).headers.location).to.equal('/inner')
      } finally {
        await running.close()
      }
    })
  })
}
