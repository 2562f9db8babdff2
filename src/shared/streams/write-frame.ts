import { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Frame } from './frame.js'

/** Takes a frame at once, or takes nothing and says so. */
export type FrameWriter = (frame: Frame) => boolean

const { write } = ServerResponse.prototype

/** Whether nothing stands between this destination and its socket, such as compression, HTTP/2 or a tool that watches. */
export function isPlainResponse(destination: object): destination is ServerResponse {
  return destination instanceof ServerResponse && destination.write === write
}

/**
 * Puts frames on the socket of a plain response whose client keeps up: `res.write` would frame them anew for each client,
 * in four writes. Refuses where something is still to leave before it, and a body that is not chunked (HTTP/1.0).
 */
export function createFrameWriter(res: ServerResponse): FrameWriter {
  let socket: Socket | undefined
  return (frame) => {
    socket ??= chunkedSocket(res)
    // Behind its end the socket is the next response's.
    if (socket === undefined || res.writableEnded || !socket.writable || socket.writableLength > 0) return false
    socket.write(frame.chunk)
    return true
  }
}

/** There once the head is sent: what is known then holds to the end. */
function chunkedSocket(res: ServerResponse): Socket | undefined {
  return res.headersSent && res.chunkedEncoding ? (res.socket ?? undefined) : undefined
}
