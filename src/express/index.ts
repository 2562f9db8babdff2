import type { Server } from 'node:http'
import type { NextFunction, Request, Response } from 'express'
import { EXCHANGE } from '../shared/exchange/exchange.js'
import type { FileOptions } from '../shared/files/file-options.js'
import type { FileSource } from '../shared/files/file-source.js'
import { jsonMethod } from '../shared/methods/bodies.js'
import type { FileCallback } from '../shared/methods/files.js'
import { checkOverrides, createInstall, type InstallPlace } from '../shared/methods/install-methods.js'
import type { BackMethod } from '../shared/methods/redirects.js'
import { type AddedMethods, responseMethods } from '../shared/methods/response-methods.js'
import type { FieldsInit } from '../shared/methods/staging.js'
import { recordPage } from '../shared/redirects/record-page.js'
import { adoptRender, adoptVariables, watchRender, watchVariables } from '../shared/redirects/view-variables.js'
import { createSettings, type ResponseKitOptions, type Settings } from '../shared/settings/settings.js'
import { beforeAnswer } from './before-answer.js'
import { ExpressExchange } from './exchange.js'
import { ExpressFacts } from './facts.js'
import { applicationOf, checkHost, completeResponse, expressPrototypes } from './host.js'
import { mountBase, type RouterLayer } from './mount-base.js'
import { reserved } from './reserved.js'

export type { ResponseMethods } from '../shared/methods/response-methods.js'
export type { ResponseKitOptions } from '../shared/settings/settings.js'
export { problemHandler } from './problem-handler.js'
export { type RespondHandler, type RouteHandler, respond } from './respond.js'
export { createServer, type MessageConstructors, serverOptions } from './server.js'
export { verifySignedUrl } from './verify-signed-url.js'

/** Express and Node have these already, with the same meaning. */
const { setHeader, appendHeader, getHeader, ...methods } = responseMethods

/** A host that is no Express has no `res.json`. */
const place: InstallPlace = {
  framework: 'Express',
  methods,
  methodsForOthers: { setHeader, appendHeader, getHeader, ...jsonMethod },
  onPrototype: (prototype) => {
    watchVariables(prototype, 'locals')
    watchRender(prototype)
  },
}

type KitResponse = Response & { [EXCHANGE]?: ExpressExchange }

/**
 * Express middleware that gives every response after it the methods of the kit. It also serves connect, router, polka, Vite
 * and other hosts that hand over Node's messages, with Express's defaults.
 *
 * @param options Default: none. An inner `responseKit()` inherits the options that it is not given.
 * @throws TypeError `INVALID_OPTION` for an option that is unknown or wrong.
 * @example app.use(responseKit({ files: { root: '/srv/files' } }))
 */
export function responseKit(options?: ResponseKitOptions): (req: Request, res: Response, next: NextFunction) => void {
  const settings = createSettings(options)
  checkOverrides(settings.override, place)
  const install = createInstall(place, settings.override)
  return function responseKitMiddleware(req: Request, res: KitResponse, next: NextFunction): void {
    checkHost(req, res)
    const outer = res[EXCHANGE]
    if (outer === undefined && applicationOf(req) === undefined) completeResponse(res)
    install(res, () => expressPrototypes(req, res))
    const isPlace = ({ handle }: RouterLayer) => handle === responseKitMiddleware
    const base = settings.routes === undefined ? undefined : mountBase(req, isPlace)
    if (outer === undefined) begin(settings, base, req, res)
    else outer.enterInner(settings, base)
    if (settings.back.record) recordBeforeAnswer(res)
    next()
  }
}

/** The responses that record their page. */
const recording = new WeakSet<Response>()

function recordBeforeAnswer(res: KitResponse): void {
  if (recording.has(res)) return // an outer kit records as well: the options in force at the answer decide
  recording.add(res)
  beforeAnswer(res, (head) => {
    const exchange = res[EXCHANGE]
    if (exchange !== undefined) recordPage(exchange.facts, head.status, head.field('content-disposition'))
  })
}

function begin(settings: Settings, routeBase: string | undefined, req: Request, res: KitResponse): void {
  if (!(EXCHANGE in res)) reserved.reserveFor((req.socket as { server?: Server } | undefined)?.server) // set by Node
  const exchange = new ExpressExchange(new ExpressFacts(settings, routeBase ?? '', req, res))
  res[EXCHANGE] = exchange
  if (Object.hasOwn(res, 'locals')) adoptVariables(res, exchange, 'locals')
  if (Object.hasOwn(res, 'render')) adoptRender(res)
}

declare global {
  namespace Express {
    interface Response extends AddedMethods, BackMethod {}
  }
}

declare module 'express-serve-static-core' {
  // Declaration merging requires the type parameters of the original declaration.
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
