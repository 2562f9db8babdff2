import type { Server } from 'node:http'
import type { NextFunction, Request, Response } from 'express'
import { beforeAnswer } from '../shared/exchange/before-answer.js'
import { EXCHANGE } from '../shared/exchange/exchange.js'
import type { Sent } from '../shared/exchange/sent.js'
import type { FileOptions } from '../shared/files/file-options.js'
import type { FileSource } from '../shared/files/file-source.js'
import { jsonMethod } from '../shared/methods/bodies.js'
import type { FileCallback, LastDownloadArgument, SentWithoutCallback } from '../shared/methods/files.js'
import { checkOverrides, createInstall, type InstallPlace } from '../shared/methods/install-methods.js'
import type { BackMethod } from '../shared/methods/redirects.js'
import { type AddedMethods, responseMethods } from '../shared/methods/response-methods.js'
import type { FieldsInit } from '../shared/methods/staging.js'
import { claimFlash } from '../shared/redirects/flash.js'
import { recordPage } from '../shared/redirects/record-page.js'
import { noteStoredSession } from '../shared/redirects/save-session.js'
import { adoptRender, adoptVariables, watchRender, watchVariables } from '../shared/redirects/view-variables.js'
import { createSettings, type ResponseKitOptions, type Settings } from '../shared/settings/settings.js'
import { ExpressExchange } from './exchange.js'
import { ExpressFacts } from './facts.js'
import { applicationOf, checkHost, checkHttpVersion, completeMessages, expressPrototypes } from './host.js'
import { mountBase, type RouterLayer } from './mount-base.js'
import { reserved } from './reserved.js'

export type { ResponseMethods } from '../shared/methods/response-methods.js'
export type { ResponseKitOptions } from '../shared/settings/settings.js'
export { problemHandler } from './problem-handler.js'
export { type AnyRouteHandler, type RespondHandler, type RouteHandler, respond } from './respond.js'
export { createServer, type MessageConstructors, serverOptions } from './server.js'
export { type VerifySignedUrlOptions, verifySignedUrl } from './verify-signed-url.js'
export { responseKit as default }

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

/** How many kits of this process have a table of routes. */
let countOfPlaces = 0

type KitResponse = Response & { [EXCHANGE]?: ExpressExchange }

/**
 * Express middleware that gives every response after it the methods of the kit. It also serves connect, router, polka, Vite
 * and other hosts that hand over Node's messages, with Express's defaults.
 *
 * @param options Default: none. An inner `responseKit()` inherits the options that it is not given.
 * @throws TypeError `INVALID_OPTION` for an option that is unknown or wrong.
 * @example app.use(responseKit({ files: { root: '/srv/files' } }))
 */
