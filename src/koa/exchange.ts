import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { ParameterizedContext } from 'koa'
import {
  abortedError,
  answeredMeanwhile,
  type EndCallback,
  EXCHANGE,
  Exchange,
  toError,
} from '../shared/exchange/exchange.js'
import type { CompanionSigning, View, ViewPaths } from '../shared/exchange/host-types.js'
import { isBodiless } from '../shared/exchange/merge-head.js'
import {
  type DirectReadable,
  isBodySource,
  type OpenedBody,
  type ResponseDescription,
  withOpened,
} from '../shared/exchange/response-description.js'
import { closeConnectionOnShutdown } from '../shared/exchange/shutdown.js'
import { isComplete, whenResponseCloses } from '../shared/exchange/when-response-closes.js'
import { entityTagOf } from '../shared/fields/entity-tag.js'
import { readOrigin } from '../shared/fields/origin.js'
import { installViewHelpers, showViewHelpers } from '../shared/redirects/view-variables.js'
import { isLayeredRouter, pathsInRouter } from '../shared/routes/router-source.js'
import { exchangeOf as sharedExchangeOf } from '../shared/settings/exchange-of.js'
import { inheritSettings, type Settings, type TemplateRenderer } from '../shared/settings/settings.js'
import { isIn, type MountPlace, mountBase } from './mount-base.js'
import { restoreResponse, type StateBefore, setAnswer } from './set-answer.js'
import { StreamWatch } from './stream-watch.js'

/** A `responseKit()` that the request has entered, and what holds inside of it. */
interface KitPlace extends MountPlace {
  readonly outer: KitPlace | undefined
  readonly settings: Settings
  readonly routeBase: string
}

/** A Koa request: its facts, how a response is set on its context, and what becomes of a failure. */
export class KoaExchange extends Exchange {
  readonly ctx: ParameterizedContext
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** The options of a context that is in no `responseKit()`. */
  readonly #ownSettings: Settings
  /** The last `responseKit()` that the request entered and that has not ended. */
  #entered: KitPlace | undefined
  /** The view variables that have the helpers, and the settings that named these. */
  #viewed: object | undefined
  #viewedBy: Settings | undefined
  #failure: Error | undefined
  #stream: StreamWatch | undefined
  #before: StateBefore | undefined

  constructor(settings: Settings, ctx: ParameterizedContext) {
    super()
    this.#ownSettings = settings
    this.ctx = ctx
    this.req = ctx.req
    this.res = ctx.res
    this.watchShutdown(settings)
  }

  /** The place of the request: the innermost `responseKit()` whose inner part it has not left by `next()`. */
  get place(): KitPlace | undefined {
    let place = this.#entered
    while (place !== undefined && !isIn(place, this.ctx)) place = place.outer
    return place ?? this.#entered // a path of no place: code inside has rewritten it
  }

  get settings(): Settings {
    return this.place?.settings ?? this.#ownSettings
  }

  get routeBase(): string {
    return this.place?.routeBase ?? ''
  }

