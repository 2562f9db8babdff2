import type { Exchange } from '../exchange/exchange.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { type BackCallOptions, readFallback } from './back.js'
import { takeIntended } from './intended.js'
import { describeRedirect } from './redirect.js'
import { afterSession } from './redirect-to.js'

/** A redirect to where a guest was going before the login; a promise where a session has to be stored first. */
export function describeToIntended(
  exchange: Exchange,
  options?: string | BackCallOptions,
): ResponseDescription | Promise<ResponseDescription> {
  const { toFallback, status } = readFallback(exchange, 'toIntended', options)
  const target = takeIntended(exchange)
  return afterSession(exchange, target === undefined ? toFallback : describeRedirect(exchange, target, { status }))
}
