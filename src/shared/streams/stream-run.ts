import { AsyncResource } from 'node:async_hooks'
import type { ServerResponse } from 'node:http'
import { ResponseKitError } from '../checks/errors.js'
import { cutOff } from '../exchange/cut-off.js'
import { abortedError, answeredMeanwhile, debug, type Exchange } from '../exchange/exchange.js'
import { watchClient } from '../exchange/idle-limit.js'
import { forgetTarget, type ShutdownTarget, untilShutdown } from '../exchange/shutdown.js'
import { isComplete, noteEnd, whenResponseCloses } from '../exchange/when-response-closes.js'
import type { FrameTaker } from '../wire/response-writer.js'
import type { BatchReader } from './batch.js'
import { RequestContext } from './source-context.js'

export type MakeReader = (context: RequestContext) => BatchReader | Promise<BatchReader>

/** How long a stream that was told to end may take to send its last bytes. */
const LAST_WORD_MS = 500

/** One stream from its opening to its end: what can stop it, and what is told then. */
export class StreamRun implements ShutdownTarget {
  readonly exchange: Exchange
  readonly context: RequestContext
  /** The async context of the request, for code of the source: what stops it may be a shutdown, or another request. */
  readonly #asyncContext = new AsyncResource('ResponseKitRun')
  readonly #stopListeners = new Set<() => void>()
  #reader: BatchReader | undefined
  #isComplete = false
  /** The response has all bytes, and sends the last of them. */
  isEnding = false
  /** The signal that this waits for. */
  #shutdown: AbortSignal | undefined
  #cutOffTimer: NodeJS.Timeout | undefined

  constructor(exchange: Exchange) {
    this.exchange = exchange
    this.context = new RequestContext(exchange.facts, (reason) => this.#cutOff(reason))
    whenResponseCloses(exchange.facts.req, exchange.facts.res, () => this.#close(), this.#asyncContext)
  }

  /** Why it was stopped before its end. */
  get stopReason(): Error | undefined {
    return this.context.stopReason
  }

  /** Opens the source and waits for its first batch, as long as the client waits. */
  async start(makeReader: MakeReader, endsOnShutdown: boolean): Promise<Buffer | undefined> {
    const shutdown = endsOnShutdown ? this.exchange.settings.shutdown : undefined
    const stopped = new Promise<undefined>((resolve) => {
      this.onStop(() => resolve(undefined))
    })
    if (shutdown !== undefined) {
      this.#shutdown = shutdown
      untilShutdown(shutdown, this)
    }
    try {
      const first = await Promise.race([this.#open(makeReader), stopped])
      this.throwIfStopped()
      return first
    } catch (reason) {
      this.#isComplete = true
      throw this.context.abortOf(reason) ?? reason
    }
  }

  async #open(makeReader: MakeReader): Promise<Buffer | undefined> {
    const reader = await makeReader(this.context)
    this.#reader = reader
    if (this.stopReason !== undefined) reader.cancel()
    return reader.read()
  }

  /** The next batch, `undefined` at the end and after a stop. Fails if the source fails. */
  read(): Buffer | undefined | Promise<Buffer | undefined> {
    return this.#reader?.read()
  }

  throwIfStopped(): void {
    if (this.stopReason !== undefined) throw this.stopReason
  }

  /** The source has nothing more for now, so what was written should leave. */
  get isPaused(): boolean {
    return this.#reader?.isPaused ?? false
  }

  /** Lets the reader write what comes while `read` is pending. */
  offerTo(taker: FrameTaker): void {
    this.#reader?.offerTo?.(taker)
  }

  /** All bytes are handed over: from now on nothing that closes the response stops anything. */
  complete(): void {
    this.#isComplete = true
  }

  /** Ends a response that has all bytes, and waits until it has sent them. */
  async end(res: ServerResponse): Promise<void> {
    await this.waitForClient(() => {
      this.isEnding = true
      res.end()
      noteEnd(res)
    })
  }

  /** Ends the stream before its end. The signal of the source fires first, then the source is released. Nothing waits for its end. */
  stop(reason: Error): void {
    if (this.#isComplete || this.stopReason !== undefined) return
    const { method, url } = this.exchange.facts
    debug('%s %s: stream stopped: %s', method, url, reason.message)
    this.#asyncContext.runInAsyncScope(() => {
      this.context.stop(reason)
      this.#reader?.cancel()
      this.#tellStop()
    })
  }

  /** Calls back when the stream is stopped. What it returns takes the callback away again. */
  onStop(callback: () => void): () => void {
    this.#stopListeners.add(callback)
    return () => this.#stopListeners.delete(callback)
  }

  #tellStop(): void {
    for (const tell of [...this.#stopListeners]) tell()
  }

  shutDown(): void {
    this.#asyncContext.runInAsyncScope(() => this.#shutDown())
  }

  /** Fires the signal of the source, which may end by itself within the grace time. After that the stream is ended. */
  #shutDown(): void {
    const { exchange, context } = this
    const { settings } = exchange
    const { method, url } = exchange.facts
    debug('%s %s: shutting down, stream ends within %d ms', method, url, settings.grace)
    const reason = new ResponseKitError('ESHUTDOWN', 'The server is shutting down', { status: 503 })
    const canEndNow = !context.signalWasTaken && this.#reader?.finish !== undefined
    context.abort(reason)
    if (canEndNow) this.#reader?.finish?.()
    this.#cutOffTimer = setTimeout(() => {
      this.#reader?.finish?.()
      const delay = this.#reader?.finish === undefined || canEndNow ? 0 : LAST_WORD_MS
      this.#cutOffTimer = setTimeout(() => this.stop(reason), delay)
    }, settings.grace)
  }

  /** Waits until `wake` is called. Cuts off a client that accepts nothing for as long as `idleLimit` says. */
  async waitForClient(arm: (wake: () => void) => void): Promise<void> {
    const endWatch = watchClient(this.exchange, (reason) => this.#cutOff(reason))
    await new Promise<void>((resolve) => {
      const forget = this.onStop(wake)
      function wake(): void {
        forget()
        resolve()
      }
      arm(wake)
      if (this.stopReason !== undefined) wake()
    })
    endWatch()
    this.throwIfStopped()
  }

  /** Cuts off the client, because of what the client did or did not do. */
  #cutOff(reason: Error): void {
    this.stop(reason)
    cutOff(this.exchange.facts.req, this.exchange.facts.res, reason)
  }

  #close(): void {
    const { res } = this.exchange.facts
    clearTimeout(this.#cutOffTimer)
    if (this.#shutdown !== undefined) forgetTarget(this.#shutdown, this)
    if (!isComplete(res)) this.stop(abortedError())
    else if (this.isEnding) {
      this.complete()
      this.#tellStop()
    } else this.stop(answeredMeanwhile())
  }
}