export function responseKit(
  options?: ResponseKitOptions,
): <P>(req: Request<P>, res: Response, next: NextFunction) => void {
  const settings = createSettings(options)
  checkOverrides(settings.override, place)
  const install = createInstall(place, settings.override)
  // An agent that watches an app puts its own function into each layer. The layer keeps the name, by which this kit is found.
  const name = settings.routes === undefined ? 'responseKitMiddleware' : `responseKitMiddleware ${++countOfPlaces}`
  const isPlace = (layer: RouterLayer) => layer.handle === responseKitMiddleware || layer.name === name
  return Object.defineProperty(responseKitMiddleware, 'name', { value: name })

  function responseKitMiddleware<P>(given: Request<P>, res: KitResponse, next: NextFunction): void {
    const req = given as Request // the kit reads no parameters
    checkHost('responseKit()', req, res)
    checkHttpVersion(req)
    const outer = res[EXCHANGE]
    if (outer === undefined && applicationOf(req) === undefined) completeMessages(req, res)
    install(res, () => expressPrototypes(req, res))
    const base = settings.routes === undefined ? undefined : mountBase(req, isPlace)
    if (outer === undefined) begin(settings, base, req, res)
    else outer.enterInner(settings, base)
    noteStoredSession(req)
    if (settings.back.record) recordBeforeAnswer(res)
    const exchange = settings.flash.claims === undefined ? undefined : res[EXCHANGE]
    const claiming = exchange && claimFlash(exchange)
    if (claiming === undefined) next()
    else void claiming.then(() => next())
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
    /**
     * Sets several fields: a record, a `Headers` or a `Map`. `undefined` values are skipped.
     *
     * @throws TypeError `INVALID_FIELD` for a bad name or value, `INVALID_ARGUMENT` if `fields` is nothing of these.
     * @example
     * res.setHeaders({ 'Cache-Control': 'no-store', 'X-Request-Id': id })
     */
    setHeaders(fields: FieldsInit): this
    /**
     * Sends a file that the browser saves (RFC 6266), under its own name. Express's own arguments mean what they mean there.
     *
     * @param source A path, a `file:` URL, a FileHandle, bytes, a Blob, a fetch `Response`, a stream, an iterable, an object
     *   that reads any part, or a function that makes one when it is needed.
     * @returns A promise that settles when the response has ended (Express) or its body is set (Koa), and never rejects.
     * @throws `INVALID_ARGUMENT` for another source or filename, `INVALID_OPTION` for a bad option, `ALREADY_SENT` after
     *   another finishing call.
     * @example
     * res.download('/srv/invoices/u-7.pdf')
     */
    download(source: FileSource): Sent
    /**
     * Sends a file that the browser saves (RFC 6266), with a filename, options or a callback.
     *
     * @param source A path, a `file:` URL, a FileHandle, bytes, a Blob, a fetch `Response`, a stream, an iterable, an object
     *   that reads any part, or a function that makes one when it is needed.
     * @param given The name in the browser, options, or a callback that is called once, when the response has ended or with
     *   the failure, in place of Express.
     * @returns Nothing if there is a callback, else a promise that settles when the response has ended, and never rejects.
     * @throws `INVALID_ARGUMENT` for another source or filename, `INVALID_OPTION` for a bad option, `ALREADY_SENT` after
     *   another finishing call.
     * @example
     * res.download('u-7.pdf', { root: '/srv/invoices' })
     */
    download<Given>(
      source: FileSource,
      given: LastDownloadArgument<Given, string | FileOptions | null | undefined>,
    ): SentWithoutCallback<Given>
    /**
     * Sends a file that the browser saves (RFC 6266), with two of a filename, options and a callback.
     *
     * @param source A path, a `file:` URL, a FileHandle, bytes, a Blob, a fetch `Response`, a stream, an iterable, an object
     *   that reads any part, or a function that makes one when it is needed.
     * @param filenameOrOptions The name in the browser, or options.
     * @param given Options, or a callback that is called once, when the response has ended or with the failure, in place of
     *   Express.
     * @returns Nothing if there is a callback, else a promise that settles when the response has ended, and never rejects.
     * @throws `INVALID_ARGUMENT` for another source or filename, `INVALID_OPTION` for a bad option, `ALREADY_SENT` after
     *   another finishing call.
     * @example
     * res.download('u-7.pdf', 'invoice.pdf', { root: '/srv/invoices' })
     */
    download<Given>(
      source: FileSource,
      filenameOrOptions: string | FileOptions | null | undefined,
      given: LastDownloadArgument<Given, FileOptions | null | undefined>,
    ): SentWithoutCallback<Given>
    /**
     * Sends a file that the browser saves (RFC 6266), and tells the callback how it ended.
     *
     * @param source A path, a `file:` URL, a FileHandle, bytes, a Blob, a fetch `Response`, a stream, an iterable, an object
     *   that reads any part, or a function that makes one when it is needed.
     * @param filename The name in the browser. Default: the own name of the file.
     * @param options A number for `maxAge` is milliseconds, as in Express.
     * @param callback Is called once, when the response has ended or with the failure, in place of the framework.
     * @throws `INVALID_ARGUMENT` for another source or filename, `INVALID_OPTION` for a bad option, `ALREADY_SENT` after
     *   another finishing call.
     * @example
     * res.download('u-7.pdf', 'invoice.pdf', { root: '/srv/invoices' }, (error) => log(error ?? 'sent'))
     */
    download(
      source: FileSource,
      filename: string | null | undefined,
      options: FileOptions | null | undefined,
      callback: FileCallback | undefined,
    ): void
  }
}
