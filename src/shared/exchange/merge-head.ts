import type { ServerResponse } from 'node:http'
import type { FieldValue } from '../fields/field-entries.js'
import { withCharset } from '../fields/media-type.js'
import { addVary } from '../fields/member-list.js'
import { isBodySource, type ResponseDescription } from './response-description.js'

type FieldBefore = readonly [name: string, value: number | string | readonly string[] | undefined]

/** The earlier value of each field that a merge has changed. An error page takes them back. */
export type MergedHead = readonly FieldBefore[]

/** The one merge policy: explicit option > staged by the handler > inferred. If Node refuses one line, no line stays. */
export function mergeHead(res: ServerResponse, description: ResponseDescription): MergedHead {
  const { removed, fields, defaults } = description
  const before: FieldBefore[] = []
  // Read once: on a plain Express server each access to the response costs.
  const staged = res.getHeaderNames()
  try {
    if (removed !== undefined) {
      for (const name of removed) {
        before.push(rememberField(res, name))
        res.removeHeader(name)
        const index = staged.indexOf(name.toLowerCase())
        if (index >= 0) staged.splice(index, 1)
      }
    }
    for (const line of fields) {
      const name = line[0].toLowerCase()
      const isStaged = staged.includes(name)
      before.push(isStaged ? rememberField(res, line[0]) : [name, undefined])
      writeField(res, ...line)
      if (!isStaged) staged.push(name)
    }
    for (const line of defaults) {
      const name = line[0].toLowerCase()
      if (staged.includes(name)) continue
      res.setHeader(line[0], line[1])
      before.push([name, undefined])
    }
    if (description.keepsType === undefined) completeType(res, before)
  } catch (error) {
    takeBackHead(res, before)
    throw error
  }
  if (staged.includes('transfer-encoding') && isMeasured(res, description)) {
    before.push(rememberField(res, 'Transfer-Encoding'))
    res.removeHeader('Transfer-Encoding') // RFC 9112 §6.2: never beside a Content-Length
  }
  return before
}

/** Completes the Content-Type here, after all that can set it. */
function completeType(res: ServerResponse, before: FieldBefore[]): void {
  const type = res.getHeader('Content-Type')
  if (typeof type !== 'string') return
  const complete = withCharset(type)
  if (complete === type) return
  before.push(['Content-Type', type])
  res.setHeader('Content-Type', complete)
}

export function takeBackHead(res: ServerResponse, before: MergedHead): void {
  for (let index = before.length - 1; index >= 0; index--) {
    const [name, value] = before[index] as FieldBefore // within its bounds
    if (value === undefined) res.removeHeader(name)
    else res.setHeader(name, value)
  }
}

/** What a field is now, to be taken back later. */
export function rememberField(res: ServerResponse, name: string): FieldBefore {
  const value = res.getHeader(name)
  return [name, Array.isArray(value) ? [...value] : value] // Node appends to the list it has given out
}

/** The answer goes out with a Content-Length. */
function isMeasured(res: ServerResponse, { body }: ResponseDescription): boolean {
  return !isBodySource(body) || res.hasHeader('Content-Length')
}

/** Writes a field: `Set-Cookie` and `Vary` add to what is there, every other field replaces it. */
export function writeField(res: ServerResponse, name: string, value: FieldValue): void {
  const key = name.toLowerCase()
  if (key === 'set-cookie') res.appendHeader(name, typeof value === 'number' ? `${value}` : value)
  else if (key === 'vary') res.setHeader(name, addVary(res.getHeader(name), String(value)))
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
