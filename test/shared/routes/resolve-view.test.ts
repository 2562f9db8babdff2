import { expect } from 'chai'
import { defineRoutes } from '../../../src/index.js'
import type { ViewPaths } from '../../../src/shared/exchange/host-types.js'
import { resolveView } from '../../../src/shared/routes/resolve-view.js'
import { nodeExchange } from '../../support/node-exchange.js'
import { thrown } from '../../support/thrown.js'

function show(): void {}

/** The facts of a request whose framework serves views at these paths. */
const factsOf = (
  routes?: ReturnType<typeof defineRoutes<Record<string, string>>>,
  paths: ViewPaths = { base: '', paths: [] },
) => {
  const { facts } = nodeExchange({}, routes === undefined ? {} : { routes })
  return Object.assign(facts, { viewPaths: () => paths })
}
const tableOf = (names: readonly string[], base = '') => {
  const definitions = Object.fromEntries(names.map((name) => [name, `/${name}/:id`]))
  const routes = defineRoutes(definitions, { base })
  const handler = () => {}
  for (const name of names) routes.view(name as never, handler)
  return { routes, handler }
}

describe('resolveView', () => {
  it('finds the route that a table binds to the handler, with the base of the table once', () => {
    const { routes, handler } = tableOf(['users'], '/shop')
    expect(resolveView(factsOf(routes), 'route()', handler, { id: 7 })).to.equal('/shop/users/7')
  })

  it('finds the path at which the router of the framework serves the handler', () => {
    const facts = factsOf(undefined, { base: '/mount', paths: ['/users/:id'] })
    expect(resolveView(facts, 'route()', show, { id: 7 })).to.equal('/mount/users/7')
  })

  it('prefers the table to the router', () => {
    const { routes, handler } = tableOf(['users'])
    const facts = factsOf(routes, { base: '', paths: ['/other/:id'] })
    expect(resolveView(facts, 'route()', handler, { id: 7 })).to.equal('/users/7')
  })

  for (const [title, find] of [
    [
      'a handler of two routes of a table',
      () => {
        const { routes, handler } = tableOf(['users', 'people'])
        return resolveView(factsOf(routes), 'route()', handler, { id: 7 })
      },
    ],
    [
      'a handler at two paths of the router',
      () => resolveView(factsOf(undefined, { base: '', paths: ['/a', '/b'] }), 'route()', show, {}),
    ],
    ['a handler of no route', () => resolveView(factsOf(), 'route()', show, {})],
    [
      'a handler that another table binds',
      () => resolveView(factsOf(tableOf(['users']).routes), 'route()', tableOf(['users']).handler, { id: 7 }),
    ],
  ] as const) {
    it(`refuses ${title}, and names the call`, () => {
      const error = thrown(find)
      expect(error.code).to.equal('ROUTE_NOT_FOUND')
      expect(error.message).to.match(/^route\(\): the view/)
    })
  }

  it('takes a path twice for one: a router may have a layer for each method', () => {
    const facts = factsOf(undefined, { base: '', paths: ['/users/:id', '/users/:id'] })
    expect(resolveView(facts, 'route()', show, { id: 7 })).to.equal('/users/7')
  })
})
