import { adoptPromise, isThenable } from '../checks/promise.js'
import { isTurnUsedUp, nextTurn } from '../wire/turn-budget.js'
import type { BatchReader } from './batch.js'
import { Batch } from './batch.js'
import { checkedResult, closeSource, type PullSource } from './pull-source.js'

/** What the items of a source become. */
export interface ChunkEncoding {
  /** Turns the item at a position into text or bytes, or throws. */
  encode(item: unknown, position: number): string | Buffer
  /** The text after the last of `count` items. */
  tail?(count: number): string
}

type Result = IteratorResult<unknown, unknown>

/**
 * Reads a source and joins what it gives at once to a batch. It asks for no item before the caller wants a batch, so a
 * slow client suspends the producer; and it asks only while bodies have time left in this turn of the event loop.
 */
export class ChunkReader implements BatchReader {
  isPaused = false
  readonly #source: PullSource
  readonly #encoding: ChunkEncoding
  readonly #onCleanupFailure: (reason: unknown) => void
  readonly #batch = new Batch()
  #position = 0
  /** The source gives nothing more. */
  #isDone = false
  /** It waits for nothing more either. */
  #isCancelled = false
  #failure: { readonly reason: unknown } | undefined
  /** The reader has asked for an item or for a turn, and does not have it yet. */
  #isWaiting = false
  #isFlushPlanned = false
  #resolve: ((batch: Buffer | undefined) => void) | undefined
  #reject: ((reason: unknown) => void) | undefined

  constructor(source: PullSource, encoding: ChunkEncoding, onCleanupFailure: (reason: unknown) => void) {
    this.#source = source
    this.#encoding = encoding
    this.#onCleanupFailure = onCleanupFailure
  }

  read(): Buffer | undefined | Promise<Buffer | undefined> {
    this.isPaused = false
    if (!this.#isWaiting && this.#batch.isFull && isTurnUsedUp())
      void this.#waitForTurn() // a long text leaves in several batches
    else this.#fill()
    if (this.#isBatchReady) {
      const batch = this.#takeOrEnd()
      if (batch !== undefined || this.#isDone) return batch
    }
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      this.#planFlush()
    })
  }

  cancel(): void {
    this.#isCancelled = true
    if (!this.#isDone) {
      this.#isDone = true
      closeSource(this.#source, this.#onCleanupFailure)
    }
    this.#failure = undefined
    this.#batch.clear()
    this.#resolve?.(undefined)
    this.#forgetCaller()
  }

  get #isBatchReady(): boolean {
    return this.#isCancelled || (!this.#isWaiting && (this.#batch.isFull || this.#isDone))
  }

  /** Asks until the batch is full, the source has ended or has to be waited for, or the turn is used up. */
  #fill(): void {
    while (!this.#isWaiting && !this.#isDone && !this.#batch.isFull) {
      if (isTurnUsedUp()) {
        void this.#waitForTurn()
        return
      }
      try {
        const result = this.#source.next()
        if (isThenable(result)) this.#wait(result)
        else this.#accept(result)
      } catch (reason) {
        this.#fail(reason)
      }
    }
  }

  #wait(result: PromiseLike<Result>): void {
    this.#isWaiting = true
    result.then(this.#onResult, this.#onFailure)
  }

  readonly #onResult = (result: Result): void => {
    this.#isWaiting = false
    if (this.#isDone) {
      adoptPromise(result?.value)
      return
    }
    this.#accept(result)
    this.#continue()
  }

  readonly #onFailure = (reason: unknown): void => {
    this.#isWaiting = false
    if (this.#isDone) return
    this.#fail(reason)
    this.#continue()
  }

  async #waitForTurn(): Promise<void> {
    this.#isWaiting = true
    await nextTurn()
    this.#isWaiting = false
    this.#continue()
  }

  #accept(given: unknown): void {
    try {
      const result = checkedResult(given)
      if (result.done === true) {
        this.#isDone = true
        this.#batch.add(this.#encoding.tail?.(this.#position) ?? '')
        return
      }
      const item = result.value
      // A synchronous iterable may yield promises: `for await` waits for them too.
      if (isThenable(item)) this.#wait(Promise.resolve(item).then((value) => ({ done: false, value })))
      else this.#batch.add(this.#encoding.encode(item, this.#position++))
    } catch (reason) {
      this.#fail(reason)
    }
  }

  /**
   * Closes the source too. A generator goes on after it has yielded a promise that rejects, and a reader that fails may have
   * an open source below it.
   */
  #fail(reason: unknown): void {
    this.#isDone = true
    this.#failure = { reason }
    closeSource(this.#source, (other) => {
      if (other !== reason) this.#onCleanupFailure(other) // a web stream that has failed rejects with its failure again
    })
  }

  /** Goes on after an item or a turn has come, but never further than the caller wants. */
  #continue(): void {
    if (this.#resolve === undefined) return
    this.#fill()
    if (this.#isBatchReady) this.#answer()
    else this.#planFlush()
  }

  #planFlush(): void {
    if (this.#isFlushPlanned || this.#batch.isEmpty) return
    this.#isFlushPlanned = true
    process.nextTick(this.#flush)
  }

  /** Runs after everything that can happen at once: what the batch holds leaves now. */
  readonly #flush = (): void => {
    this.#isFlushPlanned = false
    if (this.#resolve === undefined || this.#batch.isEmpty) return
    if (this.#batch.isFull) return // it leaves when the turn comes that it waits for
    this.isPaused = true
    this.#answer()
  }

  #answer(): void {
    const [resolve, reject] = [this.#resolve, this.#reject]
    let batch: Buffer | undefined
    try {
      batch = this.#takeOrEnd()
    } catch (reason) {
      this.#forgetCaller()
      reject?.(reason)
      return
    }
    if (batch === undefined && !this.#isDone) return // half a character: wait for the other half
    this.#forgetCaller()
    resolve?.(batch)
  }

  #forgetCaller(): void {
    this.#resolve = undefined
    this.#reject = undefined
  }

  /** What the batch holds, or `undefined` if that is nothing. Throws the failure of the source after the last batch. */
  #takeOrEnd(): Buffer | undefined {
    const bytes = this.#batch.take(this.#isDone)
    if (bytes !== undefined) return bytes
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure.reason
    return undefined
  }
}
