import type { ByteRange } from '../fields/range.js'
import type { BodySource, OpenedBody } from '../response-description.js'
import { releaseBuffer, takeBuffer } from './buffer-pool.js'
import type { ChunkSource } from './chunk-source.js'
import type { Content } from './content.js'
import { FileChunks } from './file-chunks.js'
import { fileError, shortBody } from './file-error.js'
import { entityTagOfFile, identityOf, modificationTime } from './file-facts.js'
import { FileStream } from './file-stream.js'
import type { OpenFile } from './open-file.js'
import { endReadTurn, takeReadTurn } from './read-turns.js'

/** Up to here a body is read and written at once, from a buffer of its own: that costs less than a stream. */
const FIRST_READ = 256 * 1024

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
    return entityTagOfFile(this.#file.stats, this.encoding)
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
function openPart(file: OpenFile, firstPos: number, length: number): Promise<OpenedBody> {
  const wanted = Math.min(length, FIRST_READ)
  const isWhole = wanted === length
  return new Promise((resolve, reject) => {
    takeReadTurn(() => {
      const buffer = isWhole ? ownBuffer(length) : takeBuffer(wanted)
      readFully(file, buffer, firstPos, wanted, (error, filled) => {
        endReadTurn()
        if (error === null && filled === wanted) {
          if (isWhole) file.close()
          resolve(isWhole ? buffer : new FileStream(file, firstPos, length, buffer, filled))
          return
        }
        file.close()
        if (!isWhole) releaseBuffer(buffer)
        reject(error === null ? shortBody(length, filled) : fileError(error))
      })
    })
  })
}

function ownBuffer(length: number): Buffer {
  return length <= 4096 ? Buffer.allocUnsafe(length) : Buffer.allocUnsafeSlow(length)
}

/** As many octets as are wanted, fewer only where the file ends. */
function readFully(
  file: OpenFile,
  buffer: Buffer,
  position: number,
  wanted: number,
  done: (error: Error | null, filled: number) => void,
): void {
  const fill = (filled: number): void => {
    const rest = filled === 0 ? buffer : buffer.subarray(filled)
    file.read(rest, wanted - filled, position + filled, (error, count) => {
      if (error !== null || count === 0 || filled + count === wanted) done(error, filled + count)
      else fill(filled + count)
    })
  }
  if (wanted === 0) done(null, 0)
  else fill(0)
}
