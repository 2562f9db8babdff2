import { createRequire } from 'node:module'
import { expect } from 'chai'
import request from 'supertest'
import { responseKit, verifySignedUrl } from '../../src/express/index.js'
import { defineRoutes } from '../../src/index.js'

const require = createRequire(import.meta.url)
const secrets = 'a secret of thirty-two bytes or more'

/** The app as OpenTelemetry leaves it: each layer has a function of the agent, with the members of the handler. */
function watched(app: any): any {
  watch((app._router ?? app.router).stack)
  return app
}

function watch(stack: readonly { handle: any; route?: unknown }[]): void {
  for (const layer of stack) {
    const { handle } = layer
    if (Array.isArray(handle.stack)) watch(handle.stack)
    // Express tells handlers of errors by their number of parameters.
    const standIn = function (this: unknown, _req: unknown, _res: unknown, _next: unknown) {
      // biome-ignore lint/complexity/noArguments: the handler gets all of them
      return Reflect.apply(handle, this, arguments)
    }
    layer.handle = Object.assign(standIn, { ...handle })
  }
}

for (const name of ['express4', 'express5']) {
  const express = require(name)

  /** An app with its own routes, which redirects to one of them by name and by view. */
  function createShop(place = '/') {
    const shop = express()
    const Cart = (req: any, res: any) => res.send(`cart ${req.params.id}`)
    shop.use(place, responseKit({ routes: defineRoutes({ cart: '/cart/:id' }) }))
    shop.get('/cart/:id', Cart)
    shop.get('/go', (_req: any, res: any) => res.redirectTo('cart', { id: 1 }))
    shop.get('/view', (_req: any, res: any) => res.redirectTo(Cart, { id: 1 }))
    return shop
  }

  const by = (path: unknown, sub: any) => express().use(path, sub)
  const router = (sub: any) => express.Router().use('/r', sub)

  /** How an app is mounted, the path of a request, and where the client then sees the app. */
  function mountsOf(createShop: (place?: string) => any) {
    const twice = createShop()
    const mounts: [title: string, app: any, asked: string, seen: string][] = [
      ['/shop', by('/shop', createShop()), '/shop', '/shop'],
      ['/shop/', by('/shop/', createShop()), '/shop', '/shop'],
      ['a list', by(['/shop', '/store'], createShop()), '/store', '/store'],
      ['a regular expression', by(/^\/(?:de|en)/, createShop()), '/en', '/en'],
      ['/', by('/', createShop()), '', ''],
      ['no path', express().use(createShop()), '', ''],
      ['two places, the first', by('/a', twice).use('/b/c', twice), '/a', '/a'],
      ['two places, the second', by('/a', twice).use('/b/c', twice), '/b/c', '/b/c'],
      ['a mounted app with a slash', by('/a/', express().use('/b', createShop())), '/a/b', '/a/b'],
      ['three mounted apps', by('/a', by('/b/', by('/c', createShop()))), '/a/b/c', '/a/b/c'],
      ['a mount parameter', by('/shops/:shop', createShop()), '/shops/Z%C3%BCrich', '/shops/Z%C3%BCrich'],
      ['other letters than the pattern', by('/shop', createShop()), '/SHOP', '/SHOP'],
      ['a Router', by('/a', router(createShop())), '/a/r', '/a/r'],
      ['a call by hand', by('/x', (req: any, res: any, next: any) => createShop()(req, res, next)), '/x', '/x'],
      ['the kit below a path', by('/shop', createShop('/go')), '/shop', '/shop'],
      ['the same word twice', by('/go', createShop('/go')), '/go', '/go'],
    ]
    if (name === 'express4') {
      mounts.push(
        ['an optional parameter, given', by('/:lang(de|en)?', createShop()), '/de', '/de'],
        ['an optional parameter, left out', by('/:lang(de|en)?', createShop()), '', ''],
      )
    } else {
      mounts.push(
        ['an optional parameter, given', by('{/:lang}/x', createShop()), '/de/x', '/de/x'],
        ['an optional parameter, left out', by('{/:lang}/x', createShop()), '/x', '/x'],
      )
    }
    return mounts
  }
  const mounts = mountsOf(createShop)

  describe(`the mount of an app in ${name}`, () => {
    for (const [title, app, asked, seen] of mounts) {
      it(`by ${title} stands in front of its own routes`, async () => {
        const { headers } = await request(app).get(`${asked}/go?a=/b`)
        expect(headers.location).to.equal(`${seen}/cart/1`)
        expect((await request(app).get(`${seen}/cart/1`)).text).to.equal('cart 1')
      })
    }

    for (const [title, app, asked, seen] of mounts) {
      if (title.startsWith('the kit') || title.startsWith('the same')) continue // the kit is not on the way
      it(`by ${title} stands in front of a view`, async () => {
        const { headers } = await request(app).get(`${asked}/view`)
        expect(headers.location).to.equal(`${seen}/cart/1`)
      })
    }

    for (const [title, app, asked, seen] of mountsOf((place) => watched(createShop(place)))) {
      it(`by ${title} is the same if an agent watches the app`, async () => {
        const { headers } = await request(app).get(`${asked}/go?a=/b`)
        expect(headers.location).to.equal(`${seen}/cart/1`)
      })
    }

    it('is found through a Router that an agent watches, past another kit', async () => {
      const users = express.Router()
      users.use(responseKit({ routes: defineRoutes({ list: '/users' }) }))
      users.get('/go', (_req: any, res: any) => res.redirectTo('list'))
      const shop = express()
      shop.use(responseKit({ routes: defineRoutes({ other: '/other' }) }))
      shop.use('/users', users)
      const app = express().use('/shop', watched(shop))
      expect((await request(app).get('/shop/users/go')).headers.location).to.equal('/shop/users')
    })

    it('is empty for a Router, whose table holds full paths', async () => {
      const inner = express.Router()
      inner.use(responseKit({ routes: defineRoutes({ list: '/a/b/list' }) }))
      inner.get('/go', (_req: any, res: any) => res.redirectTo('list'))
      const app = express().use('/a', express.Router().use('/b', inner))
      expect((await request(app).get('/a/b/go')).headers.location).to.equal('/a/b/list')
      const outer = express().use('/outer', app)
      expect((await request(outer).get('/outer/a/b/go')).headers.location).to.equal('/outer/a/b/list')
    })

    it('is found once where base names it as well', async () => {
      const sub = express()
      sub.use(responseKit({ routes: defineRoutes({ cart: '/cart' }, { base: '/shop' }) }))
      sub.get('/go', (_req: any, res: any) => res.redirectTo('cart'))
      expect((await request(express().use('/shop', sub)).get('/shop/go')).headers.location).to.equal('/shop/cart')
      expect((await request(sub).get('/go')).headers.location).to.equal('/shop/cart')
    })

    it('belongs to what a signature covers', async () => {
      const shop = express()
      const routes = defineRoutes({ doc: '/:id' }, { secrets })
      shop.use(responseKit({ routes }))
      shop.get(['/:id', '/admin/:id'], verifySignedUrl(), (_req: any, res: any) => res.text('shown'))
      const signed = routes.signedUrl('doc', { id: 9 })
      for (const path of ['/', '/sub/', ['/x', '/y']]) {
        const app = express().use(path, shop)
        const status = async (url: string) => (await request(app).get(url)).status
        const first = [path].flat()[0] ?? ''
        expect(await status(signed), `${path}`).to.equal(path === '/' ? 200 : 404)
        for (const prefix of ['/admin', '/sub', '/x', '/y', `${first}/admin`]) {
          expect(await status(prefix + signed), `${prefix} below ${path}`).to.be.oneOf([403, 404])
        }
      }
      const based = defineRoutes({ doc: '/:id' }, { secrets, base: '/x' })
      const sub = express().use(responseKit({ routes: based }))
      sub.get('/:id', verifySignedUrl(), (_req: any, res: any) => res.text('shown'))
      const both = express().use(['/x', '/y'], sub)
      expect((await request(both).get(based.signedUrl('doc', { id: 9 }))).text).to.equal('shown')
      expect((await request(both).get(based.signedUrl('doc', { id: 9 }).replace('/x', '/y'))).status).to.equal(403)
    })
  })
}
