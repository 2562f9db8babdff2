import { Batch } from './batch.js'
import type { BatchReader } from './batch-reader.js'
import type { PullSource } from './pull-source.js'
import { isTurnUsedUp, nextTurn } from './turn-budget.js'

/** What the items of a source become. */
export interface ChunkEncoding {
  /** Turns the item at a position into text or octets, or refuses it. */
  encode(item: unknown, position: number): string | Buffer
  /** What follows the last of `count` items. */
  tail?(count: number): string
}

type Result = IteratorResult<unknown, unknown>

/** The clock is read after every chunk of a slow source and every 64th of a fast one. */
const LONGEST_STRIDE = 64

/**
 * Reads a source and joins what it has at once into batches. It never asks for an item while a full batch waits, so a
 * slow client suspends the producer.
 */
export class ChunkReader implements BatchReader {
  isPaused = false
  readonly #source: PullSource
  readonly #encoding: ChunkEncoding
  readonly #onCleanupFailure: (reason: unknown) => void
  readonly #batch = new Batch()
  #position = 0
  #isDone = false
  #failure: { readonly reason: unknown } | undefined
  /** `next()` has been called and has not answered. */
  #isAsking = false
  #resolve: ((batch: Buffer | undefined) => void) | undefined
  #reject: ((reason: unknown) => void) | undefined
  #isFlushPlanned = false
  #stride = 1
  #untilCheck = 1

  constructor(source: PullSource, encoding: ChunkEncoding, onCleanupFailure: (reason: unknown) => void) {
    this.#source = source
    this.#encoding = encoding
    this.#onCleanupFailure = onCleanupFailure
  }

  read(): Buffer | undefined | Promise<Buffer | undefined> {
    this.isPaused = false
    if (!this.#isAsking) this.#askWhileSynchronous()
    if (this.#batch.isFull || this.#isDone) {
      const batch = this.#takeOrEnd()
      if (batch !== undefined || this.#isDone) return batch
    }
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      this.#wait()
    })
  }

  cancel(): void {
    if (!this.#isDone) {
      this.#isDone = true
      this.#close()
    }
    this.#failure = undefined
    this.#batch.clear()
    this.#resolve?.(undefined)
    this.#forgetReader()
  }

  /** Reads on, but no further ahead than somebody waits for. */
  #continue(): void {
    if (this.#resolve === undefined) return
    if (!this.#isAsking) this.#askWhileSynchronous()
    if (this.#batch.isFull || this.#isDone) this.#answer()
    else this.#wait()
  }

  #wait(): void {
    if (!this.#isFlushPlanned && !this.#batch.isEmpty) {
      this.#isFlushPlanned = true
      process.nextTick(this.#flush)
    }
    if (!this.#isAsking) this.#resumeNextTurn()
  }

  /** Asks until the batch is full, the source has to be waited for, is done, or has used up this turn. */
  #askWhileSynchronous(): void {
    while (!this.#isDone && !this.#batch.isFull && !this.#mustYield()) {
      let result: Result | Promise<Result>
      try {
        result = this.#source.next()
      } catch (reason) {
        this.#end({ reason })
        return
      }
      if (isPromise(result)) {
        this.#isAsking = true
        result.then(this.#onResult, this.#onFailure)
        return
      }
      this.#accept(result)
      if (this.#isAsking) return
    }
  }

  readonly #onResult = (result: Result): void => {
    this.#isAsking = false
    if (this.#isDone) return
    this.#accept(result)
    this.#continue()
  }

  readonly #onFailure = (reason: unknown): void => {
    this.#isAsking = false
    if (this.#isDone) return
    this.#end({ reason })
    this.#answer()
  }

  /** Runs when everything that could happen at once has happened: what is there leaves now. */
  readonly #flush = (): void => {
    this.#isFlushPlanned = false
    if (this.#resolve === undefined || this.#batch.isEmpty) return
    this.isPaused = true
    this.#answer()
  }

  async #resumeNextTurn(): Promise<void> {
    this.#isAsking = true
    await nextTurn()
    this.#isAsking = false
    this.#untilCheck = 2 // at least one item, however little of the turn is left
    if (!this.#isDone) this.#continue()
  }

  #accept(result: Result): void {
    if (result.done === true) {
      this.#batch.add(this.#encoding.tail?.(this.#position) ?? '')
      this.#end(undefined)
      return
    }
    const item = result.value
    if (isPromise(item)) {
      // A synchronous iterable may yield promises: `for await` waits for them too.
      this.#isAsking = true
      item.then((value) => this.#onResult({ done: false, value }), this.#onFailure)
      return
    }
    try {
      this.#batch.add(this.#encoding.encode(item, this.#position++))
    } catch (reason) {
      this.#end({ reason })
      this.#close()
    }
  }

  #mustYield(): boolean {
    if (--this.#untilCheck > 0) return false
    const isUsedUp = isTurnUsedUp()
    this.#stride = isUsedUp ? 1 : Math.min(this.#stride * 2, LONGEST_STRIDE)
    this.#untilCheck = this.#stride
    return isUsedUp
  }

  #end(failure: { readonly reason: unknown } | undefined): void {
    this.#isDone = true
    this.#failure = failure
  }

  #answer(): void {
    const [resolve, reject] = [this.#resolve, this.#reject]
    let batch: Buffer | undefined
    try {
      batch = this.#takeOrEnd()
    } catch (reason) {
      this.#forgetReader()
      reject?.(reason)
      return
    }
    if (batch === undefined && !this.#isDone) return // half a character: wait for the other one
    this.#forgetReader()
    resolve?.(batch)
  }

  #forgetReader(): void {
    this.#resolve = undefined
    this.#reject = undefined
  }

  /** What is there; `undefined` where that is nothing. Throws what the source failed with once the rest is out. */
  #takeOrEnd(): Buffer | undefined {
    if (!this.#batch.isEmpty || (this.#isDone && this.#batch.hasHalf)) {
      const batch = this.#batch.take(this.#isDone)
      if (batch.length > 0) return batch
    }
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure.reason
    return undefined
  }

  #close(): void {
    try {
      Promise.resolve(this.#source.close()).catch(this.#onCleanupFailure)
    } catch (reason) {
      this.#onCleanupFailure(reason)
    }
  }
}

function isPromise<Value>(value: Value | Promise<Value>): value is Promise<Value> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
