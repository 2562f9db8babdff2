import { nextTurn, TurnShare } from '../wire/turn-budget.js'
import { Batch } from './batch.js'
import { closeSource, type PullSource } from './pull-source.js'

/** What the items of a source become. */
export interface ChunkEncoding {
  /** Turns the item at a position into text or octets, or refuses it. */
  encode(item: unknown, position: number): string | Buffer
  /** What follows the last of `count` items. */
  tail?(count: number): string
}

type Result = IteratorResult<unknown, unknown>

/** Asks a source for items, as long as it answers at once, and joins what they become into a batch. */
export class BatchFiller {
  readonly batch: Batch = new Batch()
  /** Nothing more will be asked for. */
  isDone = false
  readonly #source: PullSource
  readonly #encoding: ChunkEncoding
  readonly #onAnswer: () => void
  readonly #onCleanupFailure: (reason: unknown) => void
  readonly #share = new TurnShare()
  #failure: { readonly reason: unknown } | undefined
  #position = 0
  /** An item has been asked for, or a turn, and has not come. */
  #isWaiting = false

  /** `onAnswer` is called whenever what had to be waited for has come. */
  constructor(
    source: PullSource,
    encoding: ChunkEncoding,
    onAnswer: () => void,
    onCleanupFailure: (reason: unknown) => void,
  ) {
    this.#source = source
    this.#encoding = encoding
    this.#onAnswer = onAnswer
    this.#onCleanupFailure = onCleanupFailure
  }

  /** Asks until the batch is full, the source is done or has to be waited for, or its share of this turn is used up. */
  fill(): void {
    if (this.#isWaiting) return
    while (!this.isDone && !this.batch.isFull) {
      if (this.#share.isUsedUp()) {
        void this.#resumeNextTurn()
        return
      }
      let result: Result | Promise<Result>
      try {
        result = this.#source.next()
      } catch (reason) {
        this.#fail(reason)
        return
      }
      if (isPromise(result)) {
        this.#isWaiting = true
        result.then(this.#onResult, this.#onFailure)
        return
      }
      this.#accept(result)
      if (this.#isWaiting) return
    }
  }

  /** What the source failed with, to be thrown once, behind the last batch. */
  throwFailure(): void {
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure.reason
  }

  cancel(): void {
    if (!this.isDone) {
      this.isDone = true
      closeSource(this.#source, this.#onCleanupFailure)
    }
    this.#failure = undefined
    this.batch.clear()
  }

  readonly #onResult = (result: Result): void => {
    this.#isWaiting = false
    if (this.isDone) return
    this.#accept(result)
    this.#onAnswer()
  }

  readonly #onFailure = (reason: unknown): void => {
    this.#isWaiting = false
    if (this.isDone) return
    this.#fail(reason)
    this.#onAnswer()
  }

  async #resumeNextTurn(): Promise<void> {
    this.#isWaiting = true
    await nextTurn()
    this.#isWaiting = false
    this.#share.grantOne()
    if (!this.isDone) this.#onAnswer()
  }

  #accept(result: Result): void {
    if (result.done === true) {
      this.isDone = true
      this.batch.add(this.#encoding.tail?.(this.#position) ?? '')
      return
    }
    const item = result.value
    if (isPromise(item)) {
      // A synchronous iterable may yield promises: `for await` waits for them too.
      this.#isWaiting = true
      item.then((value) => this.#onResult({ done: false, value }), this.#onFailure)
      return
    }
    try {
      this.batch.add(this.#encoding.encode(item, this.#position++))
    } catch (reason) {
      this.#fail(reason)
      closeSource(this.#source, this.#onCleanupFailure)
    }
  }

  #fail(reason: unknown): void {
    this.isDone = true
    this.#failure = { reason }
  }
}

function isPromise<Value>(value: Value | Promise<Value>): value is Promise<Value> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
