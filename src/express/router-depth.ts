import type { NextFunction, Request } from 'express'

/**
 * Tells when a router ends and gives the request back to the router around it. Express shows this only by the properties
 * that it restores: a router that ends assigns `req.baseUrl` and then `req.next`. A router that begins reads both before
 * it assigns them. The depth is 0 at the router in which the watch began.
 */
export class RouterDepth {
  depth = 0
  #baseUrl: string
  #next: NextFunction | undefined
  /** The last access to one of the two was an assignment of `baseUrl`. */
  #isRestoring = false

  constructor(req: Request, onLeave: (depth: number) => void) {
    this.#baseUrl = req.baseUrl
    this.#next = req.next
    const define = (name: 'baseUrl' | 'next', get: () => unknown, set: (value: never) => void) =>
      Object.defineProperty(req, name, { configurable: true, enumerable: true, get, set })
    define(
      'baseUrl',
      () => {
        this.#isRestoring = false
        return this.#baseUrl
      },
      (baseUrl: string) => {
        this.#isRestoring = true
        this.#baseUrl = baseUrl
      },
    )
    define(
      'next',
      () => {
        this.#isRestoring = false
        return this.#next
      },
      (next: NextFunction) => {
        this.#next = next
        if (!this.#isRestoring) this.depth++
        else onLeave(--this.depth)
        this.#isRestoring = false
      },
    )
  }
}
