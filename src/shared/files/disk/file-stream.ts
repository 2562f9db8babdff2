import { AsyncResource } from 'node:async_hooks'
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { releaseBuffer, takeBuffer } from '../../wire/buffer-pool.js'
import { endWhole } from '../../wire/one-write.js'
import { isPlainResponse } from '../../wire/plain-response.js'
import { endReadTurn, takeReadTurn } from '../../wire/read-turns.js'
import { fileError, shortBody } from './file-error.js'
import type { OpenFile } from './open-file.js'

const SMALLEST_READ = 64 * 1024
const LARGE_READ = 256 * 1024
/** For a client that has kept up longer than the kernel's buffers alone can: one that stops reading holds a large one at most. */
const LARGEST_READ = 512 * 1024
const SUSTAINED = 16 * 1024 * 1024

/**
 * A part of an open file, its first octets already read. An ordinary stream for whoever wraps the response; onto a
 * plain response it pours by itself from reused buffers, larger ones while the client keeps up.
 */
export class FileStream extends Readable {
  readonly #file: OpenFile
  readonly #length: number
  #position: number
  #left: number
  #buffer: Buffer
  #first: Uint8Array | undefined

  /** `buffer` is from the pool, and `filled` octets of it are the first ones of the part. */
  constructor(file: OpenFile, firstPos: number, length: number, buffer: Buffer, filled: number) {
    super({ highWaterMark: SMALLEST_READ })
    this.#file = file
    this.#length = length
    this.#position = firstPos + filled
    this.#left = length - filled
    this.#buffer = buffer
    this.#first = buffer.subarray(0, filled)
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

  #fill(buffer: Uint8Array, done: (chunk: Uint8Array) => void, readThrough?: () => void): void {
    const length = Math.min(buffer.byteLength, this.#left)
    this.#file.read(buffer, length, this.#position, (error, count) => {
      readThrough?.()
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
    const stop = (): void => void this.destroy()
    res.once('close', stop)
    this.once('close', () => {
      res.removeListener('close', stop)
      if (this.errored) res.destroy(this.errored) // a cut body must not look whole
    })
    let size = first.byteLength
    let keptUp = 0
    const write = (chunk: Uint8Array): void => {
      if (this.#left === 0 && endsResponse) {
        this.#endWith(res, chunk)
        return
      }
      const { socket } = res
      socket?.cork() // else node does, until the next tick, and whether the client keeps up cannot be seen
      res.write(chunk, (error) => {
        if (error || this.destroyed) return
        releaseBuffer(this.#buffer)
        if (this.#left > 0) next()
        else this.#finish()
      })
      socket?.uncork()
      const keepsUp = socket?.writableLength === 0 // the kernel took it all at once
      keptUp = keepsUp ? keptUp + chunk.byteLength : 0
      size = keepsUp ? Math.min(size * 2, keptUp > SUSTAINED ? LARGEST_READ : LARGE_READ) : SMALLEST_READ
    }
    // A buffer is not given back when the stream is destroyed: a read or a write may still be using it.
    const read = (): void => {
      if (this.destroyed) {
        endReadTurn()
        return
      }
      this.#buffer = takeBuffer(Math.min(size, this.#left))
      this.#fill(this.#buffer, write, endReadTurn)
    }
    const context = new AsyncResource('ResponseKitFile')
    const next = (): void => takeReadTurn(() => context.runInAsyncScope(read))
    write(first)
  }

  /** Head and body, or what is left of it, in one write. */
  #endWith(res: ServerResponse, chunk: Uint8Array): void {
    const { socket } = res.req
    res.once('finish', () => {
      if (!socket.destroyed) releaseBuffer(this.#buffer) // else a write may be under way
    })
    endWhole(res, chunk)
    this.#finish()
  }

  #finish(): void {
    this.push(null)
    this.resume() // whoever waits for `end` gets it
  }
}
