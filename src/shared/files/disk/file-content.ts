import type { BigIntStats } from 'node:fs'
import type { Exchange } from '../../exchange/exchange.js'
import type { RequestFacts } from '../../exchange/request-facts.js'
import type { BodySource, OpenedBody } from '../../exchange/response-description.js'
import { type ByteRange, lengthOf } from '../../fields/range.js'
import type { PullSource } from '../../streams/pull-source.js'
import { releaseBuffer, takeBuffer } from '../../wire/buffer-pool.js'
import { type Content, LONGEST_UNWATCHED } from '../content.js'
import type { OpenedPath } from './delete-file.js'
import { fileError, shortBody } from './file-error.js'
import { identityOf, inodeOf, isTimeGiven, modificationTime } from './file-facts.js'
import { FileStream } from './file-stream.js'
import { tagOfFile } from './file-tag.js'
import type { OpenFile } from './open-file.js'
import { UnmeasuredFile } from './unmeasured-file.js'

/** Up to here a body is read and written at once, from a buffer of its own: that costs less than a stream. */
const FIRST_READ = 256 * 1024
/** Node cuts smaller buffers from one of its own: that costs less than the pool. */
const SMALLEST_POOLED = 4096

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

  get inode(): string {
    return inodeOf(this.#file.stats)
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
    return new FilePartBody(exchange, this.#file, range)
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

/** A part of an open file as a body. */
class FilePartBody implements BodySource {
  readonly length: number
  readonly #exchange: Exchange
  readonly #file: OpenFile
  readonly #range: ByteRange
  reuse?: () => void

  constructor(exchange: Exchange, file: OpenFile, range: ByteRange) {
    this.length = lengthOf(range)
    this.#exchange = exchange
    this.#file = file
    this.#range = range
  }

  /** Resolves when the first bytes are there, so that a file that cannot be read is still an error page. */
  async open(): Promise<OpenedBody> {
    const file = this.#file
    const isWatched = this.#exchange.settings.idleLimit > 0
    const mostAtOnce = isWatched ? LONGEST_UNWATCHED : FIRST_READ
    try {
      if (this.length > mostAtOnce) return await this.#openStream(mostAtOnce)
      const isPooled = this.length >= SMALLEST_POOLED && !this.#exchange.isBodyShared
      const buffer = isPooled ? takeBuffer(this.length) : Buffer.allocUnsafe(this.length)
      await file.readFully(buffer, this.length, this.#range.firstPos)
      file.close()
      if (!isPooled) return buffer
      this.reuse = () => releaseBuffer(buffer)
      return buffer.subarray(0, this.length)
    } catch (error) {
      file.close()
      throw error
    }
  }

  cancel(): void {
    this.#file.close()
  }

  async #openStream(first: number): Promise<FileStream> {
    const { firstPos } = this.#range
    const buffer = await this.#file.readFully(takeBuffer(first), first, firstPos)
    return new FileStream(this.#file, { firstPos, length: this.length, exchange: this.#exchange }, buffer, first)
  }
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
