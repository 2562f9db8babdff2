import { OutgoingMessage, type ServerResponse } from 'node:http'

const { write, end } = OutgoingMessage.prototype

type End = (this: ServerResponse, ...last: unknown[]) => ServerResponse
const endAsNode = end as End // whichever overload is called is passed on as it is

/**
 * Ends a response with its whole body. Node's `end(body)` hands the socket two pieces, the second of them empty, which
 * costs a gathered write; head and body written behind a cork of ours are one plain write.
 */
export function endInOneWrite(res: ServerResponse, body: string | Uint8Array): void {
  if (!isPlain(res) || typeof body !== 'string' || !writeAtOnce(res, body)) res.end(body)
  else res.end()
}

/** Has a response that somebody else will end with a text end that way. */
export function setOneWrite(res: ServerResponse): void {
  if (isPlain(res)) res.end = endWithText as ServerResponse['end'] // takes whatever Node's takes
}

const endWithText: End = function (...last) {
  const [body] = last
  const isWritten = last.length === 1 && typeof body === 'string' && this.write === write && writeAtOnce(this, body)
  return isWritten ? endAsNode.call(this) : endAsNode.apply(this, last)
}

/** Nobody stands between what is written and the socket. */
function isPlain(res: ServerResponse): boolean {
  return res.write === write && res.end === end
}

/** A pipelined response has no socket until its turn comes. An empty text would be no write at all. */
function writeAtOnce(res: ServerResponse, body: string): boolean {
  const { socket } = res
  if (socket === null || res.writableEnded || body === '') return false
  socket.cork()
  res.write(body)
  socket.uncork()
  return true
}
