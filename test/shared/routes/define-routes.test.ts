import { createRequire } from 'node:module'
import { expect } from 'chai'
import { defineRoutes, group, type RouteNotFoundError, type RouteParameterError } from '../../../src/index.js'

/** The error a call throws. */
function thrown<Failure extends Error = Error & { code?: string }>(call: () => unknown): Failure {
  try {
    call()
  } catch (error) {
    return error as Failure
  }
  throw new Error('nothing was thrown')
}

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

describe('defineRoutes: the query', () => {
  const routes = defineRoutes({ home: '/' })
  const url = (query: unknown) => routes.url('home', {}, { query: query as never })
  /** The nested query parser of Express 4. */
  const qs = createRequire(createRequire(import.meta.url).resolve('express4'))('qs')

  it('may be URLSearchParams, Headers, a Map or a list of pairs that is no array', () => {
    expect(url(new URLSearchParams('b=1&a=x+y&b=2'))).to.equal('/?b=1&a=x%20y&b=2')
    expect(url(new Headers({ 'X-A': '1' }))).to.equal('/?x-a=1')
    expect(
      url(
        new Map<string, unknown>([
          ['a', 1],
          ['b', ['2', undefined, 3]],
        ]),
      ),
    ).to.equal('/?a=1&b=2&b=3')
    expect(
      url(
        (function* () {
          yield ['a', 1]
        })(),
      ),
    ).to.equal('/?a=1')
  })

  it("writes nested values so that Express's own parser reads them again", () => {
    for (const query of [
      { a: { b: '1', c: { d: '2' } } },
      { a: ['1', '2'] },
      { a: { b: ['1', '2'] } },
      { a: [{ b: '1' }, { b: '2', c: '3' }] },
      { 'x y': { é: '&=' } },
    ]) {
      expect(qs.parse(url(query).slice(2)), url(query)).to.deep.equal(query)
    }
    expect(url({ a: { b: 1 } })).to.equal('/?a%5Bb%5D=1')
    expect(url(qs.parse('a[b][c]=1&a[d]=2&e[]=3&e[]=4'))).to.equal('/?a%5Bb%5D%5Bc%5D=1&a%5Bd%5D=2&e=3&e=4')
    expect(url({ a: {}, b: [], c: [[]] })).to.equal('/')
  })

  it('that is none of these, or nested without end, is an error that names the call', () => {
    const deep: Record<string, unknown> = {}
    let inner = deep
    for (let depth = 0; depth < 10_000; depth++) {
      inner.a = {}
      inner = inner.a as Record<string, unknown>
    }
    for (const query of ['a=1', 7, null, ['a'], { deep }, new Map([['a', Symbol('x')]])]) {
      expect(thrown(() => url(query)).message, String(query)).to.match(/^url: /)
    }
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
    for (const defaults of ['en', ['en'], null]) {
      expect(thrown(() => defineRoutes(table, { defaults: defaults as never }))).to.have.property(
        'code',
        'INVALID_OPTION',
      )
    }
  })
})

