import { invalidRange, invalidType } from '../checks/errors.js'
import type { BodySource } from '../exchange/response-description.js'
import { isEntityTag } from '../fields/entity-tag.js'
import type { ByteRange } from '../fields/range.js'
import { isNodeStream } from '../streams/stream-source.js'
import { type ChunkSource, isOctetSource, type OctetSource, openChunks } from './chunk-source.js'
import { chunkBody } from './chunk-stream.js'
import type { Content } from './content.js'

/** Anything whose octets can be read from where one likes: an object store, GridFS, a database. */
export interface RandomAccessSource {
  /** Octets in all. */
  readonly size: number
  /** The octets from `start` to `end`, both inclusive: bytes, a stream or an iterable, or a promise of one. */
  read(range: { readonly start: number; readonly end: number }): OctetSource | Promise<OctetSource>
  readonly type?: string
  readonly name?: string
  readonly lastModified?: Date | number
  /** An entity-tag, quoted. */
  readonly etag?: string
}

export function isRandomAccess(value: object): value is RandomAccessSource {
  return 'size' in value && 'read' in value && typeof value.read === 'function' && !isNodeStream(value)
}

/** Refuses facts that would make a wrong head. */
export function checkRandomAccess(call: string, { size, type, name, lastModified, etag }: RandomAccessSource): void {
  if (!Number.isSafeInteger(size) || size < 0) throw invalidRange(`${call}: source.size`, 'a number of octets', size)
  for (const [key, value] of Object.entries({ type, name })) {
    if (value !== undefined && typeof value !== 'string') throw invalidType(`${call}: source.${key}`, 'a string', value)
  }
  if (etag !== undefined && (typeof etag !== 'string' || !isEntityTag(etag))) {
    throw invalidRange(`${call}: source.etag`, 'a quoted entity-tag such as \'"v1"\'', etag)
  }
  if (lastModified !== undefined && !Number.isFinite(Number(lastModified))) {
    throw invalidRange(`${call}: source.lastModified`, 'a Date or milliseconds since 1970', lastModified)
  }
}

export class RandomAccessContent implements Content {
  readonly isSeekable = true
  readonly #source: RandomAccessSource

  constructor(source: RandomAccessSource) {
    this.#source = source
  }

  get size(): number {
    return this.#source.size
  }

  get type(): string | undefined {
    return this.#source.type
  }

  get name(): string | undefined {
    return this.#source.name
  }

  get entityTag(): string | undefined {
    return this.#source.etag
  }

  get lastModified(): number | undefined {
    const { lastModified } = this.#source
    return lastModified === undefined ? undefined : Math.min(Number(lastModified), Date.now())
  }

  chunks(range: ByteRange = { firstPos: 0, lastPos: this.size - 1 }): ChunkSource {
    return new ReadChunks(this.#source, range)
  }

  body(range?: ByteRange): BodySource {
    const length = range === undefined ? this.size : range.lastPos - range.firstPos + 1
    return chunkBody(
      () => this.chunks(range),
      length,
      () => {},
    )
  }

  close(): void {}
}

/** Asks for the part when the first octets of it are wanted. */
class ReadChunks implements ChunkSource {
  readonly #source: RandomAccessSource
  readonly #range: ByteRange
  #chunks: ChunkSource | undefined
  #isClosed = false

  constructor(source: RandomAccessSource, range: ByteRange) {
    this.#source = source
    this.#range = range
  }

  async next(): Promise<Uint8Array | undefined> {
    this.#chunks ??= await this.#open()
    return this.#chunks?.next()
  }

  close(): void {
    this.#isClosed = true
    this.#chunks?.close()
  }

  async #open(): Promise<ChunkSource | undefined> {
    const { firstPos: start, lastPos: end } = this.#range
    if (end < start) return undefined
    const part: unknown = await this.#source.read({ start, end })
    if (typeof part !== 'object' || part === null || !isOctetSource(part)) {
      throw invalidType('source.read()', 'bytes, a stream or an iterable', part)
    }
    const chunks = openChunks('source.read()', part)
    if (this.#isClosed) chunks.close()
    return chunks
  }
}
