import { invalidType, ResponseKitError, showValue } from '../checks/errors.js'
import type { View } from '../exchange/host-types.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import { clientMount } from './client-url.js'
import { builderOfPath } from './path-builder.js'
import { type RouteParameters, urlOfRoute } from './route-source.js'
import { pathsInRouter } from './router-source.js'

/** The names that each handler has in each route table. */
const bindings = new WeakMap<View, Map<object, Set<string>>>()

/** Remembers which route of a table a handler serves. */
export function bindView<Handler extends View>(table: object, name: string, handler: Handler): Handler {
  if (typeof handler !== 'function') throw invalidType(`view '${name}'`, 'a handler function', handler)
  const tables = bindings.get(handler) ?? new Map<object, Set<string>>()
  bindings.set(handler, tables)
  const names = tables.get(table) ?? new Set<string>()
  tables.set(table, names)
  names.add(name)
  return handler
}

/** The path of the route that a handler serves: bound by `view`, or found in a router. */
export function resolveView(
  facts: RequestFacts,
  call: string,
  view: View,
  parameters: RouteParameters | undefined,
): string {
  const { routes } = facts.settings
  const names = routes === undefined ? [] : [...(bindings.get(view)?.get(routes) ?? [])]
  if (names.length > 1) throw ambiguous(call, view, names)
  const [name] = names
  if (routes !== undefined && name !== undefined) {
    const { base = '' } = routes
    return clientMount(facts) + urlOfRoute(routes, name, parameters).slice(base.length)
  }
  const inSource = pathsInRouter(routes, view)
  const { base, paths, syntax } =
    inSource.length > 0 ? { base: facts.routeBase, paths: inSource, syntax: undefined } : facts.viewPaths(view)
  const [path, ...others] = new Set(paths)
  if (path === undefined) {
    const advice = 'bind it with routes.view(name, view)'
    throw new ResponseKitError('ROUTE_NOT_FOUND', `${call}: ${viewName(view)} serves no known route: ${advice}`)
  }
  if (others.length > 0) throw ambiguous(call, view, [path, ...others])
  return clientMount(facts, base) + builderOfPath(path, viewName(view), syntax)(parameters)
}

function ambiguous(call: string, view: View, routes: readonly unknown[]): ResponseKitError {
  const list = routes.map((each) => showValue(each)).join(' and ')
  return new ResponseKitError('ROUTE_NOT_FOUND', `${call}: ${viewName(view)} is ambiguous: it serves ${list}`)
}

function viewName(view: View): string {
  return view.name === '' ? 'the view' : `the view '${view.name}'`
}
