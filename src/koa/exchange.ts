import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { ParameterizedContext } from 'koa'
import type { CompanionSigning } from '../shared/cookies/signed.js'
import { abortedError, EXCHANGE, Exchange, toError } from '../shared/exchange.js'
import { entityTagOf } from '../shared/fields/entity-tag.js'
import { isBodiless, type MergedHead, mergeHead, removeContentFields, takeBackHead } from '../shared/merge-head.js'
import { createSettings, type Settings } from '../shared/options.js'
import { readOrigin } from '../shared/origin.js'
import {
  type DirectReadable,
  isBodySource,
  type OpenedBody,
  type ResponseDescription,
} from '../shared/response-description.js'
import { isLayeredRouter, pathsInRouter } from '../shared/routes/router-source.js'
import type { View, ViewPaths } from '../shared/routes/views.js'
import { whenResponseCloses } from '../shared/streams/disconnect.js'
import { frameResetContent } from './frame-reset-content.js'
import { mountBase } from './mount-base.js'

/** What Koa's response keeps to itself: whether status and an empty body were said or inferred. */
interface ResponseState {
  body: unknown
  _explicitStatus?: boolean | undefined
  _explicitNullBody?: boolean | undefined
}

interface StateBefore {
  readonly status: number
  readonly message: string
  readonly isExplicit: boolean | undefined
  readonly type: number | string | string[] | undefined
  readonly compress: unknown
  head: MergedHead | undefined
}

export class KoaExchange extends Exchange {
  readonly ctx: ParameterizedContext
  #failure: Error | undefined
  #streamFailure: Error | undefined
  #before: StateBefore | undefined

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

  /** Koa starts at 404 and remembers whether somebody said so. */
  get stagedStatus(): number | undefined {
    const { _explicitStatus } = this.ctx.response as { _explicitStatus?: boolean }
    return _explicitStatus === true ? this.res.statusCode : undefined
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

  /** A length Koa found for an earlier body says nothing of the next one. */
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

  /** Where the @koa/router the request is in serves a handler. */
  override viewPaths(view: View): ViewPaths {
    const router: unknown = this.ctx.router
    const paths = isLayeredRouter(router) ? pathsInRouter(router, view) : []
    return { base: mountBase(this.ctx), paths }
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
        if (isStream(opened)) this.#watchStream(opened) // before Koa does
        this.#set(status, description, opened)
      } catch (error) {
        if (isStream(opened)) opened.destroy()
        throw error
      }
    })
  }

  /** Koa leaves the connection open behind a stream that fails, and takes a client that left for a failure. */
  #watchStream(stream: DirectReadable): void {
    const { ctx, res } = this
    const tell = ctx.onerror
    ctx.onerror = (error) => {
      if (!res.headersSent || !(error === this.#streamFailure || isDisconnection(error))) tell.call(ctx, error)
    }
    stream.once('error', (error) => {
      if (this.aborted && isDisconnection(error)) return
      this.#streamFailure = error
      if (res.headersSent) this.fail(error)
      else this.report(error, false) // Koa makes an error page of it
    })
    whenResponseCloses(this.req, res, () => {
      stream.destroy() // Koa does not see it where the response still waits for its turn
      if (!res.writableFinished && this.#streamFailure === undefined)
        this.report(stream.stopReason ?? abortedError(), true)
    })
  }

  protected override whenEnded(callback: (error?: Error) => void): void {
    const { ctx, res } = this
    whenResponseCloses(this.req, res, () => {
      try {
        callback(res.writableFinished ? undefined : (this.#streamFailure ?? abortedError()))
      } catch (error) {
        ctx.app.emit('error', toError(error), ctx)
      }
    })
  }

  /** An error takes the place of what was set: its source is closed, status and fields are what they were before. */
  withdraw(): void {
    this.finishing = false
    const before = this.#before
    this.#before = undefined
    if (before === undefined || this.res.headersSent) return
    const { ctx, res } = this
    const response: ResponseState = ctx.response
    response.body = null
    response._explicitStatus = before.isExplicit
    response._explicitNullBody = undefined
    res.statusCode = before.status
    res.statusMessage = before.message
    Object.assign(ctx, { compress: before.compress })
    if (before.head !== undefined) takeBackHead(res, before.head)
    if (before.type === undefined) res.removeHeader('Content-Type')
    else res.setHeader('Content-Type', before.type)
  }

  #set(status: number, description: ResponseDescription, body: OpenedBody | undefined): void {
    const { ctx, res } = this
    const { _explicitStatus: isExplicit }: ResponseState = ctx.response
    const before: StateBefore = {
      status: res.statusCode,
      message: res.statusMessage,
      isExplicit,
      type: res.getHeader('Content-Type'),
      compress: ctx.compress,
      head: undefined,
    }
    this.#before = before
    try {
      before.head = this.#write(status, description, body)
    } catch (error) {
      this.withdraw()
      throw error
    }
  }

  /**
   * Status, then body, then fields: Koa's body setter infers and removes fields. Said to the response, not to the context
   * that passes it on, as this is the way of every answer.
   */
  #write(status: number, description: ResponseDescription, body: OpenedBody | undefined): MergedHead {
    const { ctx, res } = this
    const { response } = ctx
    if (status === 206) ctx.compress = false // what is coded anew no longer is that part
    if (description.status !== undefined) response.status = status // else it is staged, or the body setter's 200
    if (isBodiless(status)) {
      response.body = status < 200 ? '' : null // Koa 3 announces a length for the null it does not know to be empty
      response.status = status
      const head = mergeHead(res, description)
      removeContentFields(res, status)
      if (status === 205) frameResetContent(res)
      return head
    }
    const head = mergeHead(res, description)
    const hasType = res.hasHeader('content-type')
    response.body =
      body instanceof Uint8Array && !Buffer.isBuffer(body)
        ? Buffer.from(body.buffer, body.byteOffset, body.byteLength)
        : (body ?? '')
    if (!hasType) res.removeHeader('Content-Type')
    if (body === undefined && description.removed === undefined) mergeHead(res, description) // over what '' set
    return head
  }

  /** Thrown by the middleware once the handlers are through; behind the head there is only Koa's log left. */
  raise(error: Error): void {
    if (this.res.headersSent) this.ctx.app.emit('error', error, this.ctx)
    else this.#failure ??= error
  }

  /** What was started without `await` is waited for; what failed is thrown, once. */
  async settle(): Promise<void> {
    await this.pending
    const failure = this.#failure
    this.#failure = undefined
    if (failure === undefined) return
    this.withdraw() // whatever was set since, the error page takes its place
    throw failure
  }

  get isSettled(): boolean {
    return this.pending === undefined && this.#failure === undefined
  }
}

/** What a stream and its socket say when the other side is gone. */
const DISCONNECTIONS: ReadonlySet<unknown> = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE'])

function isDisconnection(error: Error): boolean {
  return error !== null && 'code' in error && DISCONNECTIONS.has(error.code)
}

function isStream(opened: OpenedBody): opened is DirectReadable {
  return typeof opened !== 'string' && !ArrayBuffer.isView(opened)
}

const DEFAULTS = createSettings()

/** The exchange of a context, or one for this call alone where no `responseKit()` was passed. */
export function exchangeOf(ctx: ParameterizedContext & { [EXCHANGE]?: KoaExchange }): KoaExchange {
  return ctx[EXCHANGE] ?? new KoaExchange(DEFAULTS, ctx)
}
