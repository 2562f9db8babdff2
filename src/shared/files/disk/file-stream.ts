import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { cutOff, whenEndedByOthers } from '../../exchange/cut-off.js'
import { type Exchange, endedByOthers, toError } from '../../exchange/exchange.js'
import { watchClient } from '../../exchange/idle-limit.js'
import { leavesAsWritten } from '../../exchange/weaken-if-coded.js'
import { isDestroyed } from '../../exchange/when-response-closes.js'
import { releaseBuffer, takeBuffer } from '../../wire/buffer-pool.js'
import { isUnread, writesToNativeSocket } from '../../wire/native-socket.js'
import { fileError, shortBody } from './file-error.js'
import type { OpenFile } from './open-file.js'

const SMALLEST_READ = 64 * 1024
const LARGE_READ = 256 * 1024
/** For a client that has taken `SUSTAINED` bytes without a pause, which is more than the kernel alone can hold. */
const LARGEST_READ = 512 * 1024
const SUSTAINED = 16 * 1024 * 1024

export interface FilePart {
  readonly firstPos: number
  /** Bytes to send. */
  readonly length: number
  readonly exchange: Exchange
}

/**
 * A part of an open file, its first bytes already read. It is an ordinary stream for what wraps the response. Onto a
 * plain response it writes by itself, from reused buffers, and from larger ones while the client keeps up.
 */
export class FileStream extends Readable {
  readonly #file: OpenFile
  readonly #length: number
  readonly #exchange: Exchange
  #position: number
  #left: number
  #buffer: Buffer
  #first: Uint8Array | undefined
  /** It writes on the response by itself. */
  #isDirect = false
  /** Its bytes go to the response, by itself or by a pipe. */
  #isForResponse = false
  /** Tells that the client has accepted what was given. */
  #endWatch: () => void = () => undefined

  /** `buffer` is from the pool, and `filled` bytes of it are the first ones of the part. */
  constructor(file: OpenFile, { firstPos, length, exchange }: FilePart, buffer: Buffer, filled: number) {
    super({ highWaterMark: SMALLEST_READ })
    this.#file = file
    this.#length = length
    this.#exchange = exchange
    this.#position = firstPos + filled
    this.#left = length - filled
    this.#buffer = buffer
    this.#first = buffer.subarray(0, filled)
  }

  override _read(): void {
    if (this.#isDirect) return // code that begins to listen now gets nothing but the end
    this.#endWatch()
    const first = this.#first
    this.#first = undefined
    // All that will read it listens by the next tick.
    if (first !== undefined) process.nextTick(() => this.#give(first, (chunk) => this.#pushWatched(chunk)))
    else if (this.#left === 0) this.push(null)
    else {
      const buffer = Buffer.allocUnsafeSlow(Math.min(SMALLEST_READ, this.#left))
      this.#fill(buffer, (chunk) => this.#pushWatched(chunk))
    }
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#endWatch()
    this.#file.close()
    callback(error)
  }

  override pipe<Target extends NodeJS.WritableStream>(target: Target, options?: { end?: boolean }): Target {
    const first = this.#first
    const { res } = this.#exchange.facts
    const isDirect = first !== undefined && isUnread(this) && writesToNativeSocket(target)
    if (Object.is(target, res)) {
      this.#isForResponse = true
      const isGiven = () => (isDirect ? this.#left === 0 : this.readableEnded)
      whenEndedByOthers(this.#exchange.facts, isGiven, () => this.#endByOthers())
    }
    if (!isDirect) return super.pipe(target, options)
    this.#first = undefined
    this.#isDirect = true
    this.#writeOn(target, first, options?.end !== false)
    return target
  }

  /** Gives a chunk to the reader, and waits for it to ask for the next one. */
  #pushWatched(chunk: Uint8Array): void {
    if (this.destroyed) return
    this.#watchClient()
    this.push(chunk)
  }

  /** Begins to wait for a sign of the client: the next read, or the end of a write. */
  #watchClient(): void {
    this.#endWatch()
    this.#endWatch = watchClient(this.#exchange, this.#cutOffIdle)
  }

  readonly #cutOffIdle = (reason: Error): void => {
    const { req, res } = this.#exchange.facts
    this.destroy(reason)
    cutOff(req, res, reason)
  }

  #fill(buffer: Uint8Array, done: (chunk: Uint8Array) => void): void {
    const length = Math.min(buffer.byteLength, this.#left)
    this.#file.read(buffer, length, this.#position, (error, count) => {
      if (this.destroyed) return
      if (error !== null) this.#fail(fileError(error))
      else if (count === 0) this.#fail(shortBody(this.#length, this.#length - this.#left))
      else {
        this.#position += count
        this.#left -= count
        this.#give(buffer.subarray(0, count), done)
      }
    })
  }

  /** Middleware may throw as it is given the chunk. No other code would catch that here. */
  #give(chunk: Uint8Array, done: (chunk: Uint8Array) => void): void {
    const { req, res } = this.#exchange.facts
    if (this.#isForResponse && res.writableEnded) {
      // Code that sees the error of a connection may end the response before it closes. A stream of HTTP/2 tells its end late.
      if (req.httpVersionMajor > 1 && !isDestroyed(req, res)) this.#endByOthers()
      else this.destroy()
      return
    }
    try {
      done(chunk)
    } catch (reason) {
      this.#fail(toError(reason))
    }
  }

  #endByOthers(): void {
    const { req, res } = this.#exchange.facts
    const error = endedByOthers()
    this.#fail(error)
    cutOff(req, res, error)
  }

