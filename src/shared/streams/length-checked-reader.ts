import { ResponseKitError } from '../checks/errors.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import { isContentLength } from '../exchange/send.js'
import type { BatchReader } from './batch.js'

/** The reader itself, or one that holds it to the bytes that the head announces. */
export function holdToLength(reader: BatchReader, announced: number | undefined): BatchReader {
  return announced === undefined ? reader : new LengthCheckedReader(reader, announced)
}

/** The bytes that the handler announces by a Content-Length of its own. */
export function stagedLength(facts: RequestFacts): number | undefined {
  const staged = facts.stagedLength
  return staged !== undefined && isContentLength(staged) ? Number(staged) : undefined
}

/** Holds a body to the length that its head announces: never a byte more, and never fewer without a failure. */
export class LengthCheckedReader implements BatchReader {
  readonly #inner: BatchReader
  readonly #announced: number
  #count = 0
  #hasAll = false
  #hasTooMuch = false
  /** The client has left, for example: that the source gave less is no failure then. */
  #isCancelled = false

  constructor(inner: BatchReader, announced: number) {
    this.#inner = inner
    this.#announced = announced
  }

  get isPaused(): boolean {
    return this.#inner.isPaused
  }

  async read(): Promise<Buffer | undefined> {
    const batch = this.#hasAll ? undefined : await this.#inner.read()
    if (batch === undefined) {
      if (!this.#isCancelled) this.#checkEnd()
      return undefined
    }
    const left = this.#announced - this.#count
    this.#count += batch.length
    if (batch.length < left) return batch
    this.#hasAll = true
    // The last batch waits for the end of the source. One that fails there, as at a wrong checksum, must not look whole.
    this.#hasTooMuch = batch.length > left || (await this.#inner.read()) !== undefined
    if (this.#hasTooMuch) this.#inner.cancel()
    if (left === 0) this.#checkEnd()
    return batch.subarray(0, left)
  }

  cancel(): void {
    this.#isCancelled = true
    this.#inner.cancel()
  }

  #checkEnd(): void {
    const announced = `Content-Length announced ${this.#announced} bytes`
    if (this.#hasTooMuch) throw new ResponseKitError('LONG_BODY', `${announced}, the source gave more`)
    if (this.#count < this.#announced) {
      throw new ResponseKitError('SHORT_BODY', `${announced}, the source gave ${this.#count}`)
    }
  }
}
