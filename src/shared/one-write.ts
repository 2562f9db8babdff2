import { OutgoingMessage, type ServerResponse } from 'node:http'

const { write, end } = OutgoingMessage.prototype

type End = (this: ServerResponse, ...last: unknown[]) => ServerResponse
const endAsNode = end as End // whichever overload is called is passed on as it is

/**
 * Ends a response with its whole body. Node's `end(body)` hands the socket two pieces, the second of them empty, which
 * costs a gathered write; head and body written behind a cork of ours are one plain write.
 */
export function endInOneWrite(res: ServerResponse, body: string | Uint8Array): void {
  if (!isPlain(res) || !writeAtOnce(res, body)) res.end(body)
  else res.end()
}

/** Has a response that somebody else will end with its whole body end that way. */
export function setOneWrite(res: ServerResponse): void {
  if (isPlain(res)) res.end = endWithBody as ServerResponse['end'] // takes whatever Node's takes
}

const endWithBody: End = function (...last) {
  const [body] = last
  const isBody = last.length === 1 && (typeof body === 'string' || body instanceof Uint8Array)
  const isWritten = isBody && this.write === write && writeAtOnce(this, body)
  return isWritten ? endAsNode.call(this) : endAsNode.apply(this, last)
}

/** Nobody wants to see the body, as a session does that is stored before the response ends. */
function isPlain(res: ServerResponse): boolean {
  return res.end === end && res.write === write
}

/** A pipelined response has no socket until its turn comes. An empty text would be no write at all. */
function writeAtOnce(res: ServerResponse, body: string | Uint8Array): boolean {
  const { socket } = res
  const isText = typeof body === 'string'
  if (socket === null || res.writableEnded || body.length === 0 || (!isText && body.length > LONGEST_COPIED))
    return false
  socket.cork()
  if (isText) res.write(body)
  else res.write(textOf(body), 'latin1') // in which each character is an octet, and the head goes before octets
  socket.uncork()
  return true
}

/** More octets cost more to join with their head than a second piece costs the socket. */
const LONGEST_COPIED = 8 * 1024

function textOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
}
