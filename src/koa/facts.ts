import { AsyncLocalStorage } from 'node:async_hooks'
import type { ParameterizedContext } from 'koa'
import { adoptPromise, isThenable } from '../shared/checks/promise.js'
import type { CompanionSigning, View, ViewPaths } from '../shared/exchange/host-types.js'
import { addPending, type PendingCalls } from '../shared/exchange/pending-calls.js'
import { RequestFacts } from '../shared/exchange/request-facts.js'
import { readOrigin } from '../shared/fields/origin.js'
import { responseMethods } from '../shared/methods/response-methods.js'
import { isLayeredRouter, pathsInRouter } from '../shared/routes/router-source.js'
import { inheritSettings, type Settings } from '../shared/settings/settings.js'
import { type MountPlace, mountBase } from './mount-base.js'
import { currentMount, isInMount, type Mount } from './mount-watch.js'
import { unstageStatus } from './set-answer.js'

/** A `responseKit()` that the request has entered, and what holds inside of it. */
export interface KitPlace extends MountPlace, PendingCalls {
  readonly outer: KitPlace | undefined
  /** The one that the request had entered last. Not the outer one, if the request has left that by `next()`. */
  readonly before: KitPlace | undefined
  readonly mount: Mount | undefined
  /** The request has left it for good, and has never left its mount by `next()`: all code of this place is of the inside. */
  isInsideOnly: boolean
  readonly settings: Settings
  readonly routeBase: string
}

/** What code that runs now belongs to. */
interface Scope {
  readonly facts: KoaFacts
  readonly place: KitPlace | undefined
  /** It is a call of the kit, which has the options of that place to its end. */
  readonly isCall: boolean
}

let scopes: AsyncLocalStorage<Scope> | undefined

/** Makes the scopes, for a process with an inner `responseKit()`. Without one a request has only one place: they cost time. */
export function needScopes(): void {
  scopes ??= new AsyncLocalStorage()
}

/** The scopes of the code that runs; `undefined` if they are not needed. */
export function openScopes(): AsyncLocalStorage<Scope> | undefined {
  return scopes
}

/** A request as Koa sees it. */
export class KoaFacts extends RequestFacts {
  readonly ctx: ParameterizedContext
  /** The options of a context that is in no `responseKit()`. */
  readonly #ownSettings: Settings
  /** The last `responseKit()` that the request entered and that has not ended. */
  #entered: KitPlace | undefined

  constructor(settings: Settings, ctx: ParameterizedContext) {
    super(ctx.req, ctx.res)
    this.#ownSettings = settings
    this.ctx = ctx
  }

