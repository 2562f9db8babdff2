import { checkKeys } from '../checks/check-keys.js'
import { invalidType, isError, notConfigured, ResponseKitError, showValue } from '../checks/errors.js'
import type { Exchange } from '../exchange/exchange.js'
import type { View } from '../exchange/host-types.js'
import type { QueryValues } from '../fields/query-string.js'
import { appendUrlParts } from './append-url-parts.js'
import { clientMount } from './client-url.js'
import { resolveView } from './resolve-view.js'
import { RouteNotFoundError } from './route-errors.js'
import type { RouteParameters, UrlOptions } from './route-source.js'

/** Options of `route`: query and hash. */
export interface RouteOptions {
  /** Appended as `?name=value`; `true` carries the current query over. */
  readonly query?: QueryValues | true | undefined
  /** Appended as `#hash`, encoded. */
  readonly hash?: string | undefined
}

const ROUTE_OPTIONS: readonly string[] = ['query', 'hash']

/** The URL of a named route, or of a view, of the app the request is in; always a path of this origin. */
export function resolveRoute(
  exchange: Exchange,
  call: string,
  target: string | View,
  parameters: RouteParameters | undefined,
  options: RouteOptions = {},
  knownOptions: readonly string[] = ROUTE_OPTIONS,
): string {
  if (typeof target !== 'string' && typeof target !== 'function') {
    throw invalidType(`${call}: target`, "a route's name or a view", target)
  }
  checkKeys(call, options, knownOptions)
  const parts = urlOptions(exchange, options)
  if (typeof target === 'string') return sitePath(target, resolveName(exchange, call, target, parameters, parts))
  const path = resolveView(exchange, call, target, parameters)
  return sitePath(target.name, parts === undefined ? path : appendUrlParts(path, parts))
}

function resolveName(
  exchange: Exchange,
  call: string,
  name: string,
  parameters: RouteParameters | undefined,
  options: UrlOptions | undefined,
): string {
  if (/^(?:\/|https?:)/i.test(name)) {
    const advice = `takes a route's name; for a path use redirectLocal() or the framework's own redirect()`
    throw new ResponseKitError('ROUTE_NOT_FOUND', `${call} ${advice}, got ${showValue(name)}`)
  }
  const source = exchange.settings.routes
  if (source === undefined) throw notConfigured(call, 'routes')
  const url = source.url(name, parameters, options)
  if (isError(url)) throw url instanceof ResponseKitError ? url : new RouteNotFoundError(name, [])
  const { base = '' } = source
  return clientMount(exchange) + sitePath(name, url).slice(base.length)
}

/** A path and nothing that clients take for another host. */
function sitePath(name: string, url: string): string {
  if (typeof url === 'string' && /^\/(?![/\\])/.test(url)) return url
  throw new ResponseKitError('ROUTE_PARAMETER', `route '${name}': not a path of this site: ${showValue(url)}`)
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
    values[name] ??= []
    values[name].push(value)
  }
  return values
}
