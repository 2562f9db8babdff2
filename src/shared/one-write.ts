import { OutgoingMessage, type ServerResponse } from 'node:http'

const { write, end } = OutgoingMessage.prototype

/**
 * Ends a response with its whole body. Node's `end(body)` hands the socket two pieces, the second of them empty, which
 * costs a gathered write; head and body written behind a cork of ours are one plain write.
 */
export function endInOneWrite(res: ServerResponse, body: string | Uint8Array): void {
  const { socket } = res
  // A pipelined response has no socket until its turn comes; another one wraps what is written.
  if (socket === null || res.write !== write || res.end !== end || typeof body !== 'string') {
    res.end(body)
    return
  }
  socket.cork()
  res.write(body)
  socket.uncork()
  res.end()
}