describe('defineRoutes: patterns that the frameworks serve', () => {
  for (const [path, parameters, url] of [
    // A dot beside a parameter is no dot segment.
    ['/:name.:ext', { name: 'a', ext: 'b' }, '/a.b'],
    ['/users/:id{.:format}', { id: 1, format: 'json' }, '/users/1.json'],
    ['/users/:id{.:format}', { id: 1 }, '/users/1'],
    ['/v:major.:minor', { major: 1, minor: 2 }, '/v1.2'],
    ['/:year.:month.:day', { year: 2020, month: 1, day: 2 }, '/2020.1.2'],
    ['/img/:w(\\d+)x:h(\\d+).:ext(png|jpg)', { w: 1, h: 2, ext: 'png' }, '/img/1x2.png'],
    ['/*path.:ext', { path: ['a', 'b'], ext: 'c' }, '/a/b.c'],
    ['/:id.', { id: 1 }, '/1.'],
    ['/.:name', { name: 'env' }, '/.env'],
    ['/:from..:to', { from: 1, to: 2 }, '/1..2'],
    ['/.well-known/:name', { name: 'x' }, '/.well-known/x'],
    // A group at the beginning.
    ['{/:lang}/about', {}, '/about'],
    ['{/:lang}/about', { lang: 'de' }, '/de/about'],
    ['{/:lang}', {}, '/'],
    ['{/:lang}', { lang: 'de' }, '/de'],
    ['{/:a}{/:b}-ext', { a: 1 }, '/1-ext'],
    ['/:lang(en|de)?', {}, '/'],
    ['/:lang(en|de)?', { lang: 'de' }, '/de'],
    ['/:lang?/:page?', {}, '/'],
    ['/:lang?', {}, '/'],
    ['/:test?-bar', { test: 'x' }, '/x-bar'],
    // Brackets as text.
    ['/a\\[1\\]', {}, '/a[1]'],
    // An escaped slash is text, and a parameter after it is a part of its own.
    ['/a\\/:id(\\d+)', { id: 1 }, '/a/1'],
    ['/a\\.:id(\\d+)', { id: 1 }, '/a.1'],
  ] as const) {
    it(`${path} with ${JSON.stringify(parameters)} is ${url}`, () => {
      expect(defineRoutes({ it: path as string }).url('it', parameters)).to.equal(url)
    })
  }

  for (const [path, parameters] of [
    ['/:test?-bar', {}],
    ['{/:a}{/:b}-ext', {}],
    ['{/:a}x', {}],
    ['/.{:name}', {}],
    ['/a/..{:name}/b', {}],
    ['/:a.:b', { a: '', b: '' }],
    ['/.:name', { name: '.' }],
    ['/./:id?', {}],
    ['/%2e{:name}', {}],
  ] as const) {
    it(`${path} with ${JSON.stringify(parameters)} is ROUTE_PARAMETER, as the path would be another one`, () => {
      const routes = defineRoutes({ it: path as string })
      expect(thrown(() => routes.url('it', parameters))).to.have.property('code', 'ROUTE_PARAMETER')
    })
  }

  it('a group of routes below an optional prefix', () => {
    const routes = defineRoutes({ ...group('l', '/:lang?', { home: '/', about: '/about' }) })
    expect(routes.url('l.home')).to.equal('/')
    expect(routes.url('l.home', { lang: 'de' })).to.equal('/de')
    expect(routes.url('l.about')).to.equal('/about')
    const modern = defineRoutes({ ...group('l', '{/:lang}', { home: '/', about: '/about' }) })
    expect(modern.url('l.about', { lang: 'de' })).to.equal('/de/about')
    expect(modern.url('l.home')).to.equal('/')
  })
})

describe('building a path: values from a client', () => {
  const routes = defineRoutes({ user: '/users/:id', files: '/files/*path', mixed: '/:a-:b.html', any: '/x/*/y/*' })

  it('longer than a URL may be are refused, in time that grows with their length alone', () => {
    const long = 'a-'.repeat(100_000)
    const list = Array.from({ length: 100_000 }, () => '-')
    const start = performance.now()
    for (const call of [
      () => routes.url('user', { id: long }),
      () => routes.url('user', { id: 'é'.repeat(5000) }),
      () => routes.url('files', { path: [long] }),
      () => routes.url('files', { path: list }),
      () => routes.url('mixed', { a: long, b: long }),
      () => routes.url('any', { 0: list, 1: list }),
    ]) {
      expect(thrown(call)).to.have.property('code', 'ROUTE_PARAMETER')
      expect(thrown(call).message.length).to.be.lessThan(1000)
    }
    expect(performance.now() - start).to.be.lessThan(1000)
  })

  it('with many or long names are named in part', () => {
    const query = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`name${index}`, 1]))
    for (const parameters of [query, { id: 1, ['x'.repeat(100_000)]: 1 }]) {
      const error = thrown<RouteParameterError>(() => routes.url('user', parameters as never))
      expect(error.message.length).to.be.lessThan(3000)
      expect(error.parameters.length).to.be.at.most(20)
    }
    expect(thrown(() => routes.url('x'.repeat(100_000) as never)).message.length).to.be.lessThan(200)
  })
})

