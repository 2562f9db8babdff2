import { createRequire } from 'node:module'
import { expect } from 'chai'
import { defineRoutes } from '../../../src/index.js'
import { thrown } from '../../support/thrown.js'

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

  it('of another kind, or nested without end, is an error that names the call', () => {
    const deep: Record<string, unknown> = {}
    let inner = deep
    for (let depth = 0; depth < 10_000; depth++) {
      inner.a = {}
      inner = inner.a as Record<string, unknown>
    }
    const lost = [new Date(0), Promise.resolve({ a: 1 }), /a/, new (class Query {})()]
    for (const query of ['a=1', 7, null, ['a'], { deep }, new Map([['a', Symbol('x')]]), ...lost]) {
      expect(thrown(() => url(query)).message, String(query)).to.match(/^url: /)
    }
  })
})
