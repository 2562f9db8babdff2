import type { ServerResponse } from 'node:http'
import { addVary } from './fields/vary.js'
import type { FieldLine, ResponseDescription } from './response-description.js'

/** The one merge policy: explicit option > staged by the handler > inferred. */
export function mergeHead(res: ServerResponse, description: ResponseDescription): void {
  if (description.removed !== undefined) for (const name of description.removed) res.removeHeader(name)
  for (const line of description.fields) writeDecided(res, line)
  for (const [name, value] of description.defaults) {
    if (!res.hasHeader(name)) res.setHeader(name, value)
  }
}

function writeDecided(res: ServerResponse, [name, value]: FieldLine): void {
  if (name === 'Set-Cookie') res.appendHeader(name, value)
  else if (name === 'Vary') res.setHeader(name, addVary(res.getHeader(name), value))
  else res.setHeader(name, value)
}

/** 1xx, 204, 205 and 304 carry no content (RFC 9110 §15). */
export function isBodiless(status: number): boolean {
  return status < 200 || status === 204 || status === 205 || status === 304
}

/** Takes back what describes content from a response that has none. */
export function removeContentFields(res: ServerResponse, status: number): void {
  res.removeHeader('Content-Length')
  res.removeHeader('Transfer-Encoding')
  res.removeHeader('Content-Type')
  if (status === 205) res.setHeader('Content-Length', '0') // RFC 9110 §15.3.6: zero-length, framed as such
}
