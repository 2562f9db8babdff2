import { ServerResponse } from 'node:http'
import { leaveTogether } from './leave-together.js'

const node = ServerResponse.prototype
const { write, end } = node

type End = (this: ServerResponse, ...last: unknown[]) => ServerResponse

/** Ends a response with its whole body, if any. */
export function endWhole(res: ServerResponse, body?: string | Uint8Array): void {
  if (isPlain(res)) endInOneWrite.call(res, body)
  else res.end(body)
}

/** Has a response that somebody else will end, or all that inherit from it, end that way. */
export function setOneWrite(res: ServerResponse): void {
  if (isPlain(res)) res.end = endInOneWrite as ServerResponse['end'] // takes whatever Node's takes
}

/**
 * Node's `end(body)` hands the socket two pieces, the second of them empty, which costs a gathered write; head and body
 * written behind a cork of ours are one plain write.
 */
const endInOneWrite: End = function (...last) {
  const { socket } = this
  // A pipelined response has no socket until its turn comes.
  if (socket === null || this.writableEnded) return endAsNode(this, last)
  const [body, encoding, callback] = last
  if (!isLong(body)) leaveTogether(socket)
  const isBodyAlone = isShort(body) && encoding === undefined && callback === undefined
  const isSeen = node.end !== end || this.write !== write
  if (!isBodyAlone || isSeen || !hasSameHead(this)) return endAsNode(this, last)
  socket.cork()
  if (typeof body === 'string') this.write(body)
  else this.write(textOf(body), 'latin1') // in which each character is an octet, and the head goes before octets
  socket.uncork()
  return endAsNode(this, [])
}

/** Node's `end` says the length where nobody has, and codes a Content-Disposition in another way than its `write`. */
function hasSameHead(res: ServerResponse): boolean {
  return res.headersSent || (res.hasHeader('Content-Length') && !res.hasHeader('Content-Disposition'))
}

/** Whichever overload was called; by the method all responses have by now. */
function endAsNode(res: ServerResponse, last: unknown[]): ServerResponse {
  return (node.end as End).apply(res, last)
}

/** Nobody wants to see the body, as a session does that is stored before the response ends. */
function isPlain(res: ServerResponse): boolean {
  return (res.end === end || res.end === endInOneWrite) && res.write === write
}

/** An empty text would be no write at all; more octets cost more to join with their head than a second piece does. */
function isShort(body: unknown): body is string | Uint8Array {
  if (typeof body === 'string') return body !== ''
  return body instanceof Uint8Array && body.length > 0 && body.length <= LONGEST_COPIED
}

const LONGEST_COPIED = 8 * 1024

/** Copying it into the kernel is most of the work: nothing is gained by doing that later. */
function isLong(body: unknown): boolean {
  return (typeof body === 'string' || body instanceof Uint8Array) && body.length > LONGEST_HELD
}

const LONGEST_HELD = 32 * 1024

function textOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
}
