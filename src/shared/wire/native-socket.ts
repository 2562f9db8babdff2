import { ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'

const { write } = ServerResponse.prototype
const { write: socketWrite, cork, uncork } = Socket.prototype

/**
 * Whether bytes that are written on this destination go straight to a Node socket. Compression, HTTP/2, a Lambda
 * adapter or a test double stands between for some. Every trick of this room asks here first.
 */
export function writesToNativeSocket(destination: object): destination is ServerResponse {
  return (
    destination instanceof ServerResponse &&
    destination.write === write &&
    // A pipelined response has no socket until its turn comes.
    isNativeSocket(destination.socket ?? destination.req?.socket)
  )
}

/** Whether other code neither reads a stream nor has put bytes back into it. Only then may it write on the destination by itself. */
export function isUnread(stream: Readable): boolean {
  return stream.listenerCount('data') === 0 && stream.listenerCount('readable') === 0 && stream.readableLength === 0
}

/** A `net.Socket` or `tls.TLSSocket` whose methods are Node's. */
function isNativeSocket(socket: unknown): socket is Socket {
  return socket instanceof Socket && socket.write === socketWrite && socket.cork === cork && socket.uncork === uncork
}
