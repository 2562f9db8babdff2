import type { BigIntStats } from 'node:fs'
import type { Exchange } from '../../exchange/exchange.js'
import type { RequestFacts } from '../../exchange/request-facts.js'
import type { BodySource, OpenedBody } from '../../exchange/response-description.js'
import { type ByteRange, lengthOf } from '../../fields/range.js'
import type { PullSource } from '../../streams/pull-source.js'
import { takeBuffer } from '../../wire/buffer-pool.js'
import { type Content, LONGEST_UNWATCHED } from '../content.js'
import type { OpenedPath } from './delete-file.js'
import { fileError, sameFailure, shortBody } from './file-error.js'
import { identityOf, isTimeGiven, modificationTime } from './file-facts.js'
import { FileStream } from './file-stream.js'
import { tagOfFile } from './file-tag.js'
import type { OpenFile } from './open-file.js'
import { UnmeasuredFile } from './unmeasured-file.js'

/** Up to here a body is read and written at once, from a buffer of its own: that costs less than a stream. */
const FIRST_READ = 256 * 1024
/** The same for a file that several requests have asked for together, which share what is read. */
const SHARED_READ = 1024 * 1024

export interface FileContentFacts {
  /** The path of the bytes; a FileHandle tells none. */
  readonly path: string | undefined
  /** The path that was asked for, if the bytes are a form of that file which was made ahead of time. */
  readonly name?: string
  /** Content-Encoding of that form. */
  readonly encoding?: string
  readonly opened: OpenedPath | undefined
}

/** What an open file has to send. */
export function contentOfFile(file: OpenFile, facts: FileContentFacts): Content {
  if (file.isMeasured) return new FileContent(file, facts)
  const { path, name = path, encoding, opened } = facts
  return new UnmeasuredFile(file, { name, encoding, opened })
}

/** An open file on the disk. */
export class FileContent implements Content {
  readonly isSeekable = true
  readonly path: string | undefined
  readonly name: string | undefined
  readonly encoding: string | undefined
  readonly opened: OpenedPath | undefined
  readonly #file: OpenFile

  constructor(file: OpenFile, { path, name = path, encoding, opened }: FileContentFacts) {
    this.#file = file
    this.path = path
    this.name = name
    this.encoding = encoding
    this.opened = opened
  }

  get size(): number {
    return this.#file.size
  }

  get lastModified(): number {
    return modificationTime(this.#file.stats)
  }

  get mode(): number {
    return permissionsOf(this.#file.stats)
  }

  get identity(): string {
    return identityOf(this.#file.stats)
  }

  get isDateWeak(): boolean {
    return isTimeGiven(this.#file.stats)
  }

  entityTag(facts: RequestFacts): string | Promise<string> {
    return tagOfFile(facts, this, this.#file.stats)
  }

  pull(range: ByteRange = this.#whole): PullSource {
    return new FileChunks(this.#file.share(), range)
  }

  directBody(exchange: Exchange, range: ByteRange = this.#whole): BodySource {
    return {
      length: lengthOf(range),
      open: () => openPart(exchange, this.#file, range),
      cancel: () => this.close(),
    }
  }

  close(): void {
    this.#file.close()
  }

  get #whole(): ByteRange {
    return { firstPos: 0, lastPos: this.size - 1 }
  }
}

export function permissionsOf({ mode }: BigIntStats): number {
  return Number(mode & 0o7777n)
}

/** Resolves when the first bytes are there, so that a file that cannot be read is still an error page. */
async function openPart(exchange: Exchange, file: OpenFile, range: ByteRange): Promise<OpenedBody> {
  const { firstPos } = range
  const length = lengthOf(range)
  const isWatched = exchange.facts.settings.idleLimit > 0
  const mostAtOnce = isWatched ? LONGEST_UNWATCHED : FIRST_READ
  try {
    if (length === file.size && length <= (file.isShared && !isWatched ? SHARED_READ : mostAtOnce)) {
      const { isShared } = file
      const whole = await file.readWhole()
      file.close()
      return isShared ? Buffer.from(whole) : whole // a middleware may write on its own
    }
    if (length > mostAtOnce) return await openStream(exchange, file, firstPos, length)
    const part = await filled(file, Buffer.allocUnsafeSlow(length), firstPos, length)
    file.close()
    return part
  } catch (error) {
    file.close()
    throw sameFailure(error) // of a read that others share
  }
}

async function openStream(exchange: Exchange, file: OpenFile, firstPos: number, length: number): Promise<FileStream> {
  const first = Math.min(FIRST_READ, length)
  const buffer = await filled(file, takeBuffer(first), firstPos, first)
  return new FileStream(file, { firstPos, length, exchange }, buffer, first)
}

async function filled(file: OpenFile, buffer: Buffer, firstPos: number, length: number): Promise<Buffer> {
  await file.readFully(buffer, length, firstPos)
  return buffer
}

const CHUNK = 256 * 1024

/** A part of a file, chunk by chunk. It has its own use of the file, which ends with its last chunk or a failure. */
class FileChunks implements PullSource {
  readonly #file: OpenFile
  #position: number
  readonly #end: number
  readonly #length: number

  constructor(file: OpenFile, range: ByteRange) {
    this.#file = file
    this.#position = range.firstPos
    this.#length = lengthOf(range)
    this.#end = range.lastPos + 1
  }

  next(): Promise<IteratorResult<unknown, unknown>> {
    const left = this.#end - this.#position
    if (left <= 0) {
      this.close()
      return Promise.resolve({ done: true, value: undefined })
    }
    const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, left))
    return new Promise((resolve, reject) => {
      this.#file.read(buffer, buffer.byteLength, this.#position, (error, count) => {
        if (error === null && count > 0) {
          this.#position += count
          resolve({ done: false, value: buffer.subarray(0, count) })
          return
        }
        this.close() // as a generator that throws: no reader closes it after that
        reject(error === null ? shortBody(this.#length, this.#length - left) : fileError(error))
      })
    })
  }

  close(): void {
    this.#file.close()
  }
}
