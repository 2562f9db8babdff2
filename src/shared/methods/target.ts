import type { EXCHANGE, Exchange } from '../exchange/exchange.js'

/** What carries the methods: an Express response or a Koa context that passed `responseKit()`. */
export interface KitTarget {
  readonly [EXCHANGE]: Exchange
}
