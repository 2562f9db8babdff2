import { type ServerResponse, STATUS_CODES } from 'node:http'

/** Answers with the status of an error and its name, for a host that has no error handling. The text of the error is not sent. */
export function sendPlainError(res: ServerResponse, error: Error): void {
  if (res.headersSent || res.writableEnded) return
  for (const name of res.getHeaderNames()) res.removeHeader(name) // they describe the response that failed
  const status = errorStatus(error)
  const text = STATUS_CODES[status] ?? `${status}`
  res.statusCode = status
  res.setHeader('Content-Type', 'text/plain; charset=utf-8')
  res.setHeader('Content-Length', String(Buffer.byteLength(text)))
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.end(text)
}

/** The status that the error names if it is 400 to 599, else 500. */
function errorStatus(error: Error & { status?: unknown; statusCode?: unknown }): number {
  for (const status of [error.status, error.statusCode]) {
    if (typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599) return status
  }
  return 500
}
