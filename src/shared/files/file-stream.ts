import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { releaseBuffer, takeBuffer } from './buffer-pool.js'
import { fileError, shortBody } from './file-error.js'
import type { OpenFile } from './open-file.js'
import { isPlainResponse } from './plain-response.js'

const SMALLEST_READ = 64 * 1024
const LARGEST_READ = 512 * 1024

/**
 * A part of an open file, its first octets already read. An ordinary stream for whoever wraps the response; onto a
 * plain response it pours by itself: one reused buffer, filled again when the kernel has taken it, larger while the
 * client keeps up.
 */
export class FileStream extends Readable {
  readonly #file: OpenFile
  readonly #length: number
  #position: number
  #left: number
  #first: Uint8Array | undefined

  constructor(file: OpenFile, firstPos: number, length: number, first: Uint8Array) {
    super({ highWaterMark: SMALLEST_READ })
    this.#file = file
    this.#length = length
    this.#position = firstPos + first.byteLength
    this.#left = length - first.byteLength
    this.#first = first
  }

  override _read(): void {
    const first = this.#first
    this.#first = undefined
    if (first !== undefined) this.push(first)
    else if (this.#left === 0) this.push(null)
    else {
      const buffer = Buffer.allocUnsafeSlow(Math.min(SMALLEST_READ, this.#left))
      this.#fill(buffer, (chunk) => void this.push(chunk))
    }
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#file.close()
    callback(error)
  }

  override pipe<Target extends NodeJS.WritableStream>(target: Target, options?: { end?: boolean }): Target {
    const first = this.#first
    if (first === undefined || !isPlainResponse(target)) return super.pipe(target, options)
    this.#first = undefined
    this.#pour(target, first, options?.end !== false)
    return target
  }

  #fill(buffer: Uint8Array, done: (chunk: Uint8Array) => void): void {
    const length = Math.min(buffer.byteLength, this.#left)
    this.#file.read(buffer, length, this.#position, (error, count) => {
      if (this.destroyed) return
      if (error !== null) this.destroy(fileError(error))
      else if (count === 0) this.destroy(shortBody(this.#length, this.#length - this.#left))
      else {
        this.#position += count
        this.#left -= count
        done(buffer.subarray(0, count))
      }
    })
  }

  #pour(res: ServerResponse, first: Uint8Array, endsResponse: boolean): void {
    let buffer: Buffer | undefined
    let keepsUp = false
    const stop = (): void => void this.destroy()
    res.once('close', stop)
    this.once('close', () => {
      res.removeListener('close', stop)
      if (this.errored) res.destroy(this.errored) // a cut body must not look whole
    })
    const write = (chunk: Uint8Array): void => {
      res.write(chunk, (error) => {
        if (error || this.destroyed) return
        if (this.#left > 0) next()
        else finish()
      })
      keepsUp = res.socket?.writableLength === 0 // the kernel took it all at once
    }
    const next = (): void => {
      const size = buffer?.byteLength ?? 0
      if (size === 0 || (keepsUp && size < LARGEST_READ)) {
        if (buffer !== undefined) releaseBuffer(buffer)
        buffer = takeBuffer(Math.max(size * 2, SMALLEST_READ))
      }
      // Not given back when the stream is destroyed: a read or a write may still be using it.
      if (buffer !== undefined) this.#fill(buffer, write)
    }
    const finish = (): void => {
      if (buffer !== undefined) releaseBuffer(buffer)
      this.push(null)
      this.resume() // whoever waits for `end` gets it
      if (endsResponse) res.end()
    }
    write(first)
  }
}
