import { viewBytes } from '../checks/bytes.js'
import type { Exchange } from '../exchange/exchange.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import type { BodySource } from '../exchange/response-description.js'
import { entityTagOf, MOST_HASHED_AT_ONCE } from '../fields/entity-tag.js'
import { type ByteRange, lengthOf } from '../fields/range.js'
import { openPullSource, type PullSource } from '../streams/pull-source.js'
import { typeOfBlob } from '../streams/stream-source.js'
import { pullCallersSource } from './byte-source.js'
import { type Content, LONGEST_UNWATCHED } from './content.js'
import { contentHash } from './content-hash.js'

/** More bytes than this are sent piece by piece: a TLS connection encrypts in one turn what it is given at once. */
const LONGEST_AT_ONCE = 1024 * 1024
const PIECE = 256 * 1024

/** The bytes in pieces, so that neither a socket nor a hash gets them all in one turn. */
export function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.byteLength; start += PIECE) yield bytes.subarray(start, start + PIECE)
}

/**
 * Bytes that are in memory as a body; `read` gives them when they are sent. `undefined` if they have to be sent piece by
 * piece: they are long, or a stalled client has to be seen meanwhile.
 */
export function bytesBody({ settings }: Exchange, length: number, read: () => Uint8Array): BodySource | undefined {
  if (length > (settings.idleLimit > 0 ? LONGEST_UNWATCHED : LONGEST_AT_ONCE)) return undefined
  return { length, open: read, cancel: () => {} }
}

export function partOf(bytes: Uint8Array, range: ByteRange | undefined): Uint8Array {
  return range === undefined ? bytes : bytes.subarray(range.firstPos, range.firstPos + lengthOf(range))
}

/** Bytes in memory; their entity-tag is their hash. */
export class BytesContent implements Content {
  readonly isSeekable = true
  readonly identity: object
  readonly #bytes: Uint8Array

  constructor(call: string, bytes: ArrayBufferView | ArrayBufferLike) {
    this.identity = bytes
    this.#bytes = viewBytes(`${call}: source`, bytes)
  }

  get size(): number {
    return this.#bytes.byteLength
  }

  entityTag(facts: RequestFacts): string | Promise<string> {
    if (this.size <= MOST_HASHED_AT_ONCE) return entityTagOf(this.#bytes, 'strong')
    const tag = (digest: string): string => `"${this.size.toString(16)}-${digest.slice(0, 27)}"` // as entityTagOf writes it
    return contentHash(facts, this, 'sha1', 'the entity-tag of bytes').then(tag)
  }

  pull(range?: ByteRange): PullSource {
    return openPullSource(piecesOf(partOf(this.#bytes, range)))
  }

  directBody(exchange: Exchange, range: ByteRange | undefined): BodySource | undefined {
    const part = partOf(this.#bytes, range)
    return bytesBody(exchange, part.byteLength, () => part)
  }

  close(): void {}
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
    return typeOfBlob(this.#blob)
  }

  get name(): string | undefined {
    return 'name' in this.#blob && typeof this.#blob.name === 'string' ? this.#blob.name : undefined
  }

  get lastModified(): number | undefined {
    const time = 'lastModified' in this.#blob ? this.#blob.lastModified : undefined
    return typeof time === 'number' ? Math.min(time, Date.now()) : undefined
  }

  /** A Blob never changes. */
  get identity(): object {
    return this.#blob
  }

  entityTag(): undefined {}

  pull(range?: ByteRange): PullSource {
    return pullCallersSource(range ? this.#blob.slice(range.firstPos, range.lastPos + 1) : this.#blob)
  }

  close(): void {}
}
