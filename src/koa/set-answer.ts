import type { ParameterizedContext, Response } from 'koa'
import { toBuffer } from '../shared/checks/bytes.js'
import { EXCHANGE } from '../shared/exchange/exchange.js'
import {
  type FieldLine,
  isOpenedStream,
  lastValue,
  lengthOfBody,
  type OpenedBody,
  type ResponseDescription,
} from '../shared/exchange/response-description.js'
import { type FieldChange, isBodiless, mergeHead, removeContentFields, takeBackHead } from '../shared/exchange/send.js'
import { FIELDS_OF_BYTES, weakenIfCoded } from '../shared/exchange/weaken-if-coded.js'
import { isObject } from '../shared/exchange/wrong-host.js'
import { isBlob, isNodeStream, isWebStream } from '../shared/streams/stream-source.js'
import { keepLengthOfResetContent, releaseLength } from './reset-content.js'

/** Private marks of Koa's response: whether status and an empty body were set or inferred. */
interface ExplicitState {
  body: unknown
  _explicitStatus?: boolean | undefined
  _explicitNullBody?: boolean | undefined
}

/** The state of a response before the kit set it. */
export interface StateBefore {
  readonly status: number
  readonly message: string
  readonly isExplicit: boolean | undefined
  readonly type: number | string | string[] | undefined
  readonly compress: unknown
  /** The last change of the fields. */
  head: FieldChange | undefined
}

/** Sets status, body and fields on a Koa response: all of them, or none if one is refused. */
export function setAnswer(
  ctx: ParameterizedContext,
  status: number,
  description: ResponseDescription,
  body: OpenedBody | undefined,
): StateBefore {
  const { res } = ctx
  const { _explicitStatus: isExplicit }: ExplicitState = ctx.response
  const before: StateBefore = {
    status: res.statusCode,
    message: isHttp2(ctx) ? '' : res.statusMessage,
    isExplicit,
    type: res.getHeader('Content-Type'),
    compress: ctx.compress,
    head: undefined,
  }
  try {
    before.head = write(ctx, status, description, body)
  } catch (error) {
    restoreResponse(ctx, before)
    throw error
  }
  return before
}

/** Koa then decides by the body, as if no status had been set. */
export function unstageStatus(ctx: ParameterizedContext): void {
  const { res } = ctx
  const state: ExplicitState = ctx.response
  state._explicitStatus = false
  res.statusCode = 404 // as Koa begins
  if (!isHttp2(ctx)) res.statusMessage = ''
}

/** HTTP/2 has no reason phrase (RFC 9113 §8.3.2), and Node warns of code that reads or sets one. */
function isHttp2({ req }: ParameterizedContext): boolean {
  return req.httpVersionMajor > 1
}

/** Takes all of it back: the source of the body is closed, status and fields are as before. */
export function restoreResponse(ctx: ParameterizedContext, before: StateBefore): void {
  const { res } = ctx
  const response: ExplicitState = ctx.response
  releaseLength(ctx.response)
  ctx.response.remove('Content-Type') // Koa 3 makes the text 'null' of a null with the type of JSON
  response.body = null
  response._explicitStatus = before.isExplicit
  response._explicitNullBody = undefined
  res.statusCode = before.status
  if (!isHttp2(ctx)) res.statusMessage = before.message
  Object.assign(ctx, { compress: before.compress })
  takeBackHead(res, before.head)
  if (before.type !== undefined) res.setHeader('Content-Type', before.type)
}

/**
 * Status, then body, then fields, because Koa's body setter infers and removes fields. It uses `ctx.response`, not `ctx`,
 * because every answer comes through here and `ctx` would only pass the calls on.
 */
function write(
  ctx: ParameterizedContext,
  status: number,
  description: ResponseDescription,
  body: OpenedBody | undefined,
): FieldChange | undefined {
  const { res, response } = ctx
  if (status === 206) ctx.compress = false // compressed, it would no longer be that part (RFC 9110 §14.4)
  if (description.status !== undefined) response.status = status // else it is staged, or the body setter's 200
  if (isBodiless(status)) {
    response.body = status < 200 ? '' : null // for a null with an unknown status, Koa 3 would announce a length
    response.status = status
    const head = mergeHead(res, description)
    removeContentFields(res, status)
    if (status === 205) keepLengthOfResetContent(response)
    return head
  }
  const head = mergeHead(res, description)
  const hasType = res.hasHeader('content-type')
  const length = isOpenedStream(body) && response.body != null ? lengthOf(description) : undefined
  response.body = ArrayBuffer.isView(body) ? toBuffer(body) : (body ?? '')
  if (!hasType) res.removeHeader('Content-Type')
  if (description.isUncoded === true) weakenIfCoded(res) // Koa writes the body, perhaps another one by then
  if (length !== undefined) res.setHeader('Content-Length', length) // with the length of the earlier body, Koa has removed it
  return head
}

