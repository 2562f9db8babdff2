import { timeOf } from '../checks/date.js'
import { invalidRange, invalidType } from '../checks/errors.js'
import { quoteEntityTag } from '../fields/entity-tag.js'
import { checkMediaType } from '../fields/media-type.js'
import type { ByteRange } from '../fields/range.js'
import { closeSource, type PullSource } from '../streams/pull-source.js'
import { holdGiven, releaseSource } from '../streams/source-owner.js'
import { isNodeStream } from '../streams/stream-source.js'
import { type ByteSource, isByteSource, pullCallersSource, sourceError } from './byte-source.js'
import type { Content, ReadContext } from './content.js'

/** The part that a random-access source is asked for. */
export interface ReadRange {
  /** Position of the first byte. */
  readonly start: number
  /** Position of the last byte, inclusive. */
  readonly end: number
  /** Fires when the client has left. */
  readonly signal: AbortSignal
}

/** Anything whose bytes can be read from any position: an object store, GridFS, a database. */
export interface RandomAccessSource {
  /** Bytes in all. */
  readonly size: number
  /** The bytes from `start` to `end`: bytes, a stream or an iterable, or a promise of one. */
  read(range: ReadRange): ByteSource | Promise<ByteSource>
  /** Media type. Default: by the extension of the name. */
  readonly type?: string
  /** Name of the file. Default: the filename of the call. */
  readonly name?: string
  /** A Date or milliseconds since 1970, for Last-Modified. */
  readonly lastModified?: Date | number
  /** An entity-tag, quoted or to be quoted. */
  readonly etag?: string
}

export function isRandomAccess(value: object): value is RandomAccessSource {
  return 'size' in value && 'read' in value && typeof value.read === 'function' && !isNodeStream(value)
}

/** What a source says of itself. */
export type RandomAccessFacts = Omit<RandomAccessSource, 'read'>

/** Reads each fact once, because a getter may give another value each time. Refuses facts that would make a wrong head. */
export function readRandomAccess(subject: string, source: RandomAccessSource): RandomAccessFacts {
  const { size, type, name, lastModified, etag } = source
  const time = typeof lastModified === 'number' ? lastModified : timeOf(lastModified)
  if (!Number.isSafeInteger(size) || size < 0) throw invalidRange(`${subject}.size`, 'a number of bytes', size)
  if (name !== undefined && typeof name !== 'string') throw invalidType(`${subject}.name`, 'a string', name)
  if (type !== undefined) checkMediaType(`${subject}.type`, type)
  if (etag !== undefined && (typeof etag !== 'string' || quoteEntityTag(etag) === undefined)) {
    throw invalidRange(`${subject}.etag`, 'an entity-tag, quoted or to be quoted', etag)
  }
  if (lastModified !== undefined && !Number.isFinite(time)) {
    throw invalidRange(`${subject}.lastModified`, 'a Date or milliseconds since 1970', lastModified)
  }
  return {
    size,
    ...(type !== undefined && { type }),
    ...(name !== undefined && { name }),
    ...(lastModified !== undefined && { lastModified: time }),
    ...(etag !== undefined && { etag }),
  }
}

export class RandomAccessContent implements Content {
  readonly isSeekable = true
  readonly size: number
  readonly type: string | undefined
  readonly name: string | undefined
  readonly lastModified: number | undefined
  readonly #tag: string | undefined
  readonly #source: RandomAccessSource
  readonly #call: string

  constructor(call: string, source: RandomAccessSource) {
    const { size, type, name, lastModified, etag } = readRandomAccess(`${call}: source`, source)
    this.#call = call
    this.#source = source
    this.size = size
    this.type = type
    this.name = name
    this.lastModified = lastModified === undefined ? undefined : Math.min(Number(lastModified), Date.now())
    this.#tag = etag === undefined ? undefined : quoteEntityTag(etag)
  }

  entityTag(): string | undefined {
    return this.#tag
  }

  pull(range: ByteRange = { firstPos: 0, lastPos: this.size - 1 }, context?: ReadContext): PullSource {
    return new PulledPart(this.#call, this.#source, range, context)
  }

  close(): void {}
}

const END: IteratorReturnResult<undefined> = { done: true, value: undefined }

/** Asks for the part when the first bytes of it are wanted. */
class PulledPart implements PullSource {
  readonly #call: string
  readonly #source: RandomAccessSource
  readonly #range: ByteRange
  readonly #context: ReadContext
  #part: PullSource | undefined
  #isClosed = false

  constructor(call: string, source: RandomAccessSource, range: ByteRange, context: ReadContext | undefined) {
    this.#call = call
    this.#source = source
    this.#range = range
    this.#context = context ?? new AbortController()
  }

  next(): ReturnType<PullSource['next']> {
    if (this.#part !== undefined) return this.#part.next()
    if (this.#isClosed || this.#range.lastPos < this.#range.firstPos) return END
    return this.#open()
  }

  close(): unknown {
    this.#isClosed = true
    return this.#part?.close()
  }

  async #open(): Promise<IteratorResult<unknown, unknown>> {
    const { firstPos: start, lastPos: end } = this.#range
    const context = this.#context
    const part = await this.#read({
      start,
      end,
      get signal() {
        return context.signal
      },
    })
    if (typeof part !== 'object' || part === null || !isByteSource(part)) {
      releaseSource(part)
      throw invalidType(`${this.#call}: what source.read() gave`, 'bytes, a stream or an iterable', part)
    }
    this.#part = pullCallersSource(part)
    if (!this.#isClosed) return this.#part.next()
    closeSource(this.#part, () => {}) // the client has left while the part was opened
    return END
  }

  async #read(range: ReadRange): Promise<unknown> {
    try {
      return (await holdGiven(this.#source.read(range))).source
    } catch (reason) {
      throw sourceError(reason)
    }
  }
}
