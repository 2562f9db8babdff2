import type { Exchange } from '../exchange/exchange.js'
import { backCandidates } from './back.js'
import { drop, keep, kept } from './kept-value.js'
import { returnTarget } from './return-target.js'

const NAME = 'kit.intended'

/** Remembers where a guest was going: this URL, or the page a form was sent from. */
export function rememberIntended(exchange: Exchange): void {
  const isPage = exchange.method === 'GET' || exchange.method === 'HEAD'
  const url = isPage ? exchange.url : returnTarget(exchange, backCandidates(exchange))
  if (url === undefined) return
  try {
    keep(exchange, NAME, { url }, 'intended()')
  } catch (error) {
    if (!(error instanceof RangeError)) throw error // the guest's own URL, too long for a cookie, is the same as none
  }
}

/** Where the guest was going, judged by the rules of `back`; forgotten by being asked for. */
export function takeIntended(exchange: Exchange): string | undefined {
  const record = kept(exchange, NAME)
  if (record === undefined) return undefined
  drop(exchange, NAME)
  return returnTarget(exchange, [record.url])
}
