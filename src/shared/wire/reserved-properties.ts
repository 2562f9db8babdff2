import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Server, ServerResponse } from 'node:http'
import { switches } from './switches.js'

// Gains: on Node 20 and 22, Express's change of prototype gives each response a shape of its own. Each new property then
// costs some 4 µs. A property that the response was given when new costs next to nothing: 1.00 of the throughput of an app
// with an empty middleware, instead of 0.87 to 0.90.
// Delete with support for Node 22.

const CHANNEL = 'http.server.request.start'

/** What Node sends on the channel, as documented. */
interface RequestStart {
  readonly response: ServerResponse
  readonly server: Server
}

/** Gives responses the properties that the kit fills later, while the responses are new. */
export class ReservedProperties {
  readonly #keys: readonly symbol[]
  /** The servers whose apps use the kit. A subscription ends with the last of them, and holds nothing after that. */
  readonly #servers = new Set<Server>()

  constructor(keys: readonly symbol[]) {
    this.#keys = keys
  }

  readonly reserveOn = (response: object): void => {
    for (const key of this.#keys) (response as Record<symbol, unknown>)[key] = undefined // any object takes a symbol
  }

  /** From now on, all responses of this server get the properties, until it closes. */
  reserveFor(server: Server | undefined): void {
    if (!switches.reservedProperties || server?.listening !== true || this.#servers.has(server)) return
    if (this.#servers.size === 0) subscribe(CHANNEL, this.#onRequest)
    this.#servers.add(server)
    server.once('close', () => {
      this.#servers.delete(server)
      if (this.#servers.size === 0) unsubscribe(CHANNEL, this.#onRequest)
    })
  }

  readonly #onRequest = (message: unknown): void => {
    const { response, server } = message as RequestStart // as documented
    if (this.#servers.has(server)) this.reserveOn(response)
  }
}
