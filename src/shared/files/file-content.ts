import type { ByteRange } from '../fields/range.js'
import type { BodySource, OpenedBody } from '../response-description.js'
import type { ChunkSource } from './chunk-source.js'
import type { Content } from './content.js'
import { FileChunks } from './file-chunks.js'
import { fileError, shortBody } from './file-error.js'
import { entityTagOfFile, identityOf, modificationTime } from './file-facts.js'
import { FileStream } from './file-stream.js'
import type { OpenFile } from './open-file.js'

/** Up to here a body is read and written at once. */
const ONE_WRITE = 256 * 1024
const FIRST_READ = 64 * 1024

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
  return new Promise((resolve, reject) => {
    const wanted = length <= ONE_WRITE ? length : FIRST_READ
    const buffer = wanted <= 4096 ? Buffer.allocUnsafe(wanted) : Buffer.allocUnsafeSlow(wanted)
    let filled = 0
    const give = (failure?: Error): void => {
      file.close()
      if (failure === undefined) resolve(buffer)
      else reject(failure)
    }
    const fill = (): void => {
      if (filled === length) {
        give()
        return
      }
      file.read(buffer.subarray(filled), wanted - filled, firstPos + filled, (error, count) => {
        filled += count
        if (error !== null) give(fileError(error))
        else if (count === 0) give(shortBody(length, filled))
        else if (filled < wanted || filled === length) fill()
        else resolve(new FileStream(file, firstPos, length, buffer))
      })
    }
    fill()
  })
}
