import { Readable } from 'node:stream'
import type { ParameterizedContext } from 'koa'
import { abortedError, EXCHANGE, toError } from '../shared/exchange/exchange.js'
import { isBodiless } from '../shared/exchange/merge-head.js'
import {
  type DirectReadable,
  isBodySource,
  type OpenedBody,
  type ResponseDescription,
} from '../shared/exchange/response-description.js'
import { whenResponseCloses } from '../shared/exchange/when-response-closes.js'
import { createSettings } from '../shared/settings/settings.js'
import { KoaRequestView } from './request-view.js'
import { restoreResponse, type StateBefore, setAnswer } from './set-answer.js'
import { StreamWatch } from './stream-watch.js'

/** How an answer is set on a Koa context, and what becomes of its failure. */
export class KoaExchange extends KoaRequestView {
  #failure: Error | undefined
  #stream: StreamWatch | undefined
  #before: StateBefore | undefined

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
        if (isStream(opened)) this.#stream = new StreamWatch(this, this.ctx, opened) // before Koa does
        this.#set(status, description, opened)
      } catch (error) {
        if (isStream(opened)) opened.destroy()
        throw error
      }
    })
  }

  #set(status: number, description: ResponseDescription, body: OpenedBody | undefined): void {
    this.#before = setAnswer(this.ctx, status, description, body)
  }

  protected override whenEnded(callback: (error?: Error) => void): void {
    const { ctx, res } = this
    whenResponseCloses(this.req, res, () => {
      try {
        callback(res.writableFinished ? undefined : (this.#stream?.failure ?? abortedError()))
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
    if (before !== undefined && !this.res.headersSent) restoreResponse(this.ctx, before)
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

function isStream(opened: OpenedBody): opened is DirectReadable {
  return typeof opened !== 'string' && !ArrayBuffer.isView(opened)
}

const DEFAULTS = createSettings()

/** The exchange of a context, or one for this call alone where no `responseKit()` was passed. */
export function exchangeOf(ctx: ParameterizedContext & { [EXCHANGE]?: KoaExchange }): KoaExchange {
  return ctx[EXCHANGE] ?? new KoaExchange(DEFAULTS, ctx)
}
