import { createRequire } from 'node:module'
import { expect } from 'chai'
import { defineRoutes, group } from '../../../src/index.js'
import { parsePath } from '../../../src/shared/routes/path-pattern.js'
import { thrown } from '../../support/thrown.js'

const require = createRequire(import.meta.url)

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

  it('and so is a value that is no table', () => {
    for (const table of [undefined, null, '/', ['/'], { a: 1 }, { a: null }]) {
      expect(
        thrown(() => defineRoutes(table as never)),
        String(table),
      ).to.have.property('code', 'INVALID_ARGUMENT')
    }
  })
})

/** Express 4's own parser of paths. */
const pathToRegexp: (path: string) => RegExp = createRequire(require.resolve('express4'))('path-to-regexp')

describe('parsePath: the expression of Express 4', () => {
  for (const path of [
    '/',
    '/:id',
    '/users/:id',
    '/user-:id',
    '/x:id',
    '/a/v:major.:minor',
    '/o-:id/:x',
    '/:name@:host',
    '/@:user',
    '/:from-:to',
    '/:from..:to',
    '/a.b:c',
    '/a.b-:c.:d',
    '/:id?',
    '/:lang?/:page?',
    '/:test?-bar',
    '/img/:w(\\d+)x:h(\\d+).:ext(png|jpg)',
    '/files/*',
    '/*/x-:id',
    '/a\\.b:c',
    '/a\\:b-:c',
  ]) {
    it(path, () => {
      const sources = parsePath(path, 'a path', 'express4').matchers.map(({ regexp }) => regexp.source)
      expect(sources).to.deep.equal([pathToRegexp(path).source])
    })
  }

  it('a value may contain the text before its parameter', () => {
    expect(defineRoutes({ user: '/user-:id' }).url('user', { id: 'superuser-7' })).to.equal('/user-superuser-7')
  })
})
