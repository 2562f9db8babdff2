import type { Middleware, Next, ParameterizedContext } from 'koa'
import { EXCHANGE } from '../shared/exchange/exchange.js'
import { type JsonMethod, jsonMethod } from '../shared/methods/bodies.js'
import type { DownloadMethod } from '../shared/methods/files.js'
import { checkOverrides, installMethods } from '../shared/methods/install-methods.js'
import { type AddedMethods, methodNames, responseMethods } from '../shared/methods/response-methods.js'
import type { FieldMethods } from '../shared/methods/staging.js'
import type { BackCallOptions } from '../shared/redirects/back.js'
import { adoptVariables, watchVariables } from '../shared/redirects/view-property.js'
import { createSettings, inheritSettings, type ResponseKitOptions, type Settings } from '../shared/settings/settings.js'
import { KoaExchange } from './exchange.js'
import { mountBase } from './mount-base.js'

export type { ResponseMethods } from '../shared/methods/response-methods.js'
export type { ResponseKitOptions } from '../shared/settings/settings.js'
export { problemHandler } from './problem-handler.js'
export { type RespondHandler, respond } from './respond.js'
export { verifySignedUrl } from './verify-signed-url.js'

const methods = { ...responseMethods, ...jsonMethod }

type KitContext = ParameterizedContext & { [EXCHANGE]?: KoaExchange }

/** Koa middleware: every context that passes it has the kit's methods. */
export function responseKit(options?: ResponseKitOptions): Middleware {
  const settings = createSettings(options)
  checkOverrides(settings.override, methodNames)
  const install = createInstall(settings.override)
  return function responseKitMiddleware(ctx: KitContext, next: Next): Promise<void> {
    install(ctx)
    const outer = ctx[EXCHANGE]
    if (outer !== undefined) {
      return runInside(outer, settings, next)
    }
    const exchange = new KoaExchange(settings, ctx)
    ctx[EXCHANGE] = exchange
    enterPlace(exchange, settings)
    if (Object.hasOwn(ctx, 'state')) adoptVariables(ctx, exchange, 'state')
    return next().then(
      () => (exchange.isSettled ? undefined : exchange.settle()),
      (error: unknown) => {
        exchange.withdraw()
        throw error
      },
    )
  }
}

/** The inner options hold for what runs inside, and no longer. */
async function runInside(exchange: KoaExchange, inner: Settings, next: Next): Promise<void> {
  const { settings, routeBase, place } = exchange
  exchange.settings = inheritSettings(settings, inner)
  enterPlace(exchange, inner)
  try {
    await next()
  } finally {
    exchange.settings = settings
    exchange.routeBase = routeBase
    exchange.place = place
  }
}

/** Remembers where the kit stands; its own routes begin there. */
function enterPlace(exchange: KoaExchange, settings: Settings): void {
  const { ctx } = exchange
  const base = mountBase(ctx, exchange.place)
  exchange.place = { url: ctx.req.url ?? '/', base }
  if (settings.routes !== undefined) exchange.routeBase = base
}

/** Puts the methods on the prototype of an app's contexts, when the first one passes. */
function createInstall(overrides: ReadonlySet<string>): (ctx: ParameterizedContext) => void {
  const ready = new WeakSet<object>()
  let latest: object | undefined // nearly always the only one
  return function install(ctx) {
    const prototype: object = Object.getPrototypeOf(ctx)
    if (prototype !== latest) {
      latest = prototype
      if (!ready.has(prototype)) {
        ready.add(prototype)
        installMethods(prototype, methods, overrides)
        watchVariables(prototype, 'state')
      }
    }
    if (overrides.size === 0) return
    for (const name of overrides) {
      if (Object.hasOwn(ctx, name) && name in methods) {
        Object.assign(ctx, { [name]: methods[name as keyof typeof methods] }) // the name is one of theirs
      }
    }
  }
}

declare module 'koa' {
  interface ExtendableContext extends AddedMethods, FieldMethods, DownloadMethod, JsonMethod {
    back(fallback?: string | BackCallOptions): Promise<void>
  }
}
