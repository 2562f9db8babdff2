import type { ServerResponse } from 'node:http'
import { addVary } from './fields/vary.js'
import { type FieldLine, isBodySource, type ResponseDescription } from './response-description.js'

type FieldBefore = readonly [name: string, value: number | string | readonly string[] | undefined]

/** What a merge has changed, to be taken back where an error takes the answer's place. */
export interface MergedHead {
  readonly replaced: readonly FieldBefore[]
  readonly added: readonly string[]
}

/** The one merge policy: explicit option > staged by the handler > inferred. A line that is refused leaves none behind. */
export function mergeHead(res: ServerResponse, description: ResponseDescription): MergedHead {
  const { removed, fields, defaults } = description
  const replaced: FieldBefore[] = []
  const added: string[] = []
  for (const name of removed ?? []) replaced.push(fieldBefore(res, name))
  for (const [name] of fields) replaced.push(fieldBefore(res, name))
  try {
    for (const name of removed ?? []) res.removeHeader(name)
    for (const line of fields) writeDecided(res, line)
    for (const [name, value] of defaults) {
      if (res.hasHeader(name)) continue
      res.setHeader(name, value)
      added.push(name)
    }
  } catch (error) {
    takeBackHead(res, { replaced, added })
    throw error
  }
  if (res.hasHeader('Transfer-Encoding') && isMeasured(res, description)) {
    replaced.push(fieldBefore(res, 'Transfer-Encoding'))
    res.removeHeader('Transfer-Encoding') // RFC 9112 §6.2: never beside a Content-Length
  }
  return { replaced, added }
}

export function takeBackHead(res: ServerResponse, { replaced, added }: MergedHead): void {
  for (const name of added) res.removeHeader(name)
  for (const [name, value] of replaced) {
    if (value === undefined) res.removeHeader(name)
    else res.setHeader(name, value)
  }
}

function fieldBefore(res: ServerResponse, name: string): FieldBefore {
  const value = res.getHeader(name)
  return [name, Array.isArray(value) ? [...value] : value] // Node appends to the list it has given out
}

/** The answer goes out with a Content-Length. */
function isMeasured(res: ServerResponse, { body }: ResponseDescription): boolean {
  return !isBodySource(body) || res.hasHeader('Content-Length')
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
