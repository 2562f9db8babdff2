// Gains: one event for many clients is framed once as a chunk and goes straight to each socket. Broadcasts take half the
// CPU time of `res.write` on Node 20, two thirds on Node 24 (500 clients; `bench/streams.mjs broadcast`). A
// stream of one client gains nothing clear by that (0.96 to 1.11), so its chunks are written by `res.write`. It can be
// deleted when `res.write` frames a chunk without a string, three more writes and a tick for each.
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Frame } from './frame.js'
import { writesToNativeSocket } from './native-socket.js'
import { switches } from './switches.js'

/** Takes a frame at once, or takes nothing and says so. */
export interface FrameTaker {
  take(frame: Frame): boolean
}

/** Writes on a response, and knows whether its client keeps up. */
export class ResponseWriter implements FrameTaker {
  readonly #res: ServerResponse
  readonly #isNative: boolean
  /** After the end of the response its socket belongs to the next one. */
  #isOver = false
  #socket: Socket | undefined
  #wake: (() => void) | undefined

  constructor(res: ServerResponse) {
    this.#res = res
    this.#isNative = writesToNativeSocket(res)
  }

  /** Returns whether there is room for more. */
  write(bytes: Buffer): boolean {
    const socket = this.#isNative ? this.#res.socket : null
    if (socket === null) return this.#res.write(bytes) !== false // a Lambda adapter returns undefined
    // Otherwise Node corks the socket until the next tick, and this tick cannot show if the client keeps up.
    socket.cork()
    const hasRoom = this.#res.write(bytes)
    socket.uncork()
    return hasRoom || socket.writableLength === 0
  }

  /** Takes a frame if the client keeps up, so that no earlier bytes still wait. */
  take(frame: Frame): boolean {
    const socket = this.#socket ?? this.#findSocket()
    if (this.#isOver || socket?.writable !== true || socket.writableLength > 0) return false
    socket.write(frame.chunk)
    return true
  }

  /** Middleware such as compression holds what is written until `flush()` is called. */
  flush(): void {
    if (isFlushable(this.#res)) this.#res.flush()
  }

  /** Calls back, once, when there is room again. */
  readonly whenRoom = (callback: () => void): void => {
    // One listener for all: compression moves it to a stream of its own, from which it cannot be removed.
    if (this.#wake === undefined) this.#res.on('drain', () => this.#wake?.())
    this.#wake = callback
  }

  /** The socket once the head is sent and the response takes chunks: HTTP/1.0 does not (RFC 9112 §6.1). */
  #findSocket(): Socket | undefined {
    const res = this.#res
    const isReady =
      switches.chunkFraming && this.#isNative && res.headersSent && res.chunkedEncoding && res.writableCorked === 0
    if (!isReady || res.writableEnded || res.socket === null) return undefined
    res.once('prefinish', () => {
      this.#isOver = true
    })
    this.#socket = res.socket
    return this.#socket
  }
}

export function isFlushable(destination: object): destination is { flush(): void } {
  return 'flush' in destination && typeof destination.flush === 'function'
}
