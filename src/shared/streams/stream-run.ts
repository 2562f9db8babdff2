import { abortedError, type Exchange } from '../exchange.js'
import type { BatchReader } from './batch-reader.js'
import { whenResponseCloses } from './disconnect.js'
import { RequestContext } from './source-context.js'

export type MakeReader = (context: RequestContext) => BatchReader | Promise<BatchReader>

/** One stream from its opening to its end: who may stop it, and who is told. */
export class StreamRun {
  readonly exchange: Exchange
  readonly context: RequestContext
  /** Why it was stopped before its end. */
  stopReason: Error | undefined
  /** Called once, when it is stopped. */
  onStop: (() => void) | undefined
  #reader: BatchReader | undefined
  #isComplete = false

  constructor(exchange: Exchange) {
    this.exchange = exchange
    this.context = new RequestContext(exchange)
    whenResponseCloses(exchange.req, exchange.res, () => this.stop(abortedError()))
  }

  /** Opens the source and waits for what it gives first, for as long as the client does. */
  async start(makeReader: MakeReader): Promise<Buffer | undefined> {
    const stopped = new Promise<undefined>((resolve) => {
      this.onStop = () => resolve(undefined)
    })
    try {
      const first = await Promise.race([this.#open(makeReader), stopped])
      if (this.stopReason !== undefined) throw this.stopReason
      return first
    } catch (reason) {
      this.#isComplete = true
      throw reason
    }
  }

  async #open(makeReader: MakeReader): Promise<Buffer | undefined> {
    const reader = await makeReader(this.context)
    this.#reader = reader
    if (this.stopReason !== undefined) reader.cancel()
    return reader.read()
  }

  /** The next batch, `undefined` at the end; throws what the source failed with, or why it was stopped. */
  async read(): Promise<Buffer | undefined> {
    const batch = await this.#reader?.read()
    if (this.stopReason !== undefined) throw this.stopReason
    return batch
  }

  /** The source has nothing more for now: what has been written should leave. */
  get isPaused(): boolean {
    return this.#reader?.isPaused ?? false
  }

  /** Everything has been handed over: whatever closes the response now stops nothing. */
  complete(): void {
    this.#isComplete = true
  }

  /** Ends the stream before its end: the source hears of it first and is released then, without being waited for. */
  stop(reason: Error): void {
    if (this.#isComplete || this.stopReason !== undefined) return
    this.stopReason = reason
    this.context.abort(reason)
    this.#reader?.cancel()
    this.onStop?.()
  }

  /** Waits until `wake` is called; a client that accepts nothing for as long as `idleLimit` says is cut off. */
  async waitForClient(arm: (wake: () => void) => void): Promise<void> {
    const { idleLimit } = this.exchange.settings
    let timer: NodeJS.Timeout | undefined
    if (idleLimit > 0) timer = setTimeout(() => this.#cutOff(idleLimit), idleLimit)
    await new Promise<void>((resolve) => {
      arm(resolve)
      this.onStop = resolve
      if (this.stopReason !== undefined) resolve()
    })
    clearTimeout(timer)
    if (this.stopReason !== undefined) throw this.stopReason
  }

  #cutOff(idleLimitMs: number): void {
    this.stop(abortedError(`The client has accepted nothing for ${idleLimitMs / 1000} s (idleLimit)`))
    this.exchange.res.destroy()
  }
}
