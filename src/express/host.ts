import { ServerResponse } from 'node:http'
import type { Application, Request, Response } from 'express'
import { appendField } from '../shared/exchange/write-field.js'
import { isObject, isResponse, wrongHost } from '../shared/exchange/wrong-host.js'

/**
 * Refuses a host that the Express entry cannot serve, and names the entry that can. It throws at once: every host hands that to
 * its own error handling.
 */
export function checkHost(call: string, req: unknown, res: unknown): void {
  const hasResponse = isResponse(res)
  if (hasResponse && isObject(req)) return
  const entry = `${call} of 'response-kit/express'`
  if (hasResponse) throw wrongHost(`${entry} needs a request beside its response`)
  if (isObject(req) && isResponse(req.res)) {
    throw wrongHost(`${entry} was given a Koa context: use 'response-kit/koa' in a Koa app`)
  }
  throw wrongHost(
    `${entry} needs a response with setHeader() and end(), as those of Express, connect and node:http have`,
  )
}

/** Refuses HTTP/2, on which the methods that Express itself puts on a response do not work. */
export function checkHttpVersion({ httpVersionMajor }: Request): void {
  if (httpVersionMajor > 1) {
    throw wrongHost(
      "responseKit(): Express does not work on HTTP/2. Use an HTTP/1.1 server, Koa with 'response-kit/koa', or sendReply() from 'response-kit'",
    )
  }
}

/** `app.response` is the prototype of the app's responses. It is missing in the types. */
type ExpressApplication = Application & { readonly response?: unknown }

/**
 * The Express application that handles a request; `undefined` on connect, router, polka, Vite and other hosts that hand over
 * Node's own messages. The kit then decides as Express does by default.
 */
export function applicationOf(req: Request): ExpressApplication | undefined {
  const { app } = req as { app?: unknown }
  const isExpress = isObject(app) && typeof app.get === 'function' && typeof app.enabled === 'function'
  return isExpress ? (app as unknown as ExpressApplication) : undefined // no other host has an app with both
}

/** Express's own prototypes of a response, nearest first: the app's, and the one that all apps of one Express share. */
export function expressPrototypes(req: Request, res: Response): readonly object[] {
  const app = applicationOf(req)
  if (app === undefined || !isObject(app.response)) return []
  const prototypes: object[] = []
  let shared = 0
  let above: object | null = Object.getPrototypeOf(res)
  // A tool such as light-my-request puts a prototype of its own between Express's and Node's.
  for (
    ;
    above !== null && above !== ServerResponse.prototype && above !== Object.prototype;
    above = Object.getPrototypeOf(above)
  ) {
    prototypes.push(above)
    if (Object.hasOwn(above, 'send')) shared = prototypes.length
  }
  return prototypes.includes(app.response) ? prototypes.slice(0, shared) : []
}

const FIELD_READERS: PropertyDescriptorMap = {
  getHeader: optional(() => undefined),
  getHeaderNames: optional(() => []),
  hasHeader: optional(() => false),
  removeHeader: optional(() => undefined),
  appendHeader: optional(function (this: Response, name: string, value: string) {
    appendField(this, name, value)
    return this
  }),
}

/** Completes messages that Express did not make. A test double may lack what Node's requests and responses have. */
export function completeMessages(req: Request, res: Response): void {
  if (!Object.isExtensible(res)) {
    throw wrongHost("responseKit() of 'response-kit/express' needs a response that is not frozen")
  }
  for (const [name, descriptor] of Object.entries(FIELD_READERS)) {
    if (!(name in res)) Object.defineProperty(res, name, descriptor)
  }
  // A double such as that of sinon-express-mock has a function in its place, which would count as sent.
  if (typeof res.headersSent === 'function') Object.defineProperty(res, 'headersSent', optional(false))
  res.locals ??= {}
  if (isObject(req.headers)) return
  if (!Object.isExtensible(req)) {
    throw wrongHost("responseKit() of 'response-kit/express' needs a request with headers, or one that is not frozen")
  }
  req.headers = {}
}

function optional(value: unknown): PropertyDescriptor {
  return { value, configurable: true, writable: true }
}
