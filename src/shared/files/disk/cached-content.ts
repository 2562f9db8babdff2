import type { BigIntStats } from 'node:fs'
import type { BodySource } from '../../exchange/response-description.js'
import type { ByteRange } from '../../fields/range.js'
import { type ChunkSource, openChunks } from '../chunk-source.js'
import type { Content } from '../content.js'
import { entityTagOfFile, identityOf, modificationTime } from './file-facts.js'

/** A small file in memory, with the facts it was read under. Shared by all requests for it. */
export class CachedContent implements Content {
  readonly isSeekable = true
  readonly path: string
  readonly name: string
  readonly entityTag: string
  readonly identity: string
  readonly #bytes: Uint8Array
  readonly #stats: BigIntStats

  constructor(path: string, bytes: Uint8Array, stats: BigIntStats) {
    this.path = path
    this.name = path
    this.#bytes = bytes
    this.#stats = stats
    this.entityTag = entityTagOfFile(stats)
    this.identity = identityOf(stats)
  }

  get size(): number {
    return this.#bytes.byteLength
  }

  get lastModified(): number {
    return modificationTime(this.#stats)
  }

  chunks(range?: ByteRange): ChunkSource {
    return openChunks('file', this.#part(range))
  }

  body(range?: ByteRange): BodySource {
    const part = this.#part(range)
    return { length: part.byteLength, open: () => part, cancel: () => {} }
  }

  close(): void {}

  #part(range: ByteRange | undefined): Uint8Array {
    return range === undefined ? this.#bytes : this.#bytes.subarray(range.firstPos, range.lastPos + 1)
  }
}
