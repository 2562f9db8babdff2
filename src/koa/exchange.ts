import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ParameterizedContext } from 'koa'
import type { CompanionSigning } from '../shared/cookies/signed.js'
import { EXCHANGE, Exchange } from '../shared/exchange.js'
import { entityTagOf } from '../shared/fields/entity-tag.js'
import { isBodiless, mergeHead, removeContentFields } from '../shared/merge-head.js'
import { createSettings, type Settings } from '../shared/options.js'
import { readOrigin } from '../shared/origin.js'
import { isBodySource, type OpenedBody, type ResponseDescription } from '../shared/response-description.js'

export class KoaExchange extends Exchange {
  readonly ctx: ParameterizedContext
  #failure: Error | undefined

  constructor(settings: Settings, ctx: ParameterizedContext) {
    super(settings)
    this.ctx = ctx
  }

  get req(): IncomingMessage {
    return this.ctx.req
  }

  get res(): ServerResponse {
    return this.ctx.res
  }

  get url(): string {
    return this.ctx.originalUrl
  }

  get origin(): string {
    return readOrigin(this.ctx.protocol, this.ctx.host)
  }

  get secure(): boolean {
    return this.ctx.secure
  }

  get cookieSigning(): CompanionSigning {
    return { format: 'companion', keys: this.ctx.app.keys ?? [] }
  }

  /** Koa starts at 404 and remembers whether somebody said so. */
  get stagedStatus(): number | undefined {
    const { _explicitStatus } = this.ctx.response as { _explicitStatus?: boolean }
    return _explicitStatus === true ? this.ctx.status : undefined
  }

  get locals(): Record<string, unknown> {
    return this.ctx.state
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

  stageStatus(status: number): void {
    this.ctx.status = status
  }

  entityTag(body: string | Uint8Array): string | undefined {
    const kind = this.settings.etag ?? 'weak'
    return kind === false ? undefined : entityTagOf(body, kind)
  }

  respond(description: ResponseDescription): void | Promise<void> {
    const { body } = description
    const status = description.status ?? this.stagedStatus ?? 200
    if (!isBodySource(body)) return this.#set(status, description, body)
    if (this.method === 'HEAD' || isBodiless(status)) {
      body.cancel()
      return this.#set(status, description, undefined)
    }
    return Promise.resolve(body.open()).then((opened) => this.#set(status, description, opened))
  }

  /** Status, then body, then fields: Koa's body setter infers and removes fields. */
  #set(status: number, description: ResponseDescription, body: OpenedBody | undefined): void {
    const { ctx } = this
    const stagedType = this.stagedField('content-type')
    ctx.status = status
    if (isBodiless(status)) {
      ctx.body = null
      ctx.status = status
      mergeHead(ctx.res, description)
      removeContentFields(ctx.res, status)
      return
    }
    mergeHead(ctx.res, description)
    const hasType = ctx.res.hasHeader('content-type')
    ctx.body =
      body instanceof Uint8Array && !Buffer.isBuffer(body)
        ? Buffer.from(body.buffer, body.byteOffset, body.byteLength)
        : (body ?? '')
    if (!hasType && stagedType === undefined) ctx.remove('Content-Type')
    if (body === undefined) mergeHead(ctx.res, description)
  }

  /** Thrown by the middleware once the handlers are through. */
  raise(error: Error): void {
    this.#failure ??= error
  }

  /** What was started without `await` is waited for; what failed is thrown, once. */
  async settle(): Promise<void> {
    await this.pending
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure
  }

  get isSettled(): boolean {
    return this.pending === undefined && this.#failure === undefined
  }
}

const DEFAULTS = createSettings()

/** The exchange of a context, or one for this call alone where no `responseKit()` was passed. */
export function exchangeOf(ctx: ParameterizedContext & { [EXCHANGE]?: KoaExchange }): KoaExchange {
  return ctx[EXCHANGE] ?? new KoaExchange(DEFAULTS, ctx)
}
