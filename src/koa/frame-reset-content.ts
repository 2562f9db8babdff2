import type { ServerResponse } from 'node:http'

type WriteHead = (this: ServerResponse, ...line: unknown[]) => ServerResponse

/**
 * A 205 says that its content has no octets (RFC 9110 §15.3.6). Koa takes the length back just before it ends the
 * response, and node would then frame it by the end of the connection: it is put back with the head.
 */
export function frameResetContent(res: ServerResponse): void {
  const writeHead = res.writeHead as WriteHead // whichever overload is called is passed on as it is
  const framed: WriteHead = function (...line) {
    if (this.statusCode === 205) this.setHeader('Content-Length', '0') // an error may have taken its place
    return writeHead.apply(this, line)
  }
  res.writeHead = framed as typeof res.writeHead // the same
}
