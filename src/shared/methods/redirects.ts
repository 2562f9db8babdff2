import { EXCHANGE } from '../exchange/exchange.js'
import type { View } from '../exchange/host-types.js'
import type { Sent } from '../exchange/sent.js'
import { type BackCallOptions, backField, describeBack, describeRedirectLocal, localUrl } from '../redirects/back.js'
import type { RedirectOptions } from '../redirects/redirect.js'
import { describeRedirectTo, type RedirectToOptions } from '../redirects/redirect.js'
import type { LoneRouteTarget, RouteTarget, RouteTargetParameters } from '../routes/register.js'
import { type RouteOptions, resolveRoute } from '../routes/resolve-route.js'
import type { RouteParameters } from '../routes/route-source.js'
import { finishEither } from './finish-either.js'
import type { KitTarget } from './target.js'

/** The methods that redirect, and those that build URLs. */
export interface RedirectMethods {
  /**
   * Redirects to a named route, or to the route of a view. It waits until a session is stored.
   *
   * @param target A route's name or a view. For a path use `redirectLocal`, or the framework's own `redirect`.
   * @returns A promise that settles when the response has ended (Express) or is set (Koa), and never rejects.
   * @throws `ROUTE_NOT_FOUND`, `ROUTE_PARAMETER` if the route needs a parameter.
   * @example
   * res.redirectTo('home')
   */
  redirectTo<const Target extends string | View>(target: LoneRouteTarget<Target>): Sent
  /**
   * Redirects to a named route, or to the route of a view, with parameters. It waits until a session is stored.
   *
   * @param target A route's name or a view. For a path use `redirectLocal`, or the framework's own `redirect`.
   * @param parameters Each becomes one encoded segment; a wildcard is a list of segments.
   * @param options `query`, `mergeQuery`, `hash` and `status`: default 302 after GET and HEAD, else 303
   *   (RFC 9110 §15.4.4), unless a redirect status is staged.
   * @returns A promise that settles when the response has ended (Express) or is set (Koa), and never rejects.
   * @throws `ROUTE_NOT_FOUND`, `ROUTE_PARAMETER`, `INVALID_OPTION`.
   * @example
   * res.redirectTo('users.show', { id: 7 })
   */
  redirectTo<const Target extends string | View>(
    target: RouteTarget<Target>,
    parameters: RouteTargetParameters<Target>,
    options?: RedirectToOptions,
  ): Sent
  /**
   * Redirects to a URL that a user gave, such as `?next=`, if it is one of this site by the rules of `back`.
   *
   * @param url Any value of a query or form; what is no URL of this site is replaced by the fallback.
   * @param fallback Default `'/'`.
   * @param options `status`.
   * @throws `INVALID_ARGUMENT`, `INVALID_OPTION`, `ALREADY_SENT` after another finishing call.
   * @example
   * res.redirectLocal(req.query.next, '/home')
   */
  redirectLocal(url: unknown, fallback?: string, options?: RedirectOptions): Sent
  /**
   * The path, query and fragment of a URL that a user gave if it is one of this site, else `undefined`.
   *
   * @param url Any value of a query or form.
   * @throws Nothing: what is no URL gives `undefined`.
   * @example
   * const next = res.localUrl(req.query.next) ?? '/home'
   */
  localUrl(url: unknown): string | undefined
  /**
   * The URL of a named route, or of a view. Views have it as well.
   *
   * @param target A route's name or a view.
   * @throws `ROUTE_NOT_FOUND`, `ROUTE_PARAMETER` if the route needs a parameter.
   * @example
   * res.link(res.route('home'), { rel: 'up' })
   */
  route<const Target extends string | View>(target: LoneRouteTarget<Target>): string
  /**
   * The URL of a named route, or of a view, with parameters. Views have it as well.
   *
   * @param target A route's name or a view.
   * @param parameters Each becomes one encoded segment; a wildcard is a list of segments.
   * @param options `query`, `mergeQuery`, `hash` and `absolute`.
   * @throws `ROUTE_NOT_FOUND`, `ROUTE_PARAMETER`, `INVALID_OPTION`.
   * @example
   * res.link(res.route('users.show', { id: 7 }), { rel: 'next' })
   */
  route<const Target extends string | View>(
    target: RouteTarget<Target>,
    parameters: RouteTargetParameters<Target>,
    options?: RouteOptions,
  ): string
  /**
   * A hidden form field with the current URL, for `back`. Views have it as well.
   *
   * @throws `INVALID_ARGUMENT` if it is given a value.
   * @example
   * res.html(html`<form method="post">${html.raw(res.backField())}<button>Save</button></form>`)
   */
  backField(): string
}

/** Koa 3 has a `back` of its own; this one does all that it does. */
export interface BackMethod {
  /**
   * Redirects to the page that the user came from: form field `__back`, Referer, previous URL of the session, else the
   * fallback. Only this app's own origin and the option `back.origins` count. The promise never rejects.
   *
   * @param fallback A URL, or `{ fallback, status }`. Default: the option `back.fallback`.
   * @throws `INVALID_ARGUMENT`, `INVALID_OPTION`.
   * @example
   * res.back('/list')
   */
  back(fallback?: string | BackCallOptions): Sent
}

export const redirectMethods: RedirectMethods & BackMethod & ThisType<KitTarget & RedirectMethods> = {
  redirectTo(target: string | View, parameters?: RouteParameters, options?: RedirectToOptions) {
    const exchange = this[EXCHANGE]
    return exchange.unlessAnswered('redirectTo()', () =>
      finishEither(exchange, describeRedirectTo(exchange, target, parameters, options)),
    )
  },
  redirectLocal(url, fallback, options) {
    const exchange = this[EXCHANGE]
    return exchange.unlessAnswered('redirectLocal()', () =>
      finishEither(exchange, describeRedirectLocal(exchange, url, fallback, options)),
    )
  },
  localUrl(url) {
    return localUrl(url, this[EXCHANGE].facts.origin)
  },
  back(fallback) {
    const exchange = this[EXCHANGE]
    return exchange.unlessAnswered('back()', () => finishEither(exchange, describeBack(exchange, fallback)))
  },
  route(target: string | View, parameters?: RouteParameters, options?: RouteOptions) {
    return resolveRoute(this[EXCHANGE].facts, target, parameters, options)
  },
  backField() {
    return backField(this[EXCHANGE].facts)
  },
}
