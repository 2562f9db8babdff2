import type { Exchange } from '../exchange/exchange.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import type { BodySource } from '../exchange/response-description.js'
import type { ByteRange } from '../fields/range.js'
import type { PullSource } from '../streams/pull-source.js'
import type { OpenedPath } from './disk/delete-file.js'
import type { PresignedAnswer } from './objects/object-source.js'

/** What the reading of a part may ask for. */
export interface ReadContext {
  /** Fires when the client has left. */
  readonly signal: AbortSignal
}

/** What a source turned out to be once it was opened: the facts a response is decided on, and the way to its bytes. */
export interface Content {
  /** Bytes; absent: unknown until it has been read. */
  readonly size?: number | undefined
  /** Media type the source itself knows. */
  readonly type?: string | undefined
  readonly name?: string | undefined
  /** The entity-tag is already that of the coded form. */
  readonly isTagOfCoding?: boolean
  /** The type is that of another server, and is sent as it is. */
  readonly keepsType?: boolean
  /** Milliseconds since 1970. */
  readonly lastModified?: number | undefined
  /** Permission bits of a file on the disk. */
  readonly mode?: number | undefined
  /** Which file on the disk it is, whatever it holds. */
  readonly inode?: string | undefined
  /** Its path on the disk. */
  readonly path?: string | undefined
  /** The date may be that of other versions too: a part of one of them is not told by it (RFC 9110 §8.8.2.2). */
  readonly isDateWeak?: boolean | undefined
  /** Content-Encoding of a form that was made ahead of time. */
  readonly encoding?: string | undefined
  /** Whether each part of it can be read by itself, and more than once. */
  readonly isSeekable: boolean
  /** Equal for equal bytes only; an object counts by its identity. Absent: not known. */
  readonly identity?: string | object | undefined
  /** The file on the disk that was asked for, as it was when it was opened. */
  readonly opened?: OpenedPath | undefined
  /** The entity-tag that the source has by itself, if any. */
  entityTag(facts: RequestFacts): string | undefined | Promise<string>
  /** The bytes, all or of the range, from their first on. It may be read while the content is closed, and has a close of its own. */
  pull(range?: ByteRange, context?: ReadContext): PullSource
  /**
   * Asks for the first bytes of a body that will be sent, while a failure can still change the answer. `pull` of the same
   * range takes them. `pull` of another range, or `close`, releases them.
   */
  prepare?(range: ByteRange | undefined): Promise<void>
  /** Makes a URL by which the store itself answers, if the source wants that. */
  readonly presign?: ((answer: PresignedAnswer) => string | Promise<string>) | undefined
  /** A body that is faster than what is pulled, if there is one. Its `open` or `cancel` closes the content. */
  directBody?(exchange: Exchange, range: ByteRange | undefined): BodySource | undefined
  /** Releases the source. May be called more than once. */
  close(): void
}

/** With an `idleLimit` a body longer than this is sent piece by piece, so that a client that stalls is seen. */
export const LONGEST_UNWATCHED: number = 64 * 1024
