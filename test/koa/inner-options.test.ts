import { createRequire } from 'node:module'
import { expect } from 'chai'
import mount from 'koa-mount'
import { defineRoutes } from '../../src/index.js'
import { responseKit } from '../../src/koa/index.js'
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
    for (const [title, app, path, expected] of cases) {
      it(title, async () => {
        seen = []
        app.silent = true
        const running = await listen(app.callback())
        try {
          expect((await request(running.port, { path })).status).to.equal(200)
        } finally {
          await running.close()
        }
        expect(seen).to.deep.equal(expected)
      })
    }

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
