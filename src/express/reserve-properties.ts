import { subscribe } from 'node:diagnostics_channel'
import { EXCHANGE } from '../shared/exchange/exchange.js'
import { VARIABLES } from '../shared/redirects/view-property.js'

/** What the kit keeps on a response. */
export interface Reserved {
  [EXCHANGE]?: unknown
  [VARIABLES]?: unknown
}

let isReserving = false

/**
 * Has each response given the properties the kit fills later while it is new. Express changes its prototype, and from
 * then on V8 gives every response a shape of its own, where a property costs as much as some middleware: a value in a
 * property it already has costs next to nothing. Where Node's channel is missing, they are added all the same.
 */
export function reserveProperties(): void {
  if (isReserving) return
  isReserving = true // responses made by `createServer()` have them without
  subscribe('http.server.request.start', (message) => {
    reserveOn((message as { response: Reserved }).response) // as Node documents this channel
  })
}

export function reserveOn(response: Reserved): void {
  response[EXCHANGE] = undefined
  response[VARIABLES] = undefined
}
