import { ResponseKitError, showValue } from '../errors.js'
import type { Exchange } from '../exchange.js'
import type { QueryValues } from '../fields/query-string.js'
import { notConfigured } from '../options.js'
import { RouteNotFoundError } from './route-errors.js'
import type { RouteParameters, RouteSource, UrlOptions } from './route-source.js'
import { namesOfView, type View } from './views.js'

export interface RouteOptions {
  /** Appended as `?name=value`; `true` carries the current query over. */
  readonly query?: QueryValues | true | undefined
  /** Appended as `#hash`, encoded. */
  readonly hash?: string | undefined
}

/** The URL of a named route, or of a view, of the app the request is in; always a path of this origin. */
export function resolveRoute(
  exchange: Exchange,
  call: string,
  target: string | View,
  parameters: RouteParameters | undefined,
  options: RouteOptions = {},
): string {
  const source = exchange.settings.routes
  if (source === undefined) throw notConfigured(call, 'routes')
  const name = typeof target === 'string' ? target : nameOfView(source, target, call)
  const url = source.url(name, parameters, urlOptions(exchange, options))
  if (url instanceof Error) throw url instanceof ResponseKitError ? url : new RouteNotFoundError(name, [])
  if (typeof url !== 'string' || !/^\/(?![/\\])/.test(url)) {
    throw new ResponseKitError('ROUTE_PARAMETER', `route '${name}': not a path of this site: ${showValue(url)}`)
  }
  return exchange.routeBase + url
}

function urlOptions(exchange: Exchange, { query, hash }: RouteOptions): UrlOptions | undefined {
  if (query === undefined && hash === undefined) return undefined
  return { query: query === true ? currentQuery(exchange) : query, hash }
}

function currentQuery(exchange: Exchange): QueryValues {
  const start = exchange.url.indexOf('?')
  const values: Record<string, string[]> = Object.create(null)
  if (start < 0) return values
  for (const [name, value] of new URLSearchParams(exchange.url.slice(start + 1))) {
    values[name] = [...(values[name] ?? []), value]
  }
  return values
}

function nameOfView(source: RouteSource, view: View, call: string): string {
  const names = namesOfView(source, view)
  const [name] = names
  if (name === undefined) {
    throw new ResponseKitError('ROUTE_NOT_FOUND', `${call}: the view ${viewName(view)} is bound to no route`)
  }
  if (names.length > 1) {
    const list = names.map((each) => `'${each}'`).join(', ')
    throw new ResponseKitError('ROUTE_NOT_FOUND', `${call}: the view ${viewName(view)} is ambiguous: it serves ${list}`)
  }
  return name
}

function viewName(view: View): string {
  return view.name === '' ? '(anonymous)' : `'${view.name}'`
}
