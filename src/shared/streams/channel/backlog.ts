import { BATCH_SIZE } from '../batch.js'

/** A client for which more bytes wait does not keep up. */
const BACKLOG_LIMIT = 1024 * 1024

/** Whether this much is too much to wait for a client. A client that keeps up may get one event of any length. */
export function isTooMuch(events: number, bytes: number): boolean {
  return bytes > BACKLOG_LIMIT && events > 1
}

/** Bytes that wait: events, or what the kit adds to them, such as a position. */
interface Waiting {
  readonly bytes: Buffer
  readonly isEvent: boolean
}

/** What waits for a client, in order. It leaves in batches of its own bytes, and a large frame in pieces. */
export class Backlog {
  #frames: Waiting[] = []
  /** How many of the frames hold events, and the bytes of these. Nothing else shows that the client does not keep up. */
  #events = 0
  #eventBytes = 0
  /** The rest of a large frame of which the client has a part. */
  #rest: Buffer | undefined

  get isEmpty(): boolean {
    return this.#rest === undefined && this.#frames.length === 0
  }

  /** The client does not keep up. */
  get isTooLong(): boolean {
    return isTooMuch(this.#events, this.#eventBytes)
  }

  /** Adds an event, or several of them. */
  add(bytes: Buffer): void {
    this.#frames.push({ bytes, isEvent: true })
    this.#events++
    this.#eventBytes += bytes.length
  }

  /** Adds what is no event: a position, a comment or the last word of a stream. */
  addNote(bytes: Buffer): void {
    this.#frames.push({ bytes, isEvent: false })
  }

  /** The next batch: the first frames, joined up to the size of a batch. `undefined`: nothing waits. */
  take(): Buffer | undefined {
    if (this.#rest !== undefined) return this.#takePiece(this.#rest)
    const taken: Buffer[] = []
    let length = 0
    for (const { bytes, isEvent } of this.#frames) {
      if (taken.length > 0 && length + bytes.length > BATCH_SIZE) break
      taken.push(bytes)
      length += bytes.length
      if (!isEvent) continue
      this.#events--
      this.#eventBytes -= bytes.length
    }
    const [first] = taken
    if (first === undefined) return undefined
    this.#frames = this.#frames.slice(taken.length)
    return taken.length > 1 ? Buffer.concat(taken, length) : this.#takePiece(first)
  }

  clear(): void {
    this.#frames = []
    this.#events = 0
    this.#eventBytes = 0
    this.#rest = undefined
  }

  /**
   * Each piece that the client takes shows that it still reads. It is a copy: the frame is that of all clients, and a
   * middleware of one may change what it gets.
   */
  #takePiece(bytes: Buffer): Buffer {
    this.#rest = bytes.length > BATCH_SIZE ? bytes.subarray(BATCH_SIZE) : undefined
    return Buffer.from(bytes.subarray(0, BATCH_SIZE))
  }
}
