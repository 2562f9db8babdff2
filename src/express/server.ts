import http, { type IncomingMessage, type RequestListener, type ServerOptions, type ServerResponse } from 'node:http'
import type { Application } from 'express'
import { invalidType } from '../shared/checks/errors.js'
import { reserveOn } from './reserve-properties.js'

/** The two constructors Node's servers take as options. */
export interface MessageConstructors {
  readonly IncomingMessage: typeof IncomingMessage
  readonly ServerResponse: typeof ServerResponse
}

/**
 * An http server for an Express app, in place of `app.listen()` and `http.createServer(app)`: the same behaviour, with
 * requests and responses that are the app's own from birth. `options` are Node's.
 */
export function createServer(app: Application, options: ServerOptions = {}): http.Server {
  const messages = serverOptions(app, options) as ServerOptions // typed for any pair of subclasses, of which this is one
  return http.createServer({ ...options, ...messages }, app as RequestListener) // an app is a function of the two
}

/**
 * The options that make any server of Node's fit an Express app: `https.createServer({ key, cert, ...serverOptions(app) }, app)`.
 * Constructors of one's own, which the server would have been given, go in as `base`.
 */
export function serverOptions(app: Application, base: ServerOptions = {}): MessageConstructors {
  const { request, response } = checkApp(app)
  return {
    IncomingMessage: bornWith(request, base.IncomingMessage ?? http.IncomingMessage, http.IncomingMessage),
    ServerResponse: bornWith(response, base.ServerResponse ?? http.ServerResponse, http.ServerResponse, reserveOn),
  }
}

function checkApp(app: unknown): { readonly request: IncomingMessage; readonly response: ServerResponse } {
  const { request, response } = (typeof app === 'function' ? app : {}) as { request?: unknown; response?: unknown }
  if (request instanceof http.IncomingMessage && response instanceof http.ServerResponse) return { request, response }
  throw invalidType('createServer: app', 'an Express application', app)
}

type Constructor = new (first: never, second?: never) => object

/**
 * A constructor whose products have `prototype` from the start. Express gives each message that prototype itself, but
 * changing it afterwards costs V8 the object's shape; what is already right, it leaves alone.
 */
function bornWith<Base extends Constructor>(
  prototype: object,
  base: Base,
  native: Constructor,
  complete?: (made: object) => void,
): Base {
  // A class cannot fill an object made by somebody else, and `Reflect.construct` gives every product a shape of its
  // own, which is slower than what is to be avoided: such a base stays as it is, and Express does as ever.
  if (Object.getOwnPropertyDescriptor(base, 'prototype')?.writable !== true) return base
  const filler = createFiller(base, () => interferes(prototype, native), complete)
  filler.prototype = prototype
  return filler as unknown as Base // `new` makes of it what it makes of Base
}

/** The function has no name, so that stack traces say `ServerResponse.end` as ever. */
function createFiller(base: Constructor, isHindered: () => boolean, complete?: (made: object) => void) {
  const fill = base as unknown as (this: object, first: unknown, second: unknown) => void // no class, as checked
  let isPlain: boolean | undefined
  return function (this: Reserve, first: unknown, second: unknown): object | undefined {
    // V8 makes room in an object for as many properties as it reads assignments in its constructor. Node's and
    // Express's some forty are assigned elsewhere, overflow, and end as a dictionary; so they are announced here.
    if (first === NEVER) {
      this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = 0
      this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = 0
      this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = 0
      this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = 0
    }
    isPlain ??= isHindered()
    if (!isPlain) {
      try {
        fill.call(this, first, second)
        complete?.(this)
        return undefined
      } catch {
        isPlain = true // a name was closed meanwhile
      }
    }
    return Reflect.construct(base, [first, second])
  }
}

const NEVER: unique symbol = Symbol('never')

interface Reserve {
  _: number
}

/**
 * Whether the app has put an accessor or a read-only property of a name Node assigns in its constructors. Express's late
 * change of prototype would find the name assigned already; an early one makes the assignment go astray.
 */
function interferes(prototype: object, native: Constructor): boolean {
  const sample = Reflect.construct(native, [{}])
  for (let above = prototype; above !== native.prototype && above !== null; above = Object.getPrototypeOf(above)) {
    for (const name of Reflect.ownKeys(sample)) {
      const own = Object.getOwnPropertyDescriptor(above, name)
      if (own !== undefined && own.writable !== true) return true
    }
  }
  return false
}