  get #scope(): Scope | undefined {
    const scope = scopes?.getStore()
    return scope?.facts === this ? scope : undefined
  }

  /** A call without `await` goes on after the request has left its place, or has entered another one. */
  get #place(): KitPlace | undefined {
    const scope = this.#scope
    return scope?.isCall === true ? scope.place : this.#placeOfCode
  }

  /** The innermost `responseKit()` around the code that runs now, whose inner part the request has not left by `next()`. */
  get #placeOfCode(): KitPlace | undefined {
    const scope = this.#scope
    let place = scope === undefined ? this.#entered : scope.place
    // After the mount has ended, the path no longer tells. A body goes on then.
    while (place?.outer !== undefined && !place.isInsideOnly && !isInMount(this.ctx, place.mount)) place = place.outer
    return place
  }

  /** The scope of a call of the kit that is made now. */
  get scopeOfCall(): Scope {
    return { facts: this, place: this.#placeOfCode, isCall: true }
  }

  /** Remembers a call that waits, for the inner `responseKit()` that it was made in. Without a scope its place is not known. */
  notePending(call: Promise<void>): void {
    const place = this.#scope === undefined ? undefined : this.#place
    if (place !== undefined) addPending(place, call)
  }

  /** No code waits any more for the calls that were made. */
  forgetPending(): void {
    for (let place = this.#entered; place !== undefined; place = place.before) place.pending = undefined
  }

  /** Runs what is inside of the `responseKit()` that the request has entered last. */
  runInside<Result>(next: () => Result): Result {
    if (this.#entered?.outer !== undefined) needScopes() // one kit can be used in two places
    return scopes === undefined ? next() : scopes.run({ facts: this, place: this.#entered, isCall: false }, next)
  }

  get settings(): Settings {
    return this.#place?.settings ?? this.#ownSettings
  }

  get routeBase(): string {
    return this.#place?.routeBase ?? ''
  }

  /** The options hold from here on. Returns the place. */
  enter(given: Settings): KitPlace {
    const outer = this.#placeOfCode
    const base = mountBase(this.ctx, outer)
    const place: KitPlace = {
      url: this.ctx.req.url ?? '/',
      base,
      outer,
      mount: currentMount(this.ctx),
      isInsideOnly: false,
      settings: outer === undefined ? given : inheritSettings(outer.settings, given),
      routeBase: given.routes === undefined ? (outer?.routeBase ?? '') : base,
      before: this.#entered,
      pending: undefined,
    }
    this.#entered = place
    return place
  }

  /** The request is in the place again that it was in before. */
  leave(place: KitPlace): void {
    place.isInsideOnly = place.mount?.wasLeft !== true
    this.#entered = place.before
  }

  get url(): string {
    return this.ctx.originalUrl
  }

  get trustsProxy(): boolean {
    return Boolean(this.ctx.app.proxy)
  }

  get origin(): string {
    // Not ctx.host, which accepts what is no host: it drops the userinfo of `evil@app.example`.
    const { ctx } = this
    const forwarded = this.trustsProxy ? ctx.get('X-Forwarded-Host').split(',', 1)[0]?.trim() : ''
    return readOrigin(ctx.protocol, forwarded || ctx.get(':authority') || ctx.get('Host'))
  }

  get secure(): boolean {
    return this.ctx.secure
  }

  get cookieSigning(): CompanionSigning {
    return { format: 'companion', keys: this.ctx.app.keys ?? [] }
  }

  /** Koa starts at 404 and remembers whether code has set a status. */
  override get stagedStatus(): number | undefined {
    const { _explicitStatus } = this.ctx.response as { _explicitStatus?: boolean }
    return _explicitStatus === true ? this.res.statusCode : undefined
  }

  override stageStatus(status: number | undefined): void {
    if (status === undefined) unstageStatus(this.ctx)
    else this.ctx.status = status
  }

  get locals(): Record<string, unknown> {
    return this.ctx.state
  }

  get form(): unknown {
    return (this.ctx.request as { body?: unknown }).body
  }

  /** A promise, as koa-generic-session makes of it with `defer`, is no session: it has nothing yet, and may fail. */
  get session(): unknown {
    const { session } = this.ctx
    if (!isThenable(session)) return session
    adoptPromise(session)
    return undefined
  }

  /** Such as the one that koa-connect-flash puts there. */
  override get otherFlash(): ((...given: unknown[]) => unknown) | undefined {
    const { ctx } = this
    const flash: unknown = Object.hasOwn(ctx, 'flash') ? ctx.flash : undefined
    // The option `override` puts the kit's own there.
    return typeof flash === 'function' && flash !== responseMethods.flash ? flash.bind(ctx) : undefined
  }

  /** If there is a body already, Koa has set the length for that body. */
  override get stagedLength(): string | undefined {
    return this.ctx.body == null ? super.stagedLength : undefined
  }

  /** The paths at which the @koa/router that the request is in serves a handler. */
  override viewPaths(view: View): ViewPaths {
    const router: unknown = this.ctx.router
    const paths = isLayeredRouter(router) ? pathsInRouter(router, view) : []
    return { base: mountBase(this.ctx, this.#place), paths }
  }
}
