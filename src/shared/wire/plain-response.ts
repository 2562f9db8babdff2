import { ServerResponse } from 'node:http'
import { Socket } from 'node:net'

const { write, end } = ServerResponse.prototype
const { write: socketWrite, cork, uncork } = Socket.prototype

/**
 * Whether what is written on this destination goes straight to a socket of Node's: nothing such as compression, HTTP/2, a
 * Lambda adapter or a test double stands between. Every trick of this room asks here first.
 */
export function isPlainResponse(destination: object): destination is ServerResponse {
  return (
    destination instanceof ServerResponse &&
    destination.write === write &&
    // A pipelined response has no socket until its turn comes.
    isNativeSocket(destination.socket ?? destination.req?.socket)
  )
}

/** The native socket a response writes on now, if its `write` and `end` are native too. */
export function nativeSocketOf(res: ServerResponse): Socket | undefined {
  const { socket } = res
  return res.end === end && isPlainResponse(res) && isNativeSocket(socket) ? socket : undefined
}

/** A `net.Socket` or `tls.TLSSocket` whose methods are Node's. */
function isNativeSocket(socket: unknown): socket is Socket {
  return socket instanceof Socket && socket.write === socketWrite && socket.cork === cork && socket.uncork === uncork
}
