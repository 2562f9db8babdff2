import type { IncomingMessage, ServerResponse } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import { withCharset } from '../fields/media-type.js'
import { writesToNativeSocket } from '../wire/native-socket.js'
import { cutOff } from './cut-off.js'
import { abortedError, answeredMeanwhile } from './exchange.js'
import {
  type BodySource,
  isBodySource,
  isOpenedStream,
  type ResponseDescription,
  withOpened,
} from './response-description.js'
import { leavesAsWritten, weakenIfCoded } from './weaken-if-coded.js'
import { isComplete, noteEnd, whenResponseCloses } from './when-response-closes.js'
import { linesOf, writeField } from './write-field.js'

/** Writes a description on Node's response. Returns a promise only if the body has to be opened. */
export function send(
  req: IncomingMessage,
  res: ServerResponse,
  description: ResponseDescription,
): void | Promise<void> {
  const method = req.method ?? 'GET'
  const { body } = description
  const status = description.status ?? res.statusCode
  if (isBodySource(body)) {
    if (method === 'HEAD' || isBodiless(status)) body.cancel()
    else return sendSource(req, res, description, body)
  }
  mergeHead(res, description)
  if (description.status !== undefined) res.statusCode = status
  if (isBodiless(status)) {
    removeContentFields(res, status)
    end(res)
  } else if (isBodySource(body)) {
    end(res) // HEAD without an announced length: the length is not known
  } else {
    endWithBytes(method, res, body)
  }
}

function endWithBytes(method: string, res: ServerResponse, body: string | Uint8Array | undefined): void {
  if (body === undefined) {
    // To HEAD, a length that the handler staged is the length of the GET (RFC 9110 §8.6).
    if (method !== 'HEAD' || !res.hasHeader('Content-Length')) res.setHeader('Content-Length', '0')
    end(res)
    return
  }
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
  res.setHeader('Content-Length', String(length))
  end(res, method === 'HEAD' ? undefined : body)
}

async function sendSource(
  req: IncomingMessage,
  res: ServerResponse,
  description: ResponseDescription,
  source: BodySource,
): Promise<void> {
  const opened = await source.open()
  const isStream = isOpenedStream(opened)
  try {
    if (res.destroyed && !isComplete(res)) throw abortedError()
    if (res.headersSent) throw answeredMeanwhile()
    mergeHead(res, withOpened(description, opened))
    if (description.isUncoded === true && !leavesAsWritten(res)) weakenIfCoded(res)
    if (description.status !== undefined) res.statusCode = description.status
  } catch (error) {
    if (isStream) opened.destroy()
    throw error
  }
  if (isStream && opened.sendTo !== undefined) return opened.sendTo(res)
  const ended = new Promise<void>((resolve) => whenResponseCloses(req, res, resolve))
  let failure: Error | undefined
  let isHeldElsewhere = true
  if (isStream) {
    opened.once('error', (error) => {
      failure = error
      cutOff(req, res, error)
    })
    void ended.then(() => opened.destroy())
    opened.pipe(res)
    opened.once('end', () => noteEnd(res)) // after the listener of the pipe, which ends the response
  } else {
    isHeldElsewhere = !leavesAsWritten(res) || !writesToNativeSocket(res)
    endWithBytes('GET', res, opened)
  }
  await ended
  if (failure !== undefined) throw failure
  if (!isComplete(res)) throw abortedError()
  // A write may still be under way on a destroyed socket.
  if (!isHeldElsewhere && !req.socket.destroyed) source.reuse?.()
}

function end(res: ServerResponse, body?: string | Uint8Array): void {
  res.end(body)
  noteEnd(res)
}

/** What a field was before and after a change of the head, linked to the change before it. */
export interface FieldChange {
  readonly name: string
  readonly before: FieldContent
  readonly after: FieldContent
  readonly earlier: FieldChange | undefined
}

/** `undefined`: the field is not there. */
type FieldContent = number | string | readonly string[] | undefined

/**
 * The one merge policy: explicit option > staged by the handler > inferred. If Node refuses one line, no line stays.
 * Returns the last change, if there is one.
 */
export function mergeHead(res: ServerResponse, description: ResponseDescription): FieldChange | undefined {
  const { removed, fields, defaults } = description
  let last: FieldChange | undefined
  // What the handler has decided, with the framing of the call. Read once: on a plain Express server each access costs.
  const decided = res.getHeaderNames()
  try {
    if (removed !== undefined) {
      for (const name of removed) last = removeField(res, name, last)
    }
    for (const line of fields) {
      const name = line[0].toLowerCase()
      const isDecided = decided.includes(name)
      const isReadAgain = isDecided || READ_AGAIN.includes(name)
      const before = isDecided ? contentOf(res, name) : undefined
      writeField(res, line[0], line[1])
      last = { name: line[0], before, after: isReadAgain ? contentOf(res, name) : line[1], earlier: last }
      // With all names of the call, the search would take the square of their number.
      if (!isDecided && isReadAgain) decided.push(name)
    }
    for (const [name, value] of defaults) {
      if (res.hasHeader(name)) continue
      res.setHeader(name, value)
      last = { name, before: undefined, after: value, earlier: last }
    }
    if (description.keepsType === undefined) last = completeType(res, last)
  } catch (error) {
    takeBackHead(res, last)
    throw error
  }
  if (decided.includes('content-length') && !isContentLength(`${res.getHeader('Content-Length')}`)) {
    // Some clients read `3,3` as a length, and take what follows for the next answer.
    last = removeField(res, 'Content-Length', last)
  }
  if (decided.includes('transfer-encoding') && isMeasured(res, description)) {
    last = removeField(res, 'Transfer-Encoding', last) // RFC 9112 §6.2: never beside a Content-Length
  }
  // Trailers need chunks (RFC 9112 §7.1.2). Without them Node throws at this field, at the error page too.
  if (decided.includes('trailer') && !isChunked(res, description)) res.removeHeader('Trailer')
  return last
}

