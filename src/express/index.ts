import http from 'node:http'
import type { NextFunction, Request, Response } from 'express'
import { EXCHANGE } from '../shared/exchange.js'
import type { FileOptions } from '../shared/files/file-options.js'
import type { FileSource } from '../shared/files/file-source.js'
import { checkOverrides, installMethods } from '../shared/install-methods.js'
import type { FileCallback } from '../shared/methods/files.js'
import type { BackMethod } from '../shared/methods/redirects.js'
import type { FieldsInit } from '../shared/methods/staging.js'
import { createSettings, inheritSettings, type ResponseKitOptions } from '../shared/options.js'
import { type AddedMethods, methodNames, responseMethods } from '../shared/response-methods.js'
import { addViewVariables } from '../shared/view-variables.js'
import { ExpressExchange } from './exchange.js'
import { mountBase } from './mount-base.js'
import { reserveExchange } from './reserve-exchange.js'

export type { ResponseKitOptions } from '../shared/options.js'
export type { ResponseMethods } from '../shared/response-methods.js'
export { problemHandler } from './problem-handler.js'
export { type RespondHandler, respond } from './respond.js'
export { createServer, type MessageConstructors, serverOptions } from './server.js'
export { verifySignedUrl } from './verify-signed-url.js'

/** Express and Node have these already, with the same meaning. */
const { setHeader, appendHeader, getHeader, ...methods } = responseMethods

type KitResponse = Response & { [EXCHANGE]?: ExpressExchange }

/** Express middleware: every response that passes it has the kit's methods. */
export function responseKit(options?: ResponseKitOptions): (req: Request, res: Response, next: NextFunction) => void {
  const settings = createSettings(options)
  checkOverrides(settings.override, methodNames)
  const ready = new WeakSet<object>()
  reserveExchange()
  return function responseKitMiddleware(req: Request, res: KitResponse, next: NextFunction): void {
    const outer = res[EXCHANGE]
    if (outer === undefined) {
      const exchange = new ExpressExchange(settings, req, res)
      res[EXCHANGE] = exchange
      addViewVariables(exchange, req.app.locals)
    } else {
      outer.settings = inheritSettings(outer.settings, settings)
    }
    if (settings.routes !== undefined) (res[EXCHANGE] as ExpressExchange).routeBase = mountBase(req) // set above
    install(res, settings.override, ready)
    next()
  }
}

/** Methods go on the prototype all apps of one Express share, so that sub-apps mounted on a Router have them too. */
function install(res: Response, overrides: ReadonlySet<string>, ready: WeakSet<object>): void {
  const own: object = Object.getPrototypeOf(res)
  if (!ready.has(own)) {
    ready.add(own)
    let shared = own
    let above = own
    while (above !== http.ServerResponse.prototype && above !== null) {
      shared = above
      for (const name of overrides) {
        if (Object.hasOwn(above, name)) installMethods(above, pick(name), overrides)
      }
      above = Object.getPrototypeOf(above)
    }
    installMethods(shared, methods, overrides)
  }
  for (const name of overrides) {
    if (Object.hasOwn(res, name)) Object.assign(res, pick(name))
  }
}

function pick(name: string): Record<string, unknown> {
  return name in methods ? { [name]: methods[name as keyof typeof methods] } : {}
}

declare global {
  namespace Express {
    interface Response extends AddedMethods, BackMethod {}
  }
}

declare module 'express-serve-static-core' {
  // The parameters repeat the original declaration's, as merging asks.
  interface Response<ResBody, LocalsObj, StatusCode> {
    setHeaders(fields: FieldsInit): this
    download(source: FileSource, callback?: FileCallback): Promise<void>
    download(source: FileSource, options: FileOptions | null, callback?: FileCallback): Promise<void>
    download(source: FileSource, filename: string | null | undefined, callback?: FileCallback): Promise<void>
    download(
      source: FileSource,
      filename: string | null | undefined,
      options: FileOptions | null | undefined,
      callback?: FileCallback,
    ): Promise<void>
  }
}
