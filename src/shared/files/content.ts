import type { BodySource } from '../exchange/response-description.js'
import type { ByteRange } from '../fields/range.js'
import type { ChunkSource } from './chunk-source.js'

/** What a source turned out to be once it was opened: the facts a response is decided on, and the way to its octets. */
export interface Content {
  /** Octets; absent: unknown until it has been read. */
  readonly size?: number | undefined
  /** Media type the source itself knows. */
  readonly type?: string | undefined
  readonly name?: string | undefined
  /** Where it is on the disk. */
  readonly path?: string | undefined
  /** Content-Encoding of a form that was made beforehand. */
  readonly encoding?: string | undefined
  /** Milliseconds since 1970. */
  readonly lastModified?: number | undefined
  readonly entityTag?: string | undefined
  /** Whether any part of it can be had apart, and more than once. */
  readonly isSeekable: boolean
  /** The same for the same octets, and for no other; absent: not known. */
  readonly identity?: string | undefined
  /** The octets, all of them or of the range, for whoever reads them to make something else. Leaves the content open. */
  chunks(range?: ByteRange): ChunkSource
  /** The octets as a body. Opened at most once, and closes the content by itself. */
  body(range?: ByteRange): BodySource
  /** Releases the source where no body is opened. */
  close(): void
}
