import { isPromise } from 'node:util/types'
import type { Exchange } from '../exchange/exchange.js'
import type { ResponseDescription } from '../exchange/response-description.js'

/** A finishing call that returns a promise, but sends at once if there is nothing to wait for. */
export function finishEither(
  exchange: Exchange,
  description: ResponseDescription | Promise<ResponseDescription>,
): Promise<void> {
  if (isPromise(description)) return exchange.finishLater(description)
  return exchange.finish(description) ?? Promise.resolve()
}
