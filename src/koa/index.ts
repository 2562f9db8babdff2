import type { Middleware, Next, ParameterizedContext } from 'koa'
import { EXCHANGE } from '../shared/exchange.js'
import { checkOverrides, installMethods } from '../shared/install-methods.js'
import { type JsonMethod, jsonMethod } from '../shared/methods/bodies.js'
import type { DownloadMethod } from '../shared/methods/files.js'
import type { FieldMethods } from '../shared/methods/staging.js'
import { createSettings, inheritSettings, type ResponseKitOptions, type Settings } from '../shared/options.js'
import { type AddedMethods, methodNames, responseMethods } from '../shared/response-methods.js'
import type { BackCallOptions } from '../shared/responses/back.js'
import { addViewVariables, hideViewVariables } from '../shared/view-variables.js'
import { KoaExchange } from './exchange.js'
import { mountBase } from './mount-base.js'

export type { ResponseKitOptions } from '../shared/options.js'
export type { ResponseMethods } from '../shared/response-methods.js'
export { problemHandler } from './problem-handler.js'
export { type RespondHandler, respond } from './respond.js'
export { verifySignedUrl } from './verify-signed-url.js'

const methods = { ...responseMethods, ...jsonMethod }

type KitContext = ParameterizedContext & { [EXCHANGE]?: KoaExchange }

/** Koa middleware: every context that passes it has the kit's methods. */
export function responseKit(options?: ResponseKitOptions): Middleware {
  const settings = createSettings(options)
  checkOverrides(settings.override, methodNames)
  const ready = new WeakSet<object>()
  return function responseKitMiddleware(ctx: KitContext, next: Next): Promise<void> {
    const outer = ctx[EXCHANGE]
    install(ctx, settings.override, ready)
    if (outer !== undefined) {
      return runInside(outer, settings, settings.routes === undefined ? outer.routeBase : mountBase(ctx), next)
    }
    const exchange = new KoaExchange(settings, ctx)
    ctx[EXCHANGE] = exchange
    if (settings.routes !== undefined) exchange.routeBase = mountBase(ctx)
    if (rendersViews(ctx, settings)) addViewVariables(exchange, NO_SHARED)
    else hideViewVariables(exchange)
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
async function runInside(exchange: KoaExchange, inner: Settings, routeBase: string, next: Next): Promise<void> {
  const { settings, routeBase: outerBase } = exchange
  exchange.settings = inheritSettings(settings, inner)
  exchange.routeBase = routeBase
  if (rendersViews(exchange.ctx, exchange.settings)) addViewVariables(exchange, NO_SHARED)
  try {
    await next()
  } finally {
    exchange.settings = settings
    exchange.routeBase = outerBase
  }
}

/**
 * Koa itself renders nothing: a view engine brings `ctx.render`, an app that uses the kit's views says so by option.
 */
function rendersViews(ctx: ParameterizedContext, { templates, routes }: Settings): boolean {
  return templates !== undefined || routes !== undefined || typeof ctx.render === 'function'
}

/** Koa has no view variables beside `ctx.state`. */
const NO_SHARED = Object.freeze({})

function install(ctx: ParameterizedContext, overrides: ReadonlySet<string>, ready: WeakSet<object>): void {
  const prototype: object = Object.getPrototypeOf(ctx)
  if (!ready.has(prototype)) {
    ready.add(prototype)
    installMethods(prototype, methods, overrides)
  }
  for (const name of overrides) {
    if (Object.hasOwn(ctx, name) && name in methods) {
      Object.assign(ctx, { [name]: methods[name as keyof typeof methods] }) // the name is one of theirs
    }
  }
}

declare module 'koa' {
  interface ExtendableContext extends AddedMethods, FieldMethods, DownloadMethod, JsonMethod {
    back(fallback?: string | BackCallOptions): Promise<void>
  }
}
