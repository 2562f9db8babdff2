import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Frame } from './frame.js'
import { isPlainResponse } from './plain-response.js'
import { switches } from './switches.js'

/** Takes a frame at once, or takes nothing and says so. */
export interface FrameTaker {
  take(frame: Frame): boolean
}

/**
 * Writes on a response, and knows whether its client keeps up. Once the head of a plain, chunked response is sent it
 * writes on the socket: `res.write` would frame each chunk anew, in four writes, and hold them back until the next tick.
 */
export class ResponseWriter implements FrameTaker {
  readonly #res: ServerResponse
  readonly #isPlain: boolean
  /** Behind its end the socket is the next response's. */
  #isOver = false
  #socket: Socket | undefined
  #wake: (() => void) | undefined

  constructor(res: ServerResponse) {
    this.#res = res
    this.#isPlain = isPlainResponse(res)
  }

  /** Whether there is room for more. */
  write(octets: Buffer): boolean {
    const socket = this.#ownSocket()
    if (socket === undefined) return this.#writeOnResponse(octets)
    if (octets.length === 0) return true // a chunk of that size would end the body (RFC 9112 §7.1)
    socket.cork()
    socket.write(`${octets.length.toString(16)}\r\n`, 'latin1')
    socket.write(octets)
    socket.write('\r\n', 'latin1')
    socket.uncork()
    return socket.writableLength < socket.writableHighWaterMark
  }

  /** Takes a frame where its client keeps up, so that nothing is still to leave before it. */
  take(frame: Frame): boolean {
    const socket = this.#ownSocket()
    if (socket === undefined || socket.writableLength > 0) return false
    socket.write(frame.chunk)
    return true
  }

  /** compression and its like gather what is written until they are told to let go. */
  flush(): void {
    if (isFlushable(this.#res)) this.#res.flush()
  }

  /** Calls back, once, when there is room again. */
  readonly whenRoom = (callback: () => void): void => {
    if (this.#socket !== undefined) this.#socket.once('drain', callback)
    else {
      // Once and for good: compression moves this listener to its own stream, from where it cannot be taken back.
      if (this.#wake === undefined) this.#res.on('drain', () => this.#wake?.())
      this.#wake = callback
    }
  }

  #writeOnResponse(octets: Buffer): boolean {
    const socket = this.#isPlain ? this.#res.socket : null
    if (socket === null) return this.#res.write(octets) !== false // a Lambda adapter returns undefined
    socket.cork() // else node does, and whether the client keeps up cannot be seen in this tick
    const hasRoom = this.#res.write(octets)
    socket.uncork()
    return hasRoom || socket.writableLength === 0
  }

  /** The socket while it is this response's, has sent the head, and takes chunks (HTTP/1.0 does not). */
  #ownSocket(): Socket | undefined {
    const socket = this.#socket ?? this.#findSocket()
    return this.#isOver || socket?.writable !== true ? undefined : socket
  }

  #findSocket(): Socket | undefined {
    const res = this.#res
    const isReady =
      switches.chunkFraming && this.#isPlain && res.headersSent && res.chunkedEncoding && res.writableCorked === 0
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
