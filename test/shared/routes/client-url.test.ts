import { expect } from 'chai'
import { defineRoutes } from '../../../src/index.js'
import type { NodeFacts } from '../../../src/shared/exchange/node-exchange.js'
import { clientMount, clientUrl } from '../../../src/shared/routes/client-url.js'
import { nodeExchange } from '../../support/node-exchange.js'

function factsOf(url: string, base = ''): NodeFacts {
  const { facts } = nodeExchange({}, { routes: defineRoutes({ home: '/' }, { base }) })
  facts.req.url = url
  return facts
}

describe('clientUrl', () => {
  for (const [target, base, seen] of [
    ['/a?b=c', '', '/a?b=c'],
    ['/a?b=c', '/shop', '/shop/a?b=c'],
    ['/', '/shop', '/shop/'],
    // A proxy that leaves the base where it is.
    ['/shop/a', '/shop', '/shop/a'],
    ['/shop?b', '/shop', '/shop?b'],
    ['/shop', '/shop', '/shop'],
    ['/shopping', '/shop', '/shop/shopping'],
    // The absolute form (RFC 9112 §3.2.2), in upper case as well (RFC 3986 §3.1).
    ['http://a.example/b?c=d', '', '/b?c=d'],
    ['HTTPS://A.example:8443/b', '/shop', '/shop/b'],
    ['http://a.example', '', '/'],
    ['http://a.example?b', '', '/?b'],
    ['http://[::1]:3000/b', '', '/b'],
    // No parser agrees on the host of these: they stay what they are.
    ['http://a$b.example/c', '', 'http://a$b.example/c'],
    ['http://a@b.example/c', '', 'http://a@b.example/c'],
    ['http://a\\b/c', '', 'http://a\\b/c'],
    ['/a#b?c', '', '/a'],
  ] as const) {
    it(`of ${target} is ${seen}${base === '' ? '' : ` below ${base}`}`, () => {
      expect(clientUrl(factsOf(target, base))).to.equal(seen)
    })
  }
})

describe('clientUrl of an app that is mounted at the base', () => {
  for (const mount of ['/shop', '/Shop', '/SHOP/more']) {
    it(`is the path as it is, at ${mount}`, () => {
      const facts = Object.assign(factsOf(`${mount}/a`, '/shop'), { routeBase: mount })
      expect(clientUrl(facts)).to.equal(`${mount}/a`)
    })
  }
})

describe('clientUrl of a table that has a path at its base', () => {
  for (const route of [
    '/shop/admin',
    '/Shop/admin',
    '/shop',
    '/shop{/:id}',
    '{/shop}/admin',
    '/shop/:id',
    '/shop/*path',
  ]) {
    it(`takes ${route} for a path of the app, unless the app is mounted at the base`, () => {
      const routes = defineRoutes({ home: '/', admin: route }, { base: '/shop' })
      const { facts } = nodeExchange({}, { routes })
      facts.req.url = '/shop/admin'
      expect(clientUrl(facts)).to.equal('/shop/shop/admin')
      expect(clientMount(facts, '')).to.equal('/shop')
      expect(clientUrl(Object.assign(facts, { routeBase: '/shop' }))).to.equal('/shop/admin')
    })
  }

  for (const [length, seen] of [
    [900, '/shop'],
    [1100, '/shop/shop'],
  ] as const) {
    it(`is the path as it is if no path of the table matches it; a path of ${length} characters with two parameters is not matched`, () => {
      const { facts } = nodeExchange({}, { routes: defineRoutes({ compare: '/:a/*b/end' }, { base: '/shop' }) })
      const rest = `/${'x'.repeat(length)}`
      facts.req.url = `/shop${rest}`
      expect(clientUrl(facts)).to.equal(seen + rest)
    })
  }

  for (const route of ['/shops', '/shopping/:id', '/admin/shop', '/:a', '/:a/:b/:c', '/s:a', '/:a/b']) {
    it(`is as ever if the table has ${route}`, () => {
      const { facts } = nodeExchange({}, { routes: defineRoutes({ admin: route }, { base: '/shop' }) })
      facts.req.url = '/shop/admin'
      expect(clientUrl(facts)).to.equal('/shop/admin')
      expect(clientMount(facts, '/shop')).to.equal('/shop')
    })
  }

  // A path that begins with a parameter, a wildcard or a group is at the base for some requests only.
  for (const [route, path, seen] of [
    ['/:a/:b', '/shop/admin', '/shop/shop/admin'],
    ['/:a/:b', '/shop/admin?b', '/shop/shop/admin?b'],
    ['/:a/:b', '/shop/admin/', '/shop/shop/admin/'],
    ['/:a/:b', '/shop/admin/more', '/shop/admin/more'],
    ['/:a{/:b}', '/shop', '/shop/shop'],
    ['/s:a/:b', '/shop/admin', '/shop/shop/admin'],
    ['/S:a/:b', '/shop/admin', '/shop/shop/admin'],
    ['/*path', '/shop/a/b/c', '/shop/shop/a/b/c'],
    ['{/*path}/c', '/shop/a/b/c', '/shop/shop/a/b/c'],
    ['{/en}/:a/:b', '/shop/admin', '/shop/shop/admin'],
    ['/:a/:b?', '/shop/admin', '/shop/shop/admin'], // as Express 4 reads it
    ['/*', '/shop/a/b/c', '/shop/shop/a/b/c'],
  ] as const) {
    it(`of ${path} is ${seen} if the table has ${route}`, () => {
      const { facts } = nodeExchange({}, { routes: defineRoutes({ admin: route }, { base: '/shop' }) })
      facts.req.url = path
      expect(clientUrl(facts)).to.equal(seen)
      expect(clientUrl(Object.assign(facts, { routeBase: '/shop' }))).to.equal(path)
    })
  }
})

describe('clientMount', () => {
  for (const [mount, base, seen] of [
    ['', '', ''],
    ['', '/shop', '/shop'],
    ['/a', '/shop', '/shop/a'],
    ['/shop', '/shop', '/shop'],
    ['/shop/a', '/shop', '/shop/a'],
    ['/shopping', '/shop', '/shop/shopping'],
  ] as const) {
    it(`of '${mount}' below '${base}' is '${seen}'`, () => {
      const facts = factsOf('/', base)
      expect(clientMount(facts, mount)).to.equal(seen)
      expect(clientMount(Object.assign(facts, { routeBase: mount }))).to.equal(seen)
    })
  }
})
