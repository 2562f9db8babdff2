import { ResponseKitError } from '../checks/errors.js'
import { Batch } from '../streams/batch.js'
import { encodeBytes } from '../streams/byte-chunk.js'
import { checkedResult, closeSource, type PullSource } from '../streams/pull-source.js'
import { shortBody } from './disk/file-error.js'

/**
 * What a source gives, as bytes. A character that is split between two texts stays whole. Fewer or more bytes than the
 * source has announced are a failure.
 */
export class MeasuredBytes {
  readonly #subject: string
  readonly #source: PullSource
  readonly #announced: number | undefined
  /** Text, and what comes after the half of a character. */
  readonly #batch = new Batch()
  #position = 0
  /** The source gives nothing more, or has been closed. */
  #isOver = false
  /** Bytes so far. */
  size = 0

  constructor(subject: string, source: PullSource, announced: number | undefined) {
    this.#subject = subject
    this.#source = source
    this.#announced = announced
  }

  /** The next bytes, which may be empty if more follows; `undefined`: there are none. */
  async next(): Promise<Uint8Array | undefined> {
    const bytes = this.#batch.take(this.#isOver) ?? (await this.#pull())
    const announced = this.#announced
    this.size += bytes?.byteLength ?? 0
    if (announced !== undefined && this.size > announced) {
      this.close()
      throw new ResponseKitError('LONG_BODY', `The source gave more than the ${announced} bytes it announced`)
    }
    if (announced !== undefined && bytes === undefined && this.size < announced) throw shortBody(announced, this.size)
    return bytes
  }

  /** May be called more than once. */
  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    closeSource(this.#source, () => {})
  }

  /** Pulls one chunk, so that the caller can end its turn between chunks, empty ones too. */
  async #pull(): Promise<Uint8Array | undefined> {
    if (this.#isOver) return undefined
    const { done, value } = checkedResult(await this.#source.next())
    if (done === true) {
      this.#isOver = true
      return this.#batch.take(true)
    }
    const chunk = encodeBytes(this.#subject, await value, this.#position++)
    if (typeof chunk !== 'string' && this.#batch.isEmpty) return chunk
    this.#batch.add(chunk)
    return this.#batch.take(this.#isOver) ?? EMPTY
  }
}

const EMPTY = new Uint8Array(0)
