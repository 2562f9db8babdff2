import { createRequire } from 'node:module'
import Router from '@koa/router'
import { expect } from 'chai'
import mount from 'koa-mount'
import request from 'supertest'
import { defineRoutes } from '../../src/index.js'
import { responseKit } from '../../src/koa/index.js'

const require = createRequire(import.meta.url)

for (const name of ['koa2', 'koa3']) {
  const Koa = require(name)

  describe(`routes in ${name}`, () => {
    const answerErrors = async (ctx: any, next: any) => {
      try {
        await next()
      } catch (error: any) {
        ctx.status = 500
        ctx.body = `${error.code}: ${error.message}`
      }
    }

    function routedApp() {
      const nested = new Router({ prefix: '/nested' })
      nested.get('nested.show', '/:id', (ctx: any) => {
        ctx.body = ctx.params
      })
      const router: any = new Router({ prefix: '/v1' })
      const Show = (ctx: any) => {
        ctx.body = ctx.params
      }
      router.get('user', '/users/:id', Show)
      router.get('expression', /^\/re/, (ctx: any) => {
        ctx.body = 'x'
      })
      router.use('/mounted', nested.routes())
      const app = new Koa()
      app.use(answerErrors)
      app.use(responseKit({ routes: router }))
      const go = (path: string, call: (ctx: any) => unknown) => router.post(path, call)
      go('/user', (ctx) => ctx.redirectTo('user', { id: 'a/b' }, { query: { x: 1 }, hash: 'h' }))
      go('/nested', (ctx) => ctx.redirectTo('nested.show', { id: 7 }))
      go('/view', (ctx) => ctx.redirectTo(Show, { id: 3 }))
      go('/unknown', (ctx) => ctx.redirectTo('usr', { id: 3 }))
      go('/missing', (ctx) => ctx.redirectTo('user'))
      go('/expression', (ctx) => ctx.redirectTo('expression'))
      app.use(router.routes())
      return app.callback()
    }

    it('come from an @koa/router, with its prefixes and nested routers', async () => {
      const app = routedApp()
      const location = async (path: string) => (await request(app).post(path)).headers.location
      expect(await location('/v1/user')).to.equal('/v1/users/a%2Fb?x=1#h')
      expect(await location('/v1/nested')).to.equal('/v1/mounted/nested/7')
      expect(await location('/v1/view')).to.equal('/v1/users/3')
      expect((await request(app).get('/v1/users/a%2Fb')).body).to.deep.equal({ id: 'a/b' })
      expect((await request(app).get('/v1/mounted/nested/7')).body).to.deep.equal({ id: '7' })
    })

    it('throw where an @koa/router returns an Error', async () => {
      const app = routedApp()
      const text = async (path: string) => (await request(app).post(path)).text
      expect(await text('/v1/unknown')).to.equal("ROUTE_NOT_FOUND: no route is called 'usr' (did you mean 'user'?)")
      expect(await text('/v1/missing')).to.equal("ROUTE_PARAMETER: route 'user': parameter 'id' is missing")
      expect(await text('/v1/expression')).to.match(/^INVALID_PATTERN: route 'expression': no URL can be built from/)
    })

    it('a source of one’s own that returns an Error, or no path of this site, throws as well', async () => {
      const given: unknown[] = [new Error('no such route'), 'https://evil.example/', '//evil.example/', '/\\evil', 7]
      for (const result of given) {
        const app = new Koa()
        app.use(answerErrors)
        app.use(responseKit({ routes: { url: () => result as string } }))
        app.use((ctx: any) => ctx.redirectTo('x'))
        const { status, text } = await request(app.callback()).get('/')
        expect(status, String(result)).to.equal(500)
        expect(text, String(result)).to.match(/^ROUTE_/)
      }
    })

    it('find a view in the router the request is in, without the option routes', async () => {
      const app = new Koa()
      const router: any = new Router()
      const Show = (ctx: any) => {
        ctx.body = 'shown'
      }
      const Twice = (ctx: any) => {
        ctx.body = 'twice'
      }
      router.get('/show/:id', Show).get('/one', Twice).get('/two', Twice)
      router.get('/go', (ctx: any) => ctx.redirectTo(Show, { id: 1 }))
      router.get('/ambiguous', (ctx: any) => ctx.redirectTo(Twice))
      app.use(answerErrors).use(responseKit()).use(router.routes())
      expect((await request(app.callback()).get('/go')).headers.location).to.equal('/show/1')
      expect((await request(app.callback()).get('/ambiguous')).text).to.match(/'Twice' is ambiguous/)
    })

    it('under koa-mount resolve below the mount point if they were brought in there', async () => {
      const inner = new Koa()
      inner.use(responseKit({ routes: defineRoutes({ cart: '/cart/:id' }) }))
      inner.use((ctx: any) => (ctx.path === '/back' ? ctx.back('/fallback') : ctx.redirectTo('cart', { id: 1 })))
      const app = new Koa()
      app.use(responseKit({ routes: defineRoutes({ home: '/home' }) }))
      app.use(mount('/outer', mount('/shop', inner)))
      app.use((ctx: any) => ctx.redirectTo('home'))
      const listener = app.callback()
      const get = (path: string) => request(listener).get(path)
      expect((await get('/outer/shop/x?a=/b')).headers.location).to.equal('/outer/shop/cart/1')
      expect((await get('/outer/shop')).headers.location).to.equal('/outer/shop/cart/1')
      expect((await get('/elsewhere')).headers.location).to.equal('/home')
    })

    it('back under koa-mount knows its own whole URL', async () => {
      const inner = new Koa()
      inner.use((ctx: any) => ctx.back('/fallback'))
      const app = new Koa().use(responseKit()).use(mount('/mounted', inner))
      const listener = app.callback()
      const get = (path: string, from: string) =>
        request(listener).get(path).set('Host', 'app.example').set('Referer', `http://app.example${from}`)
      expect((await get('/mounted/x', '/mounted/x')).headers.location).to.equal('/fallback')
      expect((await get('/mounted/x', '/x')).headers.location).to.equal('/x')
    })

    for (const version of ['koa-router12', 'koa-router13']) {
      it(`come from ${version} with the patterns of path-to-regexp 6`, async () => {
        const OldRouter = require(version)
        const router = new OldRouter({ prefix: '/v1' })
        const patterns: [name: string, path: string, cases: [parameters: object, url: string | undefined][]][] = [
          [
            'user',
            '/users/:id',
            [
              [{ id: 'a/b' }, '/v1/users/a%2Fb'],
              [{}, undefined],
              [{ id: '..' }, undefined],
            ],
          ],
          [
            'files',
            '/files/:path*',
            [
              [{ path: ['a', 'b c'] }, '/v1/files/a/b%20c'],
              [{}, '/v1/files'],
              [{ path: ['..'] }, undefined],
            ],
          ],
          [
            'some',
            '/some/:path+',
            [
              [{ path: ['a'] }, '/v1/some/a'],
              [{}, undefined],
            ],
          ],
          ['any', '/any/(.*)', [[{}, '/v1/any/']]],
          [
            'group',
            '/g{/:id}?',
            [
              [{ id: 7 }, '/v1/g/7'],
              [{}, '/v1/g'],
              [{ di: 7 }, undefined],
            ],
          ],
          [
            'digits',
            '/d/:id(\\d+)',
            [
              [{ id: 7 }, '/v1/d/7'],
              [{ id: 'x' }, undefined],
            ],
          ],
        ]
        for (const [route, path] of patterns) router.get(route, path, (ctx: any) => ctx.text(route))
        const app = new Koa().use(responseKit({ routes: router }))
        app.use((ctx: any, next: any) => {
          if (ctx.path !== '/go') return next()
          try {
            return ctx.text(ctx.route(ctx.query.name, JSON.parse(ctx.query.parameters)))
          } catch (error: any) {
            return ctx.text(error.code)
          }
        })
        const listener = app.use(router.routes()).callback()
        for (const [route, , cases] of patterns) {
          for (const [parameters, url] of cases) {
            const query = { name: route, parameters: JSON.stringify(parameters) }
            const { text } = await request(listener).get('/go').query(query)
            expect(text, `${route} ${query.parameters}`).to.equal(url ?? 'ROUTE_PARAMETER')
            if (url !== undefined) expect((await request(listener).get(url)).text, url).to.equal(route)
          }
        }
      })
    }
  })
}
