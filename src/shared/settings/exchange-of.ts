import { EXCHANGE, type Exchange } from '../exchange/exchange.js'
import { createSettings, type Settings } from './settings.js'

const DEFAULTS: Settings = createSettings()

/**
 * The exchange of a response or context. One that did not pass `responseKit()` gets an exchange for this call alone, which
 * `create` refuses to a host that the entry cannot serve: there the target may be anything.
 */
export function exchangeOf<Kind extends Exchange>(
  target: { readonly [EXCHANGE]?: Kind } | undefined,
  create: (settings: Settings) => Kind,
): Kind {
  return target?.[EXCHANGE] ?? create(DEFAULTS)
}
