import { createHash } from 'node:crypto'

/** A bare node:http handler that sends the bytes the kit sends, its entity-tag known before the first request. */
export function sends(type, body, more = {}) {
  const etag = `W/"${Buffer.byteLength(body).toString(16)}-${createHash('sha1').update(body).digest('base64').slice(0, 27)}"`
  const fields = { 'Content-Type': type, ...more, ETag: etag, 'Content-Length': Buffer.byteLength(body) }
  return (_req, res) => res.writeHead(200, fields).end(body)
}
