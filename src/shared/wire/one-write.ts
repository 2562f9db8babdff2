import type { ServerResponse } from 'node:http'
import { toBuffer } from '../checks/bytes.js'
import { nativeSocketOf } from './plain-response.js'
import { switches } from './switches.js'

// Gains: PLACEHOLDER
// Can be deleted when Node's own `end(body)` writes one piece.

/**
 * Ends a response with its whole body, if any. Node's `end(body)` hands the socket two pieces, the second of them empty,
 * which costs a gathered write. A head and a body that are written while the socket is corked are one plain write.
 */
export function endWhole(res: ServerResponse, body?: string | Uint8Array): void {
  const socket = switches.oneWrite && isShort(body) ? nativeSocketOf(res) : undefined
  if (socket === undefined || res.writableEnded || !hasSameHead(res)) {
    res.end(body)
    return
  }
  socket.cork()
  if (typeof body === 'string') res.write(body)
  else res.write(toBuffer(body as Uint8Array).toString('latin1'), 'latin1') // each character is one byte; isShort() let no other type pass
  socket.uncork()
  res.end()
}

/** Node's `end` adds a missing length, and encodes a Content-Disposition in another way than its `write`. */
function hasSameHead(res: ServerResponse): boolean {
  return res.headersSent || (res.hasHeader('Content-Length') && !res.hasHeader('Content-Disposition'))
}

/** An empty text would be no write at all. To join a longer body with its head costs more than the second piece does. */
function isShort(body: string | Uint8Array | undefined): boolean {
  return body !== undefined && body.length > 0 && (typeof body === 'string' || body.length <= LONGEST_COPIED)
}

const LONGEST_COPIED = 8 * 1024
