import http from 'node:http'
import type { NextFunction, Request, Response } from 'express'
import { EXCHANGE } from '../shared/exchange/exchange.js'
import type { FileOptions } from '../shared/files/file-options.js'
import type { FileSource } from '../shared/files/file-source.js'
import type { FileCallback } from '../shared/methods/files.js'
import { checkOverrides, installMethods } from '../shared/methods/install-methods.js'
import type { BackMethod } from '../shared/methods/redirects.js'
import { type AddedMethods, methodNames, responseMethods } from '../shared/methods/response-methods.js'
import type { FieldsInit } from '../shared/methods/staging.js'
import { adoptVariables, watchVariables } from '../shared/redirects/view-property.js'
import { createSettings, inheritSettings, type ResponseKitOptions } from '../shared/settings/settings.js'
import { ExpressExchange } from './exchange.js'
import { mountBase } from './mount-base.js'
import { reserveProperties } from './reserve-properties.js'

export type { ResponseMethods } from '../shared/methods/response-methods.js'
export type { ResponseKitOptions } from '../shared/settings/settings.js'
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
  const install = createInstall(settings.override)
  return function responseKitMiddleware(req: Request, res: KitResponse, next: NextFunction): void {
    install(res)
    let exchange = res[EXCHANGE]
    if (exchange === undefined) {
      if (!(EXCHANGE in res)) reserveProperties()
      exchange = new ExpressExchange(settings, req, res)
      res[EXCHANGE] = exchange
      if (Object.hasOwn(res, 'locals')) adoptVariables(res, exchange, 'locals')
    } else {
      exchange.settings = inheritSettings(exchange.settings, settings)
    }
    if (settings.routes !== undefined)
      exchange.routeBase = mountBase(req, ({ handle }) => handle === responseKitMiddleware)
    next()
  }
}

/** Puts the methods where all apps of one Express share them, so that sub-apps mounted on a Router have them too. */
function createInstall(overrides: ReadonlySet<string>): (res: Response) => void {
  const ready = new WeakSet<object>()
  let latest: object | undefined // nearly always the only one
  return function install(res) {
    const prototype: object = Object.getPrototypeOf(res)
    if (prototype !== latest) {
      latest = prototype
      if (!ready.has(prototype)) {
        ready.add(prototype)
        installOn(prototype, overrides)
      }
    }
    if (overrides.size === 0) return
    for (const name of overrides) {
      if (Object.hasOwn(res, name)) Object.assign(res, pick(name))
    }
  }
}

function installOn(prototype: object, overrides: ReadonlySet<string>): void {
  let shared = prototype
  let above = prototype
  while (above !== http.ServerResponse.prototype && above !== null) {
    shared = above
    for (const name of overrides) {
      if (Object.hasOwn(above, name)) installMethods(above, pick(name), overrides)
    }
    above = Object.getPrototypeOf(above)
  }
  installMethods(shared, methods, overrides)
  watchVariables(shared, 'locals')
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
