import { EXCHANGE } from '../exchange/exchange.js'
import type { View } from '../exchange/host-types.js'
import { type BackCallOptions, describeBack } from '../redirects/back.js'
import { backField } from '../redirects/back-field.js'
import { describeRedirectTo, type RedirectToOptions } from '../redirects/redirect-to.js'
import type { RouteArguments, RouteName } from '../routes/register.js'
import { type RouteOptions, resolveRoute } from '../routes/resolve-route.js'
import type { RouteParameters } from '../routes/route-source.js'
import { finishEither } from './finish-either.js'
import type { KitTarget } from './target.js'

/** The methods that redirect, and those that build URLs. */
export interface RedirectMethods {
  /**
   * Redirects to a named route, or to the route of a view: 302 after GET and HEAD, 303 after every other method, unless
   * `status` or a staged redirect status says otherwise. Waits until the session is stored, where there is one.
   * Throws `RouteNotFoundError`, `RouteParameterError`; the promise never rejects.
   */
  redirectTo<const Target extends RouteName | View>(
    target: Target,
    ...rest: RouteArguments<Target, RedirectToOptions>
  ): Promise<void>
  /** The URL of a named route, or of a view; also among the view variables. */
  route<const Target extends RouteName | View>(target: Target, ...rest: RouteArguments<Target, RouteOptions>): string
  /** A hidden form field with the current URL, for `back`; also among the view variables. */
  backField(): string
}

/** Apart, because Koa 3 has a `back` of its own, which this one is a superset of. */
export interface BackMethod {
  /**
   * Redirects to where the user came from: the form field `__back`, the Referer, the session's previous URL, else the
   * fallback. Only this app's own origin and the option `back.origins` count. The promise never rejects.
   */
  back(fallback?: string | BackCallOptions): Promise<void>
}

export const redirectMethods: RedirectMethods & BackMethod & ThisType<KitTarget & RedirectMethods> = {
  redirectTo(target: string | View, parameters?: RouteParameters, options?: RedirectToOptions) {
    const exchange = this[EXCHANGE]
    exchange.begin('redirectTo()')
    return finishEither(exchange, describeRedirectTo(exchange, target, parameters, options))
  },
  back(fallback) {
    const exchange = this[EXCHANGE]
    exchange.begin('back()')
    return finishEither(exchange, describeBack(exchange, fallback))
  },
  route(target: string | View, parameters?: RouteParameters, options?: RouteOptions) {
    return resolveRoute(this[EXCHANGE], 'route()', target, parameters, options)
  },
  backField() {
    return backField(this[EXCHANGE])
  },
}
