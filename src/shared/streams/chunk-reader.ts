import { BatchFiller, type ChunkEncoding } from './batch-filler.js'
import type { BatchReader } from './batch-reader.js'
import type { PullSource } from './pull-source.js'

/**
 * Reads a source and gives what it has at once as a batch. It never asks for an item that nobody waits for, so a slow
 * client suspends the producer.
 */
export class ChunkReader implements BatchReader {
  isPaused = false
  readonly #filler: BatchFiller
  #resolve: ((batch: Buffer | undefined) => void) | undefined
  #reject: ((reason: unknown) => void) | undefined
  #isFlushPlanned = false

  constructor(source: PullSource, encoding: ChunkEncoding, onCleanupFailure: (reason: unknown) => void) {
    this.#filler = new BatchFiller(source, encoding, () => this.#continue(), onCleanupFailure)
  }

  read(): Buffer | undefined | Promise<Buffer | undefined> {
    const filler = this.#filler
    this.isPaused = false
    filler.fill()
    if (filler.batch.isFull || filler.isDone) {
      const batch = this.#takeOrEnd()
      if (batch !== undefined || filler.isDone) return batch
    }
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      this.#planFlush()
    })
  }

  cancel(): void {
    this.#filler.cancel()
    this.#resolve?.(undefined)
    this.#forgetReader()
  }

  /** Something has come: reads on, but no further ahead than somebody waits for. */
  #continue(): void {
    if (this.#resolve === undefined) return
    this.#filler.fill()
    if (this.#filler.batch.isFull || this.#filler.isDone) this.#answer()
    else this.#planFlush()
  }

  #planFlush(): void {
    if (this.#isFlushPlanned || this.#filler.batch.isEmpty) return
    this.#isFlushPlanned = true
    process.nextTick(this.#flush)
  }

  /** Runs when everything that could happen at once has happened: what is there leaves now. */
  readonly #flush = (): void => {
    this.#isFlushPlanned = false
    if (this.#resolve === undefined || this.#filler.batch.isEmpty) return
    this.isPaused = true
    this.#answer()
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
    if (batch === undefined && !this.#filler.isDone) return // half a character: wait for the other one
    this.#forgetReader()
    resolve?.(batch)
  }

  #forgetReader(): void {
    this.#resolve = undefined
    this.#reject = undefined
  }

  /** What is there; `undefined` where that is nothing. Throws what the source failed with once the rest is out. */
  #takeOrEnd(): Buffer | undefined {
    const { batch, isDone } = this.#filler
    if (!batch.isEmpty || (isDone && batch.hasHalf)) {
      const octets = batch.take(isDone)
      if (octets.length > 0) return octets
    }
    this.#filler.throwFailure()
    return undefined
  }
}
