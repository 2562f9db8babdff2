import { expect } from 'chai'
import { defineRoutes, group, type RouteNotFoundError, type RouteParameterError } from '../../../src/index.js'
import { thrown } from '../../support/thrown.js'

describe('defineRoutes: url()', () => {
  const routes = defineRoutes({
    home: '/',
    user: '/users/:userId',
    report: '/reports/:year{/:month}',
    files: '/files/*path',
    page: '/pages/:slug.html',
    old: '/old/:id(\\d+)/:part?',
    any: '/any/*',
  })

  it('puts values in as one encoded segment each', () => {
    expect(routes.url('home')).to.equal('/')
    expect(routes.url('user', { userId: 1 })).to.equal('/users/1')
    expect(routes.url('user', { userId: 10n })).to.equal('/users/10')
    expect(routes.url('user', { userId: true })).to.equal('/users/true')
    expect(routes.url('user', { userId: 'a/b?c#d%2F é' })).to.equal('/users/a%2Fb%3Fc%23d%252F%20%C3%A9')
  })

  it('leaves an optional group out as a whole', () => {
    expect(routes.url('report', { year: 2020 })).to.equal('/reports/2020')
    expect(routes.url('report', { year: 2020, month: 5 })).to.equal('/reports/2020/5')
    expect(routes.url('report', { year: 2020, month: undefined })).to.equal('/reports/2020')
  })

  it('joins the segments of a wildcard', () => {
    expect(routes.url('files', { path: ['a', 'b c', 'd/e'] })).to.equal('/files/a/b%20c/d%2Fe')
    expect(routes.url('any', { 0: [] })).to.equal('/any/')
  })

  it("reads Express 4's expressions and optional parameters", () => {
    expect(routes.url('old', { id: 7 })).to.equal('/old/7')
    expect(routes.url('old', { id: 7, part: 'x' })).to.equal('/old/7/x')
    expect(thrown(() => routes.url('old', { id: 'x' })).message).to.equal("route 'old': 'id' must match \\d+, got 'x'")
  })

  it('refuses a list, a Map, a date and a promise in the place of an object', () => {
    for (const given of [[], ['/a'], new Map([['a', '/a']]), new Date(0), Promise.resolve({ a: '/a' })]) {
      for (const call of [
        () => defineRoutes(given as never),
        () => defineRoutes({ a: '/:a' }, { defaults: given as never }),
        () => group('admin', '/admin', given as never),
      ]) {
        const { message, code } = thrown(call) as Error & { code?: string }
        expect(message).to.include('must be an object of')
        expect(code).to.be.oneOf(['INVALID_ARGUMENT', 'INVALID_OPTION'])
      }
    }
  })

  it('refuses what could change the route', () => {
    for (const userId of [
      '',
      '.',
      '..',
      Number.NaN,
      Number.POSITIVE_INFINITY,
      {},
      ['a'],
      Symbol('x'),
      () => 1,
      '\ud800',
    ]) {
      expect(
        thrown(() => routes.url('user', { userId: userId as never })),
        String(userId as never),
      ).to.have.property('code', 'ROUTE_PARAMETER')
    }
    for (const path of ['a', [], ['a', ''], ['..'], ['a', '.', 'b']]) {
      expect(
        thrown(() => routes.url('files', { path: path as never })),
        String(path),
      ).to.have.property('code', 'ROUTE_PARAMETER')
    }
    const gap = defineRoutes({ it: '/a/{:b}/c' })
    expect(gap.url('it', { b: 1 })).to.equal('/a/1/c')
    expect(
      thrown(() => gap.url('it')),
      'an empty segment',
    ).to.have.property('code', 'ROUTE_PARAMETER')
    expect(routes.url('page', { slug: '.' })).to.equal('/pages/..html') // a dot beside other text is harmless
  })

  it('names each missing and each extra parameter in one error', () => {
    const error = thrown<RouteParameterError>(() => routes.url('report', { yaer: 2020, day: 3 } as never))
    expect(error).to.include({
      name: 'RouteParameterError',
      code: 'ROUTE_PARAMETER',
      status: 500,
    })
    expect(error.parameters).to.deep.equal(['year', 'yaer', 'day'])
    expect(error.message).to.equal(
      "route 'report': parameter 'year' is missing, there is no parameter 'yaer' (did you mean 'year'?), there is no parameter 'day'",
    )
  })

  it('takes nothing from the prototype of the parameters', () => {
    const inherited = defineRoutes({ odd: '/:constructor' })
    expect(thrown(() => inherited.url('odd', {} as never)).message).to.contain("parameter 'constructor' is missing")
    expect(inherited.url('odd', { constructor: 'x' } as never)).to.equal('/x')
  })

  it('names the nearest routes for an unknown one', () => {
    const error = thrown<RouteNotFoundError>(() => routes.url('usr' as never))
    expect(error).to.include({ name: 'RouteNotFoundError', code: 'ROUTE_NOT_FOUND' })
    expect(error.message).to.equal("no route is called 'usr' (did you mean 'user'?)")
    expect(thrown(() => routes.url('toString' as never))).to.have.property('code', 'ROUTE_NOT_FOUND')
    expect(thrown(() => routes.url('__proto__' as never))).to.have.property('code', 'ROUTE_NOT_FOUND')
  })

  it('appends the query in its order and the fragment', () => {
    const url = (query: object, hash?: string) => routes.url('home', {}, { query: query as never, hash })
    expect(url({ b: 1, a: 'x y', c: true, d: undefined, e: ['1', '2'] })).to.equal('/?b=1&a=x%20y&c=true&e=1&e=2')
    expect(url({ 'a&b': '=?#' })).to.equal('/?a%26b=%3D%3F%23')
    expect(url({}, 'top')).to.equal('/#top')
    expect(url({}, '#a b#c')).to.equal('/#a%20b%23c')
    expect(url({ a: [] }, '')).to.equal('/')
    for (const bad of [{ a: null }, { a: new Date() }, { a: Number.NaN }, { a: ['\ud800'] }, { a: { b: () => 1 } }]) {
      expect(
        thrown(() => url(bad)),
        JSON.stringify(bad),
      )
        .to.include({ code: 'INVALID_ARGUMENT' })
        .and.instanceOf(TypeError)
    }
    expect(thrown(() => routes.url('home', {}, { qeury: {} } as never))).to.have.property('code', 'INVALID_OPTION')
  })
})

