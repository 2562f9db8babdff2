/** Query parameters of a built URL; `undefined` is skipped, an array repeats its key. */
export type QueryValues = Readonly<Record<string, QueryValue | readonly QueryValue[]>>
export type QueryValue = string | number | boolean | undefined

export interface UrlOptions {
  readonly query?: QueryValues
  readonly hash?: string
}

export type RouteParameters = Readonly<Record<string, unknown>>

/** Anything that turns a route's name into a URL: `defineRoutes(...)`, an @koa/router, an object of one's own. */
export interface RouteSource {
  url(name: string, parameters?: RouteParameters, options?: UrlOptions): string | Error
}
