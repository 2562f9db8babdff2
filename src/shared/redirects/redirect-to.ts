import type { Exchange } from '../exchange/exchange.js'
import type { View } from '../exchange/host-types.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { type RouteOptions, resolveRoute } from '../routes/resolve-route.js'
import type { RouteParameters } from '../routes/route-source.js'
import { describeRedirect, type RedirectOptions } from './redirect.js'
import { afterSession } from './save-session.js'

/** Options of `redirectTo`. */
export interface RedirectToOptions extends RouteOptions, RedirectOptions {}

const REDIRECT_TO_OPTIONS: readonly string[] = ['query', 'hash', 'status']

/** A redirect to a named route or a view; a promise if a session has to be stored first. */
export function describeRedirectTo(
  exchange: Exchange,
  target: string | View,
  parameters?: RouteParameters,
  options: RedirectToOptions = {},
): ResponseDescription | Promise<ResponseDescription> {
  const url = resolveRoute(exchange, 'redirectTo()', target, parameters, options, REDIRECT_TO_OPTIONS)
  return afterSession(exchange, describeRedirect(exchange, url, options, 'redirectTo'))
}
