import { subscribe } from 'node:diagnostics_channel'
import { EXCHANGE } from '../shared/exchange.js'

let isReserving = false

/**
 * Has each response given the property its exchange will stand in while it is new. Express changes its prototype, and
 * from then on V8 gives every response a shape of its own, where a property costs as much as some middleware: a value in
 * a property it already has costs next to nothing. Where Node's channel is missing, the property is added all the same.
 */
export function reserveExchange(): void {
  if (isReserving) return
  isReserving = true
  subscribe('http.server.request.start', (message) => {
    const { response } = message as { response: { [EXCHANGE]?: unknown } } // as Node documents this channel
    response[EXCHANGE] = undefined
  })
}
