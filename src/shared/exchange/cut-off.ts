import type { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { RequestFacts } from './request-facts.js'
import { hasNoConnection, http2StreamOf, isDestroyed, noteCutOff } from './when-response-closes.js'

/**
 * Ends a response so that the client cannot mistake a part of it for the whole.
 *
 * - HTTP/2 loses the stream alone, by an RST_STREAM (RFC 9113 §5.4.2). Node sends an error code only if it is given one.
 * - HTTP/1 loses its connection. A body that ends with the connection (RFC 9112 §6.3, HTTP/1.0) looks whole after a FIN,
 *   so that connection is reset. Node's TLS client takes a missing close_notify for an end, so TLS is reset below too. Only
 *   TCP has a reset: over a Unix socket such a body looks whole.
 * - A Lambda adapter has no connection. It is told of the failure, so that its function fails; else it would wait for the rest.
 */
export function cutOff(req: IncomingMessage, res: ServerResponse, error: Error): void {
  if (req.httpVersionMajor > 1) {
    res.destroy(error)
    return
  }
  if (isEndedByConnection(res)) resetConnection(res)
  // The connection of a pipelined response ends when that response has its turn. From Node 24 on, `destroy` does not see to it.
  if (res.socket === null) res.once('socket', (socket) => socket.destroy())
  res.destroy()
  if (hasNoConnection(res)) noteCutOff(res, error)
}

/** Resets the TCP connection, also below TLS. */
function resetConnection({ socket }: ServerResponse): void {
  const lowest: unknown = socket instanceof TLSSocket ? (socket as { _parent?: unknown })._parent : socket // Node keeps it there
  if (!(lowest instanceof Socket) || lowest instanceof TLSSocket) return
  try {
    lowest.resetAndDestroy()
  } catch {
    // Node throws if the socket has no TCP connection: a Unix socket, or one that a package has made.
  }
}

/**
 * Calls back if other code ends a response in the middle of a body, before `isGiven` says that all bytes are given. Node
 * emits `prefinish` in `end()`, and of a pipelined response when it gets its turn: no later answer of the connection has
 * left yet. Until that turn, what writes has to look at `writableEnded`. A response of HTTP/2 does not emit it: its stream
 * tells that it was ended, and whether the client had left before.
 */
export function whenEndedByOthers(
  { req, res }: Pick<RequestFacts, 'req' | 'res'>,
  isGiven: () => boolean,
  callback: () => void,
): void {
  const stream = http2StreamOf(res)
  if (stream === undefined) {
    // A test double may have no events.
    res.once?.('prefinish', () => {
      if (!isDestroyed(req, res) && !isGiven()) callback() // after its client has left, an end says nothing
    })
    return
  }
  let isJudged = false
  const judge = (): void => {
    if (isJudged) return
    isJudged = true
    if (stream.writableEnded && !stream.aborted && !isGiven()) callback()
  }
  // A client that misses bytes may reset the stream before Node says that it has finished. The listeners that tell the end come later.
  stream.prependOnceListener('finish', judge)
  stream.prependOnceListener('close', judge)
}

/** The client sees neither a length nor chunks, so only the end of the connection ends the body. */
function isEndedByConnection(res: ServerResponse): boolean {
  return res.headersSent && !res.chunkedEncoding && !res.hasHeader('Content-Length')
}
