import { ServerResponse } from 'node:http'
import type { Frame } from './frame.js'

const { write } = ServerResponse.prototype

/** Takes a frame at once, or takes nothing and says so. */
export type FrameWriter = (frame: Frame) => boolean

/** Whether nothing stands between this destination and its socket, such as compression, HTTP/2 or a tool that watches. */
export function isPlainResponse(destination: object): destination is ServerResponse {
  return destination instanceof ServerResponse && destination.write === write
}

/**
 * Puts a frame on the socket of a plain response whose client keeps up: `res.write` would frame it anew for each client,
 * in four writes. Refused where something is still to leave before it, or the body is not chunked (HTTP/1.0).
 */
export function writeFrame(res: ServerResponse, frame: Frame): boolean {
  const { socket } = res
  if (socket === null || !socket.writable || !res.headersSent || !res.chunkedEncoding || res.writableEnded) return false
  if (res.writableLength > 0 || res.writableCorked > 0 || res.write !== write) return false
  socket.write(frame.chunk)
  return true
}
