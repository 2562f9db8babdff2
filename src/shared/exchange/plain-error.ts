import { type ServerResponse, STATUS_CODES } from 'node:http'
import { statusOfError } from '../checks/status.js'

/** Answers with the status of an error and its name, for a host that has no error handling. The text of the error is not sent. */
export function sendPlainError(res: ServerResponse, error: Error): void {
  if (res.headersSent || res.writableEnded) return
  for (const name of res.getHeaderNames()) res.removeHeader(name) // they describe the response that failed
  const status = statusOfError(error)
  const text = STATUS_CODES[status] ?? `${status}`
  res.statusCode = status
  res.setHeader('Content-Type', 'text/plain; charset=utf-8')
  res.setHeader('Content-Length', String(Buffer.byteLength(text)))
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.end(text)
}
