import { toBuffer } from '../checks/bytes.js'
import type { BodySource } from '../exchange/response-description.js'
import { entityTagOf } from '../fields/entity-tag.js'
import type { ByteRange } from '../fields/range.js'
import { type ChunkSource, openChunks } from './chunk-source.js'
import { chunkBody } from './chunk-stream.js'
import type { Content } from './content.js'

/** Bytes in memory; their entity-tag is their hash. */
export class BytesContent implements Content {
  readonly isSeekable = true
  readonly #bytes: Uint8Array

  constructor(bytes: ArrayBufferView | ArrayBufferLike) {
    this.#bytes = toBuffer(bytes)
  }

  get size(): number {
    return this.#bytes.byteLength
  }

  get entityTag(): string {
    return entityTagOf(this.#bytes, 'strong')
  }

  chunks(range?: ByteRange): ChunkSource {
    return openChunks('source', this.#part(range))
  }

  body(range?: ByteRange): BodySource {
    const part = this.#part(range)
    return { length: part.byteLength, open: () => part, cancel: () => {} }
  }

  close(): void {}

  #part(range?: ByteRange): Uint8Array {
    return range === undefined ? this.#bytes : this.#bytes.subarray(range.firstPos, range.lastPos + 1)
  }
}

/** A Blob, or a File with its name and date. */
export class BlobContent implements Content {
  readonly isSeekable = true
  readonly #blob: Blob

  constructor(blob: Blob) {
    this.#blob = blob
  }

  get size(): number {
    return this.#blob.size
  }

  get type(): string | undefined {
    return this.#blob.type || undefined
  }

  get name(): string | undefined {
    return 'name' in this.#blob && typeof this.#blob.name === 'string' ? this.#blob.name : undefined
  }

  get lastModified(): number | undefined {
    const time = 'lastModified' in this.#blob ? this.#blob.lastModified : undefined
    return typeof time === 'number' ? Math.min(time, Date.now()) : undefined
  }

  chunks(range?: ByteRange): ChunkSource {
    return openChunks('source', range ? this.#blob.slice(range.firstPos, range.lastPos + 1) : this.#blob)
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