/** The fields that tell the end of a body and what follows it, and those to which a second line adds. */
const READ_AGAIN: readonly string[] = ['content-length', 'transfer-encoding', 'trailer', 'set-cookie', 'vary']

/** Whether the value is a number of bytes (RFC 9110 §8.6). A client ignores the spaces around it. */
export function isContentLength(value: string): boolean {
  return /^[ \t]*\d+[ \t]*$/.test(value)
}

/** Completes the Content-Type here, after all that can set it. */
function completeType(res: ServerResponse, earlier: FieldChange | undefined): FieldChange | undefined {
  const value = res.getHeader('Content-Type')
  if (typeof value !== 'string') return earlier
  const complete = withCharset(value)
  if (complete === value) return earlier
  res.setHeader('Content-Type', complete)
  return { name: 'Content-Type', before: value, after: complete, earlier }
}

/**
 * Runs code that changes fields of these names. If it throws, they stay as they were. Returns the last change, if there is one.
 */
export function changeFields(
  res: ServerResponse,
  names: readonly string[],
  change: () => void,
): FieldChange | undefined {
  const contents = names.map((name) => contentOf(res, name))
  try {
    change()
  } catch (error) {
    if (!res.headersSent) for (const [index, name] of names.entries()) writeContent(res, name, contents[index])
    throw error
  }
  let last: FieldChange | undefined
  for (const [index, name] of names.entries()) {
    last = { name, before: contents[index], after: contentOf(res, name), earlier: last }
  }
  return last
}

/**
 * Takes back a change and all that came before it, unless other code has sent the head meanwhile. A field that other code has
 * changed since stays, but in a list the lines of the change leave.
 */
export function takeBackHead(res: ServerResponse, last: FieldChange | undefined): void {
  if (res.headersSent) return
  for (let change = last; change !== undefined; change = change.earlier) {
    const { name, before, after } = change
    const now = res.getHeader(name)
    if (isDeepStrictEqual(now, after)) writeContent(res, name, before)
    else if (Array.isArray(now) && after !== undefined) {
      const earlier = before === undefined ? [] : linesOf(before)
      const set = linesOf(after)
      const replaced = earlier.filter((line) => !set.includes(line) && !now.includes(line))
      const left = now.filter((line) => !set.includes(line) || earlier.includes(line))
      writeContent(res, name, [...replaced, ...left])
    }
  }
}

function writeContent(res: ServerResponse, name: string, content: FieldContent): void {
  if (content === undefined || (typeof content === 'object' && content.length === 0)) res.removeHeader(name)
  else res.setHeader(name, content)
}

function removeField(res: ServerResponse, name: string, earlier: FieldChange | undefined): FieldChange {
  const before = contentOf(res, name)
  res.removeHeader(name)
  return { name, before, after: undefined, earlier }
}

/** The present value of a field. Node appends to the list that it has given out, so this is another one. */
function contentOf(res: ServerResponse, name: string): FieldContent {
  const value = res.getHeader(name)
  return Array.isArray(value) ? linesOf(value) : value
}

/** The answer goes out with a Content-Length. */
function isMeasured(res: ServerResponse, { body }: ResponseDescription): boolean {
  return !isBodySource(body) || res.hasHeader('Content-Length')
}

/** The answer goes out in chunks. A client of HTTP/1.0 gets none. */
function isChunked(res: ServerResponse, description: ResponseDescription): boolean {
  // A test double may name no request.
  return res.useChunkedEncodingByDefault !== false && res.req?.method !== 'HEAD' && !isMeasured(res, description)
}

/** 1xx, 204, 205 and 304 carry no content (RFC 9110 §15). */
export function isBodiless(status: number): boolean {
  return status < 200 || status === 204 || status === 205 || status === 304
}

/** Removes the fields that describe content from a response without content. */
export function removeContentFields(res: ServerResponse, status: number): void {
  res.removeHeader('Content-Length')
  res.removeHeader('Transfer-Encoding')
  res.removeHeader('Trailer')
  res.removeHeader('Content-Type')
  if (status === 205) res.setHeader('Content-Length', '0') // RFC 9110 §15.3.6: zero-length, framed as such
}
