import { BATCH_SIZE } from '../batch.js'

/** A client for which more bytes wait does not keep up. */
const BACKLOG_LIMIT = 1024 * 1024

/** Whether this much is too much to wait for a client. A client that keeps up may get one event of any length. */
export function isTooMuch(events: number, bytes: number): boolean {
  return bytes > BACKLOG_LIMIT && events > 1
}

/** What waits for a client, in order. It leaves in batches: a single frame is not copied, and a large one leaves in pieces. */
export class Backlog {
  #frames: Buffer[] = []
  #length = 0
  /** The rest of a large frame of which the client has a part. */
  #rest: Buffer | undefined

  get isEmpty(): boolean {
    return this.#rest === undefined && this.#frames.length === 0
  }

  /** The client does not keep up. */
  get isTooLong(): boolean {
    return isTooMuch(this.#frames.length, this.#length)
  }

  add(frame: Buffer): void {
    this.#frames.push(frame)
    this.#length += frame.length
  }

  /** The next batch: the first frames, joined up to the size of a batch. `undefined`: nothing waits. */
  take(): Buffer | undefined {
    if (this.#rest !== undefined) return this.#takePiece(this.#rest)
    let [count, length] = [0, 0]
    for (const frame of this.#frames) {
      if (count > 0 && length + frame.length > BATCH_SIZE) break
      count++
      length += frame.length
    }
    const taken = this.#frames.slice(0, count)
    const [first] = taken
    if (first === undefined) return undefined
    this.#frames = this.#frames.slice(count)
    this.#length -= length
    return count > 1 ? Buffer.concat(taken, length) : this.#takePiece(first)
  }

  clear(): void {
    this.#frames = []
    this.#length = 0
    this.#rest = undefined
  }

  /** Each piece that the client takes shows that it still reads. */
  #takePiece(bytes: Buffer): Buffer {
    this.#rest = bytes.length > BATCH_SIZE ? bytes.subarray(BATCH_SIZE) : undefined
    return bytes.subarray(0, BATCH_SIZE)
  }
}