function lengthOf({ fields, defaults }: ResponseDescription): string | undefined {
  return lastValue(fields, 'content-length') ?? lastValue(defaults, 'content-length')
}

/** The number of bytes of a body that is not the kit's, if Koa sends it as it is. */
function lengthOfOther(body: unknown): number {
  if (typeof body === 'string' || Buffer.isBuffer(body)) return Buffer.byteLength(body)
  return isObject(body) && isBlob(body) ? body.size : Number.NaN
}

/** What happens to the body after the kit has set it. */
export interface BodyListener {
  /** Other code has set another body than the one before. */
  bodyReplaced(): void
}

type WatchedResponse = Response & { readonly ctx: ParameterizedContext & { readonly [EXCHANGE]?: BodyListener } }

const watched = new WeakSet<object>()
let latest: object | undefined // nearly always the only one

/**
 * Lets the exchange of a context know if code sets another body. Koa keeps the body in an accessor of the prototype that
 * all responses of an app share. The watching one stands on that prototype too, and does the same for every response.
 */
export function watchBody(ctx: ParameterizedContext): void {
  const prototype: object | null = Object.getPrototypeOf(ctx.response)
  if (prototype === null || prototype === latest) return
  latest = prototype
  if (watched.has(prototype) || prototype !== (ctx.app as { response?: unknown } | undefined)?.response) return
  watched.add(prototype)
  const body = findAccessor(prototype, 'body')
  const { get, set } = body ?? {}
  if (body === undefined || get === undefined || set === undefined) return
  Object.defineProperty(prototype, 'body', {
    ...body,
    set(this: WatchedResponse, value: unknown) {
      const isSame = value === get.call(this)
      set.call(this, value)
      if (!isSame) this.ctx[EXCHANGE]?.bodyReplaced()
    },
  })
}

function findAccessor(object: object, name: string): PropertyDescriptor | undefined {
  for (let each: object | null = object; each !== null; each = Object.getPrototypeOf(each)) {
    const descriptor = Object.getOwnPropertyDescriptor(each, name)
    if (descriptor !== undefined) return { ...descriptor, configurable: true }
  }
  return undefined
}

/** The fields that tell one body from another: they are not true of what takes its place. */
const OF_THE_BYTES: readonly string[] = ['etag', 'last-modified', ...FIELDS_OF_BYTES.map((name) => name.toLowerCase())]

/** The lines of a description that are true of its own bytes only. Those that the handler has staged are the handler's. */
export function linesOfTheBytes({ fields, defaults }: ResponseDescription): readonly FieldLine[] {
  return [...fields, ...defaults].filter(([name]) => OF_THE_BYTES.includes(name.toLowerCase()))
}

/**
 * Takes back what is no longer true after other code has replaced the body (RFC 9110 §8.8). If that code has coded it, as
 * koa-compress does, the content means the same: a weak tag and the date still hold.
 */
export function removeLinesOfTheBytes(response: Response, lines: readonly FieldLine[], isCoded: boolean): void {
  const { res } = response
  for (const [name, value] of lines) {
    if (res.getHeader(name) !== value) continue // other code has changed it
    const key = name.toLowerCase()
    if (!isCoded || (key !== 'etag' && key !== 'last-modified')) res.removeHeader(name)
    else if (key === 'etag' && !value.startsWith('W/')) res.setHeader(name, `W/${value}`)
  }
}

/**
 * Makes a whole answer of a part (206) that text or bytes of other code have replaced: they are no part of the file. A stream,
 * or what has the same length, may still be that part, changed on its way, so its status stays.
 */
export function removePart(ctx: ParameterizedContext, { fields, body: part }: ResponseDescription): void {
  const { res, response } = ctx
  const { body } = response
  if (isObject(body) && (isNodeStream(body) || isWebStream(body))) return
  if (lengthOfOther(body) === lengthOfBody(part)) return
  const range = res.getHeader('Content-Range')
  if (range !== undefined && range !== lastValue(fields, 'content-range')) return // it is a part that the other code has made
  response.status = 200
  for (const [name, value] of fields) {
    const key = name.toLowerCase()
    const isOfPart = key === 'content-range' || (key === 'content-type' && value.startsWith('multipart/byteranges'))
    if (isOfPart && res.getHeader(name) === value) res.removeHeader(name)
  }
  response.body = body // Koa finds a type again, if the one of several parts is gone
}
