import type { QueryValues } from '../fields/query-string.js'

export type { QueryValue, QueryValues } from '../fields/query-string.js'

/** What follows the path of a URL. */
export interface UrlOptions {
  /** Appended as `?name=value`; an array repeats its key, `undefined` is skipped. */
  readonly query?: QueryValues | undefined
  /** Appended as `#hash`, encoded. */
  readonly hash?: string | undefined
}

/** Values of the parameters of a route, by name. */
export type RouteParameters = Readonly<Record<string, unknown>>

/** Anything that turns a route's name into a URL: `defineRoutes(...)`, an @koa/router, an object of one's own. */
export interface RouteSource {
  /** What its URLs begin with, where the app itself does not see it. */
  readonly base?: string
  /** The URL of a route. An @koa/router returns an error in place of throwing it. */
  url(name: string, parameters?: RouteParameters, options?: UrlOptions): string | Error
}
