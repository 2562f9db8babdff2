import { crc32 } from 'node:zlib'
import { ResponseKitError } from '../../checks/errors.js'
import { encodeBytes } from '../../streams/byte-chunk.js'
import { checkedResult, closeSource, type PullSource } from '../../streams/pull-source.js'
import { isTurnUsedUp, nextTurn } from '../../wire/turn-budget.js'
import type { Content, ReadContext } from '../content.js'
import { shortBody } from '../disk/file-error.js'
import { BLOCK_SIZE } from './data-coders.js'

/**
 * The bytes of one entry in blocks of one size, with their count and their checksum. An entry that gives fewer or more
 * bytes than its source has announced is a failure.
 */
export class EntryBytes {
  readonly #content: Content
  readonly #source: PullSource
  #position = 0
  #isOver = false
  /** What the last chunk has left for the next block. */
  #rest: Uint8Array = EMPTY
  #isClosed = false
  size = 0
  crc = 0

  constructor(content: Content, context: ReadContext | undefined) {
    this.#content = content
    this.#source = content.pull(undefined, context)
  }

  /** The next block. Only the last one is smaller; `undefined`: there is none. */
  async nextBlock(): Promise<Buffer | undefined> {
    const parts: Uint8Array[] = []
    let length = 0
    while (length < BLOCK_SIZE) {
      if (isTurnUsedUp()) await nextTurn()
      if (this.#rest.byteLength === 0) {
        const chunk = await this.#nextChunk()
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
    if (!this.#isOver) closeSource(this.#source, () => {})
    this.#content.close()
  }

  async #pull(): Promise<Uint8Array | undefined> {
    const { done, value } = checkedResult(await this.#source.next())
    if (done === true) {
      this.#isOver = true
      return undefined
    }
    const chunk = encodeBytes('zip: source', await value, this.#position++)
    return typeof chunk === 'string' ? Buffer.from(chunk) : chunk
  }

  async #nextChunk(): Promise<Uint8Array | undefined> {
    const chunk = await this.#pull()
    const announced = this.#content.size
    this.size += chunk?.byteLength ?? 0
    if (announced !== undefined && this.size > announced) {
      throw new ResponseKitError('LONG_BODY', `The source gave more than the ${announced} bytes it announced`)
    }
    if (announced !== undefined && chunk === undefined && this.size < announced) throw shortBody(announced, this.size)
    return chunk
  }
}

const EMPTY = new Uint8Array(0)

/** Checksum of bytes in memory, a block at a time, so that many bytes do not hold the event loop. */
export async function checksum(bytes: Uint8Array): Promise<number> {
  let crc = 0
  for (let at = 0; at < bytes.byteLength; at += BLOCK_SIZE) {
    if (isTurnUsedUp()) await nextTurn()
    crc = crc32(bytes.subarray(at, at + BLOCK_SIZE), crc)
  }
  return crc
}

/** One part is not copied. */
function joined(parts: readonly Uint8Array[], length: number): Buffer {
  const [only] = parts
  if (only === undefined || parts.length > 1) return Buffer.concat(parts, length)
  return Buffer.from(only.buffer, only.byteOffset, only.byteLength)
}
