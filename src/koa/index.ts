import type { Middleware, Next, ParameterizedContext } from 'koa'
import { EXCHANGE, toError } from '../shared/exchange/exchange.js'
import { pendingSettled } from '../shared/exchange/pending-calls.js'
import type { Sent } from '../shared/exchange/sent.js'
import { type JsonMethod, jsonMethod } from '../shared/methods/bodies.js'
import type { DownloadMethod } from '../shared/methods/files.js'
import { checkOverrides, createInstall, type InstallPlace } from '../shared/methods/install-methods.js'
import { type AddedMethods, responseMethods } from '../shared/methods/response-methods.js'
import type { FieldMethods } from '../shared/methods/staging.js'
import type { BackCallOptions } from '../shared/redirects/back.js'
import { claimFlash } from '../shared/redirects/flash.js'
import { recordPage } from '../shared/redirects/record-page.js'
import { adoptRender, adoptVariables, watchRender, watchVariables } from '../shared/redirects/view-variables.js'
import { createSettings, type ResponseKitOptions, type Settings } from '../shared/settings/settings.js'
import { KoaExchange } from './exchange.js'
import { KoaFacts, needScopes } from './facts.js'
import { checkHost, koaPrototypes } from './host.js'
import { adoptMount, watchMounts } from './mount-watch.js'
import { watchBody } from './set-answer.js'

export type { ResponseMethods } from '../shared/methods/response-methods.js'
export type { ResponseKitOptions } from '../shared/settings/settings.js'
export { problemHandler } from './problem-handler.js'
export { type ContextMiddleware, type RespondHandler, respond } from './respond.js'
export { type VerifySignedUrlOptions, verifySignedUrl } from './verify-signed-url.js'
export { responseKit as default }

const place: InstallPlace = {
  framework: 'Koa',
  methods: { ...responseMethods, ...jsonMethod },
  onPrototype: (prototype) => {
    watchVariables(prototype, 'state')
    watchRender(prototype)
    watchMounts(prototype)
  },
}

/** How many of them there are. One may be inside of another. */
let kits = 0

type KitContext = ParameterizedContext & { [EXCHANGE]?: KoaExchange }

/**
 * Koa middleware: every context that passes it has the kit's methods.
 *
 * @param options Default: none. An inner `responseKit()` inherits the options that it is not given.
 * @throws TypeError `INVALID_OPTION` for an option that is unknown or wrong.
 * @example
 * app.use(responseKit({ files: { root: '/srv/files' } }))
 */
export function responseKit(options?: ResponseKitOptions): Middleware {
  if (++kits > 1) needScopes()
  const settings = createSettings(options)
  checkOverrides(settings.override, place)
  const install = createInstall(place, settings.override)
  return function responseKitMiddleware(ctx: KitContext, next: Next): Promise<void> {
    checkHost('responseKit()', ctx)
    install(ctx, koaPrototypes)
    watchBody(ctx)
    const outer = ctx[EXCHANGE]
    if (outer !== undefined) {
      return runInside(outer, settings, next)
    }
    const exchange = new KoaExchange(new KoaFacts(settings, ctx))
    ctx[EXCHANGE] = exchange
    adoptMount(ctx)
    exchange.facts.enter(settings)
    if (Object.hasOwn(ctx, 'state')) adoptVariables(ctx, exchange, 'state')
    if (Object.hasOwn(ctx, 'render')) adoptRender(ctx)
    const handled = exchange.facts.runInside(
      settings.flash.claims === undefined ? next : () => afterClaims(exchange, next),
    )
    return handled.then(
      () => {
        const settled = exchange.isSettled ? undefined : exchange.settle()
        if (!settings.back.record) return settled
        return settled === undefined ? recordPage(exchange.facts) : settled.then(() => recordPage(exchange.facts))
      },
      (error: unknown) => {
        if (exchange.keepsAnswer(error)) return exchange.settle()
        // What waits for the end learns that this answer was not sent. A client that has left has no answer at all.
        if (!exchange.facts.aborted) exchange.noteFailure(toError(error))
        exchange.withdraw()
        throw error
      },
    )
  }
}

async function afterClaims(exchange: KoaExchange, handler: () => Promise<unknown>): Promise<void> {
  await claimFlash(exchange)
  await handler()
}

/** The inner options hold for what runs inside, and no longer. */
async function runInside(exchange: KoaExchange, inner: Settings, next: Next): Promise<void> {
  const { facts } = exchange
  const entered = exchange.enter(inner)
  // A call that was made inside without `await` may call the kit again, and has set no answer yet.
  const handler = () => next().then(() => pendingSettled(entered))
  try {
    await facts.runInside(async () => {
      await afterClaims(exchange, handler)
      if (inner.back.record && exchange.failure === undefined) recordPage(facts)
    })
  } catch (error) {
    if (exchange.isRefusal(error)) await pendingSettled(entered)
    else if (entered.pending !== undefined) exchange.withdraw()
    throw error
  } finally {
    facts.leave(entered)
  }
}

declare module 'koa' {
  interface ExtendableContext extends AddedMethods, FieldMethods, DownloadMethod, JsonMethod {
    /**
     * Redirects to the page that the user came from: form field `__back`, Referer, previous URL of the session, else the
     * fallback. Only this app's own origin and the option `back.origins` count.
     *
     * @param fallback A URL, or `{ fallback, status }`. Default: the option `back.fallback`.
     * @returns A promise that settles when the response is set, and never rejects.
     * @throws `INVALID_ARGUMENT`, `INVALID_OPTION`.
     * @example
     * ctx.back('/list')
     */
    back(fallback?: string | BackCallOptions): Sent
  }
}