describe('defineRoutes: what is wrong with a path is an error at its definition', () => {
  for (const [path, reason] of [
    ['users', /begin with '\/'/],
    ['', /begin with '\/'/],
    ['//evil.example', /empty segment/],
    ['/a//b', /empty segment/],
    ['/a/../b', /segments \. and \.\./],
    ['/a/%2E%2e/b', /segments \. and \.\./],
    ['/:id/:id', /'id' appears twice/],
    ['/:a{/:a}', /'a' appears twice/],
    ['/:__proto__', /__proto__/],
    ['/café', /percent-encoded/],
    ['/a b', /percent-encoded/],
    ['/a\\?b', /percent-encoded/],
    ['/{:a', /expected \}/],
    ['/:', /parameter name/],
    ['/a(b)', /\(/],
    ['/ab?cd', /\?/],
    ['/:id(', /unterminated \(/],
    ['/:id([)', /no regular expression/],
    ['/:id((?:a))', /parenthesis/],
    ['/:path*', /parameter name|':path\(\*\)'/],
  ] as const) {
    it(JSON.stringify(path), () => {
      const error = thrown(() => defineRoutes({ it: path }))
      expect(error).to.have.property('code', 'INVALID_PATTERN')
      expect(error.message)
        .to.match(/^route 'it': bad path/)
        .and.match(reason)
    })
  }

  it('and so is a table that is none', () => {
    for (const table of [undefined, null, '/', ['/'], { a: 1 }, { a: null }]) {
      expect(
        thrown(() => defineRoutes(table as never)),
        String(table),
      ).to.have.property('code', 'INVALID_ARGUMENT')
    }
  })
})

describe('group', () => {
  const routes = defineRoutes({
    home: '/',
    ...group('admin', '/admin', {
      index: '/',
      report: '/reports/:year{/:month}',
      ...group('users', '/users/:userId', { show: '/', edit: '/edit' }),
    }),
    ...group('plain', '/', { about: '/about' }),
  })

  it('joins names with a dot and paths with their prefixes; / is the prefix itself', () => {
    expect(routes.names).to.have.members([
      'home',
      'admin.index',
      'admin.report',
      'admin.users.show',
      'admin.users.edit',
      'plain.about',
    ])
    expect(routes.path('admin.index')).to.equal('/admin')
    expect(routes.path('admin.report')).to.equal('/admin/reports/:year{/:month}')
    expect(routes.path('admin.users.edit')).to.equal('/admin/users/:userId/edit')
    expect(routes.path('plain.about')).to.equal('/about')
    expect(routes.url('admin.users.show', { userId: 1 })).to.equal('/admin/users/1')
  })

  it('local() is the path below the innermost group, or below the one named', () => {
    expect(routes.local('admin.report')).to.equal('/reports/:year{/:month}')
    expect(routes.local('admin.users.edit')).to.equal('/edit')
    expect(routes.local('admin.users.edit', 'admin')).to.equal('/users/:userId/edit')
    expect(routes.local('admin.users.show', 'admin')).to.equal('/users/:userId')
    expect(routes.local('home')).to.equal('/')
  })

  it('prefix() is the whole prefix of a group, or the part below another', () => {
    expect(routes.prefix('admin')).to.equal('/admin')
    expect(routes.prefix('admin.users')).to.equal('/admin/users/:userId')
    expect(routes.prefix('admin.users', 'admin')).to.equal('/users/:userId')
    expect(routes.prefix('plain')).to.equal('/')
  })

  it('an unknown group, or one that is not around it, is an error that names the nearest', () => {
    expect(thrown(() => routes.prefix('admn' as never)).message).to.contain("did you mean 'admin'?")
    expect(thrown(() => routes.prefix('admin', 'admin.users'))).to.have.property('code', 'ROUTE_NOT_FOUND')
    expect(thrown(() => routes.local('home', 'admin'))).to.have.property('code', 'ROUTE_NOT_FOUND')
  })

  it('a bad prefix or name is an error at once', () => {
    expect(thrown(() => group('a', 'admin', {})).message).to.contain("must begin with '/'")
    expect(thrown(() => group('a', '/admin/', {})).message).to.contain("must not end with '/'")
    expect(thrown(() => group('', '/admin', {}))).to.have.property('code', 'INVALID_ARGUMENT')
    expect(thrown(() => group('a', '/admin', 7 as never))).to.have.property('code', 'INVALID_ARGUMENT')
  })

  it('has() tells names from what objects inherit', () => {
    expect(routes.has('admin.report')).to.equal(true)
    expect(routes.has('toString')).to.equal(false)
    expect(routes.has('__proto__')).to.equal(false)
  })
})
