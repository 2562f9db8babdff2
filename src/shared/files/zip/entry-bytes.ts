import { crc32 } from 'node:zlib'
import { isTurnUsedUp, nextTurn } from '../../wire/turn-budget.js'
import type { Content, ReadContext } from '../content.js'
import { MeasuredBytes } from '../measured-bytes.js'
import { BLOCK_SIZE } from './data-coders.js'

/**
 * The bytes of one entry in blocks of one size, with their count and their checksum. An entry that gives fewer or more
 * bytes than its source has announced is a failure.
 */
export class EntryBytes {
  readonly #content: Content
  readonly #source: MeasuredBytes
  /** What the last chunk has left for the next block. */
  #rest: Uint8Array = EMPTY
  #isClosed = false
  crc = 0

  /** Reads all of the content, or the `size` bytes that it begins with. */
  constructor(content: Content, context: ReadContext | undefined, size: number | undefined = content.size) {
    this.#content = content
    const part = size === undefined || size === content.size ? undefined : { firstPos: 0, lastPos: size - 1 }
    this.#source = new MeasuredBytes('zip: source', content.pull(part, context), size)
  }

  /** Bytes that the source has given. */
  get size(): number {
    return this.#source.size
  }

  /** The next block. Only the last one is smaller; `undefined`: there is none. */
  async nextBlock(): Promise<Buffer | undefined> {
    const parts: Uint8Array[] = []
    let length = 0
    while (length < BLOCK_SIZE) {
      if (isTurnUsedUp()) await nextTurn()
      if (this.#rest.byteLength === 0) {
        const chunk = await this.#source.next()
        if (chunk === undefined) break
        this.#rest = chunk
      }
      const part = this.#rest.subarray(0, BLOCK_SIZE - length)
      this.#rest = this.#rest.subarray(part.byteLength)
      length += part.byteLength
      parts.push(part)
    }
    if (length === 0) return undefined
    const block = joined(parts, length)
    this.crc = crc32(block, this.crc)
    return block
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#source.close()
    this.#content.close()
  }
}

const EMPTY = new Uint8Array(0)

/** Checksum of bytes in memory, a block at a time, so that many bytes do not hold the event loop. */
export async function checksum(bytes: Uint8Array): Promise<number> {
  let crc = 0
  for (let at = 0; at < bytes.byteLength; at += BLOCK_SIZE) {
    crc = crc32(bytes.subarray(at, at + BLOCK_SIZE), crc)
    if (isTurnUsedUp()) await nextTurn() // the bytes may be transferred meanwhile
  }
  return crc
}

/** One part is not copied. */
function joined(parts: readonly Uint8Array[], length: number): Buffer {
  const [only] = parts
  if (only === undefined || parts.length > 1) return Buffer.concat(parts, length)
  return Buffer.from(only.buffer, only.byteOffset, only.byteLength)
}
