import { createRequire } from 'node:module'
import { expect } from 'chai'
import mount from 'koa-mount'
import request from 'supertest'
import { defineRoutes } from '../../src/index.js'
import { responseKit, verifySignedUrl } from '../../src/koa/index.js'

const require = createRequire(import.meta.url)
const secrets = 'a secret of thirty-two bytes or more'

for (const name of ['koa2', 'koa3']) {
  const Koa = require(name)

  describe(`the mount of an app in ${name}`, () => {
    const kit = () => responseKit({ routes: defineRoutes({ cart: '/cart/:id' }) })
    const createShop = () =>
      new Koa().use(kit()).use((ctx: any) => {
        ctx.redirectTo('cart', { id: 1 })
      })
    /** Middleware that changes the path before the kit sees it. */
    const rewrite = (change: (path: string) => string) => (ctx: any, next: any) => {
      ctx.path = change(ctx.path)
      return next()
    }
    const withKit = (...middleware: any[]) =>
      middleware.reduce((app, each) => app.use(each), new Koa().use(responseKit()))
    const cutLocale = rewrite((path) => path.replace(/^\/(?:de|en)(?=\/|$)/, '') || '/')

    const cases: [title: string, app: any, asked: string, location: string][] = [
      ['koa-mount', new Koa().use(mount('/shop', createShop())), '/shop/go', '/shop/cart/1'],
      ['koa-mount, at its very path', new Koa().use(mount('/shop', createShop())), '/shop', '/shop/cart/1'],
      ['koa-mount with a slash', new Koa().use(mount('/shop/', createShop())), '/shop/go', '/shop/cart/1'],
      ['koa-mount at /', new Koa().use(mount('/', createShop())), '/go', '/cart/1'],
      ['nested mounts', new Koa().use(mount('/a', mount('/b', createShop()))), '/a/b/go?x=/y', '/a/b/cart/1'],
      ['nested mounts below an outer kit', withKit(mount('/a', mount('/b', createShop()))), '/a/b/go', '/a/b/cart/1'],
      [
        'a rewrite of the index',
        new Koa()
          .use(rewrite(() => '/'))
          .use(createShop().middleware[0])
          .use(createShop().middleware[1]),
        '/index.html',
        '/cart/1',
      ],
      [
        'a rewrite that cuts the locale',
        new Koa().use(cutLocale).use(kit()).use(createShop().middleware[1]),
        '/de/go',
        '/cart/1',
      ],
      [
        'a rewrite that collapses slashes',
        new Koa()
          .use(rewrite((path) => path.replace(/^\/+/, '/')))
          .use(kit())
          .use(createShop().middleware[1]),
        '//go',
        '/cart/1',
      ],
      [
        'a rewrite before an outer kit and a mount',
        new Koa().use(cutLocale).use(responseKit()).use(mount('/shop', createShop())),
        '/de/shop/go',
        '/shop/cart/1',
      ],
      [
        'a rewrite inside a mount',
        withKit(mount('/shop', [rewrite(() => '/'), ...createShop().middleware] as never)),
        '/shop/index.html',
        '/shop/cart/1',
      ],
      [
        'a mount that was left again',
        new Koa()
          .use(mount('/shop', (_ctx: any, next: any) => next()))
          .use(kit())
          .use(createShop().middleware[1]),
        '/shop/go',
        '/cart/1',
      ],
    ]
    for (const [title, app, asked, location] of cases) {
      it(`by ${title} is right`, async () => {
        expect((await request(app.callback()).get(asked)).headers.location).to.equal(location)
      })
    }

    it('belongs to what a signature covers', async () => {
      const createDocs = (base: string) => {
        const routes = defineRoutes({ doc: '/:id' }, { secrets, base })
        const app = new Koa().use(responseKit({ routes })).use(verifySignedUrl())
        app.use((ctx: any) => ctx.text('shown'))
        return { app, signed: routes.signedUrl('doc', { id: 9 }) }
      }
      const plain = createDocs('')
      for (const [path, prefix, status] of [
        ['/', '', 200],
        ['/', '/admin', 403],
        ['/sub/', '/sub', 403],
        ['/sub', '/sub', 403],
        ['/sub', '/sub/admin', 403],
      ] as const) {
        const app = new Koa().use(mount(path, plain.app)).callback()
        expect((await request(app).get(prefix + plain.signed)).status, `${prefix} below ${path}`).to.equal(status)
      }
      const { app, signed } = createDocs('/x')
      const both = new Koa().use(mount('/x', app)).use(mount('/y', app)).callback()
      expect((await request(both).get(signed)).text).to.equal('shown')
      expect((await request(both).get(signed.replace('/x', '/y'))).status).to.equal(403)
    })
  })
}
