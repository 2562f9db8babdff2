import type { ByteRange } from '../../fields/range.js'
import type { ChunkSource } from '../chunk-source.js'
import { fileError, shortBody } from './file-error.js'
import type { OpenFile } from './open-file.js'

const CHUNK = 256 * 1024

/** A part of an open file, piece by piece; the file stays open. */
export class FileChunks implements ChunkSource {
  readonly #file: OpenFile
  #position: number
  readonly #end: number
  readonly #length: number

  constructor(file: OpenFile, { firstPos, lastPos }: ByteRange) {
    this.#file = file
    this.#position = firstPos
    this.#end = lastPos + 1
    this.#length = this.#end - firstPos
  }

  next(): Promise<Uint8Array | undefined> {
    const left = this.#end - this.#position
    if (left <= 0) return Promise.resolve(undefined)
    const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, left))
    return new Promise((resolve, reject) => {
      this.#file.read(buffer, buffer.byteLength, this.#position, (error, count) => {
        if (error !== null) reject(fileError(error))
        else if (count === 0) reject(shortBody(this.#length, this.#length - left))
        else {
          this.#position += count
          resolve(buffer.subarray(0, count))
        }
      })
    })
  }

  close(): void {}
}
