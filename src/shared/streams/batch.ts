import type { FrameTaker } from '../wire/response-writer.js'

/** A batch is written when it has this many bytes. One stream holds at most this much and one more chunk. */
export const BATCH_SIZE: number = 64 * 1024

/** Encoding more text at once would hold the event loop. */
const TEXT_SLICE = 256 * 1024

/** Small chunks joined for one write. Text is encoded as late as possible, so a character split between chunks stays whole. */
export class Batch {
  /** Text after the bytes, in UTF-16. */
  #text = ''
  #bytes: Buffer[] = []
  #bytesLength = 0

  get isEmpty(): boolean {
    return this.#text === '' && this.#bytesLength === 0
  }

  get isFull(): boolean {
    return this.#text.length + this.#bytesLength >= BATCH_SIZE
  }

  add(chunk: string | Buffer): void {
    if (typeof chunk === 'string') {
      this.#text += chunk
    } else if (chunk.length > 0) {
      while (this.#text !== '') this.#encodeText(true)
      this.#bytes.push(chunk)
      this.#bytesLength += chunk.length
    }
  }

  /** The next bytes to write: at most 64 KB, and not always all. `undefined`: none, or half a character that waits. */
  take(isLast: boolean): Buffer | undefined {
    if (this.#text !== '' && this.#bytesLength < BATCH_SIZE) this.#encodeText(isLast)
    const [first, ...others] = this.#bytes
    if (first === undefined) return undefined
    // A large chunk is never copied, and leaves in pieces: each one that the client takes shows that it still reads.
    if (first.length > BATCH_SIZE) return this.#takePiece(first, others)
    let [count, length] = [0, 0]
    for (const { length: next } of this.#bytes) {
      if (count > 0 && length + next > BATCH_SIZE) break
      count++
      length += next
    }
    const taken = this.#bytes.slice(0, count)
    this.#bytes = this.#bytes.slice(count)
    this.#bytesLength -= length
    return count === 1 ? first : Buffer.concat(taken, length)
  }

  #takePiece(first: Buffer, others: readonly Buffer[]): Buffer {
    this.#bytes = [first.subarray(BATCH_SIZE), ...others]
    this.#bytesLength -= BATCH_SIZE
    return first.subarray(0, BATCH_SIZE)
  }

  clear(): void {
    this.#text = ''
    this.#bytes = []
    this.#bytesLength = 0
  }

  /** Encodes a slice of the text, without half a character at its end if the other half can still follow. */
  #encodeText(isLast: boolean): void {
    const text = this.#text
    let end = Math.min(text.length, TEXT_SLICE)
    const last = text.charCodeAt(end - 1)
    const isHalf = last >= 0xd800 && last <= 0xdbff
    if (isHalf && !(isLast && end === text.length)) end--
    if (end === 0) return
    const bytes = Buffer.from(end === text.length ? text : text.slice(0, end))
    this.#text = text.slice(end)
    this.#bytes.push(bytes)
    this.#bytesLength += bytes.length
  }
}

/** Bytes that are ready to be written, in order, one batch at a time. */
export interface BatchReader {
  /**
   * The next batch, `undefined` at the end. Throws or rejects once if the source failed. The caller waits for one call
   * before it makes the next.
   */
  read(): Buffer | undefined | Promise<Buffer | undefined>
  /** The source has nothing more for now, so the last batch should leave at once. */
  readonly isPaused: boolean
  /** Ends a format that may end anywhere, with a last event for the client. */
  finish?(): void
  /** Offers events to `taker` as they come, while a `read` is pending; that `read` stays pending then. */
  offerTo?(taker: FrameTaker): void
  /** Ends reading and releases the source, without waiting for it. A pending `read` gets `undefined`. */
  cancel(): void
}
