import type { BatchReader } from './batch.js'
import { COMMENT, endsEvent, SHUTDOWN } from './event-frames.js'

export interface EventStreamTiming {
  /** How long the head waits for a first event, or an early failure. */
  readonly firstWaitMs: number
  /** Silence after which a comment is sent; 0: never. */
  readonly heartbeatMs: number
}

/** Events of a source, with comments while it is silent: neither the head nor the heartbeat waits for the next event. */
export class EventStreamReader implements BatchReader {
  readonly isPaused = true
  readonly #inner: BatchReader
  readonly #timing: EventStreamTiming
  readonly #isAbort: (failure: unknown) => boolean
  #preamble: string
  #isAsking = false
  #isStarted = false
  #isEnding = false
  #isEnded = false
  /** The client has only whole events so far. */
  #isBetweenEvents = true
  /** The last byte of the source that the client has. */
  #lastByte: number | undefined
  #arrived: Buffer | undefined
  #failure: { readonly reason: unknown } | undefined
  #resolve: ((batch: Buffer | undefined) => void) | undefined
  #reject: ((reason: unknown) => void) | undefined
  #timer: NodeJS.Timeout | undefined

  /** `isAbort` says of a failure that the source has only obeyed its signal. Then the stream ends. */
  constructor(
    inner: BatchReader,
    preamble: string,
    timing: EventStreamTiming,
    isAbort: (failure: unknown) => boolean = () => false,
  ) {
    this.#inner = inner
    this.#preamble = preamble
    this.#timing = timing
    this.#isAbort = isAbort
  }

  read(): Promise<Buffer | undefined> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      if (!this.#isAsking && this.#arrived === undefined && !this.#isOver) this.#ask()
      if (this.#arrived !== undefined || this.#isOver) this.#answer()
      else this.#startTimer()
    })
  }

  cancel(): void {
    clearTimeout(this.#timer)
    this.#isEnded = true
    this.#inner.cancel()
    this.#resolve?.(undefined)
    this.#resolve = undefined
  }

  /** Ends the stream with a last event. */
  finish(): void {
    if (this.#isOver) return
    this.#isEnding = true
    this.#inner.cancel()
    this.#answer()
  }

  get #isOver(): boolean {
    return this.#isEnding || this.#isEnded || this.#failure !== undefined
  }

  #ask(): void {
    this.#isAsking = true
    Promise.resolve(this.#inner.read()).then(this.#onBatch, this.#onFailure)
  }

  readonly #onBatch = (batch: Buffer | undefined): void => {
    this.#isAsking = false
    if (this.#isOver) return
    if (batch === undefined) this.#isEnded = true
    else this.#arrived = batch
    this.#answer()
  }

  readonly #onFailure = (reason: unknown): void => {
    this.#isAsking = false
    if (this.#isOver) return
    if (this.#isAbort(reason)) {
      this.finish() // after an error status, a browser would not come back
    } else {
      this.#failure = { reason }
      this.#answer()
    }
  }

  #answer(): void {
    const [resolve, reject] = [this.#resolve, this.#reject]
    if (resolve === undefined) return
    this.#resolve = undefined
    if (this.#isOver) clearTimeout(this.#timer)
    const batch = this.#arrived
    this.#arrived = undefined
    if (batch !== undefined) {
      this.#isBetweenEvents = endsEvent(batch, this.#lastByte)
      this.#lastByte = batch.at(-1)
      resolve(this.#afterPreamble(batch))
    } else if (this.#failure !== undefined) reject?.(this.#failure.reason)
    else if (this.#isEnding && !this.#isEnded) {
      this.#isEnded = true
      // The browser drops half an event, and gets the whole one when it returns.
      resolve(this.#isBetweenEvents ? this.#afterPreamble(Buffer.from(SHUTDOWN.bytes)) : undefined)
    } else resolve(undefined)
  }

  /** One timer serves the whole stream: each event sets it back. */
  #startTimer(): void {
    if (this.#timer !== undefined) this.#timer.refresh()
    else if (!this.#isStarted) this.#timer = setTimeout(this.#onFirstSilence, this.#timing.firstWaitMs).unref()
    else if (this.#timing.heartbeatMs > 0) this.#timer = setTimeout(this.#onSilence, this.#timing.heartbeatMs).unref()
  }

  readonly #onFirstSilence = (): void => {
    this.#timer = undefined
    if (!this.#isStarted) this.#onSilence()
  }

  readonly #onSilence = (): void => {
    if (!this.#isBetweenEvents) return // the rest of the event is under way
    const resolve = this.#resolve
    this.#resolve = undefined
    resolve?.(this.#preamble === '' ? Buffer.from(COMMENT.bytes) : this.#afterPreamble(Buffer.alloc(0)))
    this.#isStarted = true
  }

  #afterPreamble(batch: Buffer): Buffer {
    if (!this.#isStarted) {
      this.#isStarted = true
      clearTimeout(this.#timer)
      this.#timer = undefined
    }
    if (this.#preamble === '') return batch
    const whole = Buffer.concat([Buffer.from(this.#preamble), batch])
    this.#preamble = ''
    return whole
  }
}
