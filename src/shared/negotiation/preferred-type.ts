import Negotiator from 'negotiator'
import type { Exchange } from '../exchange.js'

/** The media type of `available` the client would rather have (RFC 9110 §12.5.1); in doubt, the one listed first. */
export function preferredType(exchange: Exchange, available: readonly string[]): string | undefined {
  return new Negotiator({ headers: { accept: exchange.field('accept') } }).mediaTypes([...available])[0]
}