  /** The options hold from here on. Returns a function that ends them. */
  enter(given: Settings): () => void {
    const before = this.#entered
    const outer = this.place
    const base = mountBase(this.ctx, outer)
    this.#entered = {
      url: this.ctx.req.url ?? '/',
      base,
      outer,
      settings: outer === undefined ? given : inheritSettings(outer.settings, given),
      routeBase: given.routes === undefined ? (outer?.routeBase ?? '') : base,
    }
    return () => {
      this.#entered = before
    }
  }

  /** After the signal every response ends its connection. */
  watchShutdown({ shutdown }: Settings): void {
    if (shutdown !== undefined) closeConnectionOnShutdown(this.req, this.res, shutdown)
  }

  get url(): string {
    return this.ctx.originalUrl
  }

  get origin(): string {
    // Not ctx.host, which makes a host of what is none: it drops the userinfo of `evil@app.example`.
    const { ctx } = this
    const forwarded = ctx.app.proxy ? ctx.get('X-Forwarded-Host').split(',', 1)[0]?.trim() : ''
    return readOrigin(ctx.protocol, forwarded || ctx.get(':authority') || ctx.get('Host'))
  }

  get secure(): boolean {
    return this.ctx.secure
  }

  get cookieSigning(): CompanionSigning {
    return { format: 'companion', keys: this.ctx.app.keys ?? [] }
  }

  /** Koa starts at 404 and remembers whether code has set a status. */
  get stagedStatus(): number | undefined {
    const { _explicitStatus } = this.ctx.response as { _explicitStatus?: boolean }
    return _explicitStatus === true ? this.res.statusCode : undefined
  }

  get locals(): Record<string, unknown> {
    return this.ctx.state
  }

  installViewVariables(variables: Record<string, unknown>): void {
    if (this.#viewed === variables && this.#viewedBy === this.settings) return
    this.#viewed = variables
    this.#viewedBy = this.settings
    installViewHelpers(this, variables)
  }

  showViewVariables(): void {
    showViewHelpers(this, this.locals)
  }

  override render(name: string, variables: Readonly<Record<string, unknown>>): ReturnType<TemplateRenderer> {
    this.showViewVariables()
    return super.render(name, variables)
  }

  get form(): unknown {
    return (this.ctx.request as { body?: unknown }).body
  }

  get session(): unknown {
    return this.ctx.session
  }

  override get hasAnswer(): boolean {
    return this.isAnswered || (this.ctx.body !== undefined && this.ctx.body !== null)
  }

  /** The length that Koa set for an earlier body says nothing of the next one. */
  override stagedField(name: string): string | undefined {
    return name === 'content-length' && this.ctx.body != null ? undefined : super.stagedField(name)
  }

  stageStatus(status: number): void {
    this.ctx.status = status
  }

  entityTag(body: string | Uint8Array): string | undefined {
    const kind = this.settings.etag ?? 'weak'
    return kind === false ? undefined : entityTagOf(body, kind)
  }

  /** The paths at which the @koa/router that the request is in serves a handler. */
  override viewPaths(view: View): ViewPaths {
    const router: unknown = this.ctx.router
    const paths = isLayeredRouter(router) ? pathsInRouter(router, view) : []
    return { base: mountBase(this.ctx, this.place), paths }
  }

  respond(description: ResponseDescription): void | Promise<void> {
    const { body } = description
    const status = description.status ?? this.stagedStatus ?? 200
    if (!isBodySource(body)) return this.#set(status, description, body)
    if (this.method === 'HEAD' || isBodiless(status)) {
      body.cancel()
      // An empty stream: for an empty string Koa would announce a length of 0 to HEAD.
      return this.#set(status, description, this.method === 'HEAD' ? Readable.from([]) : undefined)
    }
    return Promise.resolve(body.open()).then((opened) => {
      try {
        if (this.aborted) throw abortedError()
        if (this.res.headersSent) throw answeredMeanwhile()
        if (isStream(opened)) this.#stream = new StreamWatch(this, this.ctx, opened) // before Koa does
        this.#set(status, withOpened(description, opened), opened)
      } catch (error) {
        if (isStream(opened)) opened.destroy()
        throw error
      }
    })
  }

  #set(status: number, description: ResponseDescription, body: OpenedBody | undefined): void {
    this.#before = setAnswer(this.ctx, status, description, body)
  }

  protected override whenEnded(callback: EndCallback): void {
    const { ctx, res } = this
    whenResponseCloses(this.req, res, () => {
      try {
        this.tell(callback, isComplete(res) ? undefined : (this.#stream?.failure ?? abortedError()))
      } catch (error) {
        ctx.app.emit('error', toError(error), ctx)
      }
    })
  }

  /** Takes back the response that was set, for an error page: its source is closed, status and fields are as before. */
  withdraw(): void {
    this.finishing = false
    const before = this.#before
    this.#before = undefined
    if (before !== undefined && !this.res.headersSent) restoreResponse(this.ctx, before)
  }

  /** Whether an error only says that a second answer came too late. The first one stays; hook and app hear of the error. */
  keepsAnswer(error: unknown): boolean {
    const { refusal, ctx } = this
    if (refusal === undefined || error !== refusal || !this.isAnswered) return false
    this.report(refusal, false)
    ctx.app.emit('error', refusal, ctx)
    return true
  }

  /** The middleware throws the failure when the handlers have ended. After the head was sent, Koa's `error` event is all that is left. */
  raise(error: Error): void {
    if (this.res.headersSent) this.ctx.app.emit('error', error, this.ctx)
    else this.#failure ??= error
  }

  /** Waits for calls that were made without `await`, and throws what failed, once. */
  async settle(): Promise<void> {
    await this.pending
    const failure = this.#failure
    this.#failure = undefined
    if (failure === undefined) return
    this.withdraw() // the error page also replaces what was set since
    throw failure
  }

  get isSettled(): boolean {
    return this.pending === undefined && this.#failure === undefined
  }
}

function isStream(opened: OpenedBody): opened is DirectReadable {
  return typeof opened !== 'string' && !ArrayBuffer.isView(opened)
}

/** The exchange of a context, or one for this call alone if the context did not pass `responseKit()`. */
export function exchangeOf(ctx: ParameterizedContext & { [EXCHANGE]?: KoaExchange }): KoaExchange {
  return sharedExchangeOf(ctx, (settings) => new KoaExchange(settings, ctx))
}
