import { Readable } from 'node:stream'
import { ResponseKitError } from '../checks/errors.js'
import type { BodySource } from '../exchange/response-description.js'
import type { ChunkSource } from './chunk-source.js'
import { fileError, shortBody } from './disk/file-error.js'

/** A body read from chunks, held to its length where one is announced. */
export function chunkBody(open: () => ChunkSource, length: number | undefined, release: () => void): BodySource {
  return {
    ...(length !== undefined && { length }),
    async open() {
      const chunks = open()
      try {
        const first = await firstOctets(chunks)
        if (first === undefined && length !== undefined && length > 0) throw shortBody(length, 0)
        return new ChunkStream(chunks, first, length, release)
      } catch (error) {
        chunks.close()
        release()
        throw fileError(error)
      }
    },
    cancel: release,
  }
}

/** The first chunk that is not empty: a source that fails is an error page until it has given one. */
async function firstOctets(chunks: ChunkSource): Promise<Uint8Array | undefined> {
  let chunk = await chunks.next()
  while (chunk?.byteLength === 0) chunk = await chunks.next()
  return chunk
}

class ChunkStream extends Readable {
  readonly #chunks: ChunkSource
  readonly #length: number | undefined
  readonly #release: () => void
  #next: Uint8Array | undefined
  #isFirst = true
  #sent = 0

  constructor(chunks: ChunkSource, first: Uint8Array | undefined, length: number | undefined, release: () => void) {
    super({ highWaterMark: 64 * 1024 })
    this.#chunks = chunks
    this.#next = first
    this.#length = length
    this.#release = release
  }

  override _read(): void {
    if (this.#isFirst) {
      this.#isFirst = false
      this.#give(this.#next)
      this.#next = undefined
      return
    }
    firstOctets(this.#chunks).then(
      (chunk) => this.#give(chunk),
      (error) => this.destroy(fileError(error)),
    )
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#chunks.close()
    this.#release()
    callback(error)
  }

  #give(chunk: Uint8Array | undefined): void {
    if (this.destroyed) return
    const length = this.#length
    if (chunk === undefined) {
      if (length === undefined || this.#sent === length) this.push(null)
      else this.destroy(shortBody(length, this.#sent))
      return
    }
    const room = length === undefined ? chunk.byteLength : length - this.#sent
    this.#sent += chunk.byteLength
    if (chunk.byteLength <= room) {
      this.push(chunk)
      return
    }
    if (room > 0) this.push(chunk.subarray(0, room))
    this.destroy(new ResponseKitError('LONG_BODY', `The source gave more than the ${length} octets announced`))
  }
}