describe('defineRoutes: origin and defaults', () => {
  const table = { home: '/', user: '/:lang/users/:id', page: '{/:lang}/pages/:slug', files: '/f/*path' } as const
  const secrets = 'a secret of thirty-two bytes or more'

  it('absolute URLs begin with the origin and the base', () => {
    const routes = defineRoutes(table, { origin: 'https://Shop.example/', base: '/shop', secrets })
    expect(routes.url('home', {}, { absolute: true, hash: 'top' })).to.equal('https://shop.example/shop/#top')
    expect(routes.url('home', {}, { absolute: false })).to.equal('/shop/')
    const signed = routes.signedUrl('home', {}, { absolute: true, query: { a: 1 } })
    expect(signed).to.equal(`https://shop.example${routes.signedUrl('home', {}, { query: { a: 1 } })}`)
  })

  it('without an origin they are NOT_CONFIGURED: no request decides where a mail leads', () => {
    const routes = defineRoutes(table, { secrets })
    for (const call of [
      () => routes.url('home', {}, { absolute: true }),
      () => routes.signedUrl('home', {}, { absolute: true }),
    ]) {
      expect(thrown(call)).to.have.property('code', 'NOT_CONFIGURED')
    }
    expect(thrown(() => routes.url('home', {}, { absolute: 1 as never }))).to.have.property('code', 'INVALID_OPTION')
  })

  for (const origin of ['shop.example', 'https://shop.example/x', 'ftp://a.example', 'https://u@a.example', '', 7]) {
    it(`the origin ${JSON.stringify(origin)} is INVALID_OPTION`, () => {
      expect(thrown(() => defineRoutes(table, { origin: origin as never }))).to.have.property('code', 'INVALID_OPTION')
    })
  }

  it('the base is a text: what its path escapes is in the URLs as it is', () => {
    const routes = defineRoutes({ home: '/home' }, { base: '/a\\:b' })
    expect([routes.base, routes.url('home')]).to.deep.equal(['/a:b', '/a:b/home'])
    expect(thrown(() => defineRoutes({ home: '/' }, { base: '/a/:b' }))).to.have.property('code', 'INVALID_PATTERN')
  })

  it('defaults are the values of parameters that a call does not give', () => {
    const routes = defineRoutes(table, { defaults: { lang: 'en', path: ['a', 'b'] } })
    expect(routes.url('user', { id: 1 })).to.equal('/en/users/1')
    expect(routes.url('user', { id: 1, lang: 'de' })).to.equal('/de/users/1')
    expect(routes.url('user', { id: 1, lang: undefined })).to.equal('/en/users/1')
    expect(routes.url('page', { slug: 'x' })).to.equal('/en/pages/x')
    expect(routes.url('files')).to.equal('/f/a/b')
    expect(routes.url('home')).to.equal('/')
    expect(thrown(() => routes.url('user', {} as never)).message).to.contain("parameter 'id' is missing")
    expect(thrown(() => routes.url('user', { id: 1, lagn: 'de' } as never)).message).to.contain('lagn')
    const misspelt = thrown(() => defineRoutes(table, { defaults: { lagn: 'en' } }))
    expect(misspelt).to.have.property('code', 'INVALID_OPTION')
    expect(misspelt.message).to.match(/'lagn'.*did you mean 'lang'/)
    for (const defaults of ['en', ['en'], null]) {
      expect(thrown(() => defineRoutes(table, { defaults: defaults as never }))).to.have.property(
        'code',
        'INVALID_OPTION',
      )
    }
  })
})
