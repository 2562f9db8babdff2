import type { ByteRange } from '../fields/range.js'
import type { BodySource } from '../response-description.js'

/** What a source turned out to be once it was opened: the facts a response is decided on, and the way to its octets. */
export interface Content {
  /** Octets; absent: unknown until it has been read. */
  readonly size?: number | undefined
  /** Media type the source itself knows. */
  readonly type?: string | undefined
  readonly name?: string | undefined
  /** Milliseconds since 1970. */
  readonly lastModified?: number | undefined
  readonly entityTag?: string | undefined
  /** Whether any part of it can be had apart. */
  readonly isSeekable: boolean
  /** The octets as a body: all of them, or the range. Opened at most once, and then closes the content by itself. */
  body(range?: ByteRange): BodySource
  /** Releases the source where no body is opened. */
  close(): void
}
