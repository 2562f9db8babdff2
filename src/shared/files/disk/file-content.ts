import type { BodySource, OpenedBody } from '../../exchange/response-description.js'
import type { ByteRange } from '../../fields/range.js'
import { takeBuffer } from '../../wire/buffer-pool.js'
import { inReadTurn } from '../../wire/read-turns.js'
import type { ChunkSource } from '../chunk-source.js'
import type { Content } from '../content.js'
import { FileChunks } from './file-chunks.js'
import { sameFailure } from './file-error.js'
import { entityTagOfFile, identityOf, modificationTime } from './file-facts.js'
import { FileStream } from './file-stream.js'
import type { OpenFile } from './open-file.js'

/** Up to here a body is read and written at once, from a buffer of its own: that costs less than a stream. */
const FIRST_READ = 256 * 1024
/** The same for a file several requests have asked for together, which share what is read. */
const SHARED_READ = 1024 * 1024

export class FileContent implements Content {
  readonly isSeekable = true
  readonly #file: OpenFile
  /** Its name; a form that was made beforehand is called as the file itself. */
  readonly name: string
  readonly path: string
  readonly encoding: string | undefined

  constructor(file: OpenFile, path: string, name: string = path, encoding?: string) {
    this.#file = file
    this.path = path
    this.name = name
    this.encoding = encoding
  }

  get size(): number {
    return this.#file.size
  }

  get lastModified(): number {
    return modificationTime(this.#file.stats)
  }

  get entityTag(): string {
    return this.encoding === undefined ? this.#file.entityTag : entityTagOfFile(this.#file.stats, this.encoding)
  }

  get identity(): string {
    return identityOf(this.#file.stats)
  }

  chunks(range: ByteRange = { firstPos: 0, lastPos: this.size - 1 }): ChunkSource {
    return new FileChunks(this.#file, range)
  }

  body(range: ByteRange = { firstPos: 0, lastPos: this.size - 1 }): BodySource {
    const length = range.lastPos - range.firstPos + 1
    return {
      length,
      open: () => openPart(this.#file, range.firstPos, length),
      cancel: () => this.close(),
    }
  }

  close(): void {
    this.#file.close()
  }
}

/** Resolves when the first octets are there, so that a file that cannot be read is still an error page. */
async function openPart(file: OpenFile, firstPos: number, length: number): Promise<OpenedBody> {
  try {
    if (length === file.size && length <= (file.isShared ? SHARED_READ : FIRST_READ)) {
      const whole = await file.readWhole()
      file.close()
      return whole
    }
    if (length > FIRST_READ) return await openStream(file, firstPos, length)
    const part = await inReadTurn(length, () => filled(file, Buffer.allocUnsafeSlow(length), firstPos, length))
    file.close()
    return part
  } catch (error) {
    file.close()
    throw sameFailure(error) // of a read others share
  }
}

async function openStream(file: OpenFile, firstPos: number, length: number): Promise<FileStream> {
  const buffer = await inReadTurn(FIRST_READ, () => filled(file, takeBuffer(FIRST_READ), firstPos, FIRST_READ))
  return new FileStream(file, firstPos, length, buffer, FIRST_READ)
}

async function filled(file: OpenFile, buffer: Buffer, firstPos: number, length: number): Promise<Buffer> {
  await file.readFully(buffer, length, firstPos)
  return buffer
}
