import { isBytes, toBuffer } from '../checks/bytes.js'
import { invalidType } from '../checks/errors.js'
import { openPullSource, type PullSource } from '../streams/pull-source.js'
import { isReadable } from '../streams/stream-source.js'

/** One way to read whatever gives octets piece by piece. */
export interface ChunkSource {
  /** The next octets, `undefined` at the end. Never called twice at once. */
  next(): Promise<Uint8Array | undefined>
  /** Ends reading at any time and releases the source, without waiting for it. */
  close(): void
}

/** Octets, or text, in one piece or many. */
export type OctetSource =
  | ArrayBufferView
  | ArrayBufferLike
  | Blob
  | NodeJS.ReadableStream
  | ReadableStream
  | Iterable<unknown>
  | AsyncIterable<unknown>

export function isOctetSource(value: object): value is OctetSource {
  return isBytes(value) || isReadable(value)
}

/** Starts reading; nothing is asked of the source before the first `next`. */
export function openChunks(subject: string, value: OctetSource): ChunkSource {
  return new PulledChunks(subject, openPullSource(value))
}

class PulledChunks implements ChunkSource {
  readonly #subject: string
  readonly #source: PullSource
  #isOver = false

  constructor(subject: string, source: PullSource) {
    this.#subject = subject
    this.#source = source
  }

  async next(): Promise<Uint8Array | undefined> {
    const { done, value } = await this.#source.next()
    if (done !== true) return toOctets(this.#subject, await value)
    this.#isOver = true
    return undefined
  }

  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    try {
      Promise.resolve(this.#source.close()).catch(() => {})
    } catch {
      // the cleanup of a source whose answer is over
    }
  }
}

function toOctets(subject: string, chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  if (typeof chunk === 'string') return Buffer.from(chunk)
  if (isBytes(chunk)) return toBuffer(chunk)
  throw invalidType(`${subject}: chunk`, 'a Buffer, typed array, ArrayBuffer or string', chunk, 'INVALID_CHUNK')
}