  /** What waits for the end of the response knows then that it failed. A client that leaves destroys the stream too. */
  #fail(error: Error): void {
    this.#exchange.noteFailure(error)
    this.destroy(error)
  }

  #writeOn(res: ServerResponse, first: Uint8Array, endsResponse: boolean): void {
    const stop = (): void => void this.destroy()
    res.once('close', stop)
    this.once('close', () => {
      res.removeListener('close', stop)
      if (this.errored) cutOff(res.req, res, this.errored)
    })
    let size = first.byteLength
    let keptUp = 0
    // Only the end of a write tells that the client reads. Of a long one, a slow client may not see the end in time.
    const isWatched = this.#exchange.settings.idleLimit > 0
    const write = (chunk: Uint8Array): void => {
      if (this.#left === 0 && endsResponse) {
        this.#endWith(res, chunk)
        return
      }
      this.#watchClient()
      const { socket } = res
      socket?.cork() // else node does, until the next tick, and whether the client keeps up cannot be seen
      res.write(chunk, (error) => {
        this.#endWatch()
        if (error || this.destroyed) return
        releaseBuffer(this.#buffer)
        if (this.#left > 0) read()
        else this.#finish()
      })
      socket?.uncork()
      const keepsUp = !isWatched && socket?.writableLength === 0 // the kernel took it all at once
      keptUp = keepsUp ? keptUp + chunk.byteLength : 0
      size = keepsUp ? Math.min(size * 2, keptUp > SUSTAINED ? LARGEST_READ : LARGE_READ) : SMALLEST_READ
    }
    // A buffer is not given back when the stream is destroyed: a read or a write may still use it.
    const read = (): void => {
      this.#buffer = takeBuffer(Math.min(size, this.#left))
      this.#fill(this.#buffer, write)
    }
    write(first)
  }

  /** Head and body, or the last bytes of it, in one write. */
  #endWith(res: ServerResponse, chunk: Uint8Array): void {
    const { socket } = res.req
    const isHeldElsewhere = !leavesAsWritten(res) // a middleware may keep what `end` is given
    this.#watchEnd(res)
    res.once('finish', () => {
      if (!isHeldElsewhere && !socket.destroyed) releaseBuffer(this.#buffer) // else a write may be under way
    })
    res.end(chunk)
    this.#finish()
  }

  /** The last bytes are with the connection. The stream is over then, but the client may still not take them. */
  #watchEnd(res: ServerResponse): void {
    if (this.#exchange.settings.idleLimit === 0) return
    res.once('close', watchClient(this.#exchange, this.#cutOffIdle))
  }

  #finish(): void {
    this.push(null)
    this.resume() // what waits for `end` gets it
  }
}
