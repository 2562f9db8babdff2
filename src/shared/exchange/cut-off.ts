import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * Ends a response so that a part of it is not taken for the whole: HTTP/1 loses its connection, HTTP/2 the stream alone,
 * by an RST_STREAM (RFC 9113 §5.4.2) that tells of an error only where node is given one.
 */
export function cutOff(req: IncomingMessage, res: ServerResponse, error: Error): void {
  if (req.httpVersionMajor > 1) res.destroy(error)
  else res.destroy()
}
