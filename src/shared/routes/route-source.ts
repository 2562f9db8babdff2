import { isError, ResponseKitError } from '../checks/errors.js'
import type { QueryInit } from '../fields/query-string.js'
import { RouteNotFoundError } from './route-errors.js'

export type { QueryInit, QueryValue, QueryValues } from '../fields/query-string.js'

/** Options of `routes.url`. */
export interface UrlOptions {
  /**
   * Appended as `?name=value`, at most 65,536 characters. A list repeats its name, nested values are written in brackets,
   * `undefined` is skipped. Default: none.
   */
  readonly query?: QueryInit | undefined
  /** Appended as `#hash`, encoded. Default: none. */
  readonly hash?: string | undefined
  /** With scheme and host, from the option `origin` of `defineRoutes()`. Default `false`. */
  readonly absolute?: boolean | undefined
}

/** The parameters of a route by name, if no type knows the route. */
export type RouteParameters = Readonly<Record<string, unknown>>

/** Anything that turns a route's name into a URL: `defineRoutes(...)`, an @koa/router, or an object that the app makes. */
export interface RouteSource {
  /** The path that its URLs begin with and that a proxy takes off before the app sees it. */
  readonly base?: string
  /** Scheme and host of absolute URLs. */
  readonly origin?: string | undefined
  /** The URL of a route, beginning with `base`; an Error is thrown by the call that asked. */
  url(name: string, parameters?: RouteParameters, options?: UrlOptions): string | Error
}

/** The URL that a source gives for a route. @koa/router returns its error, and does not throw it. */
export function urlOfRoute(
  source: RouteSource,
  name: string,
  parameters: RouteParameters | undefined,
  options?: UrlOptions,
): string {
  const url: unknown = source.url(name, parameters, options)
  if (isError(url)) throw url instanceof ResponseKitError ? url : new RouteNotFoundError(name, [])
  return url as string // the callers refuse every other type
}
