import type { ParameterizedContext } from 'koa'
import { toBuffer } from '../shared/checks/bytes.js'
import type { OpenedBody, ResponseDescription } from '../shared/exchange/response-description.js'
import { isBodiless, type MergedHead, mergeHead, removeContentFields, takeBackHead } from '../shared/exchange/send.js'
import { weakenIfCoded } from '../shared/exchange/weaken-if-coded.js'
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
  head: MergedHead | undefined
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
    message: res.statusMessage,
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

/** Takes all of it back: the source of the body is closed, status and fields are as before. */
export function restoreResponse(ctx: ParameterizedContext, before: StateBefore): void {
  const { res } = ctx
  const response: ExplicitState = ctx.response
  releaseLength(ctx.response)
  response.body = null
  response._explicitStatus = before.isExplicit
  response._explicitNullBody = undefined
  res.statusCode = before.status
  res.statusMessage = before.message
  Object.assign(ctx, { compress: before.compress })
  if (before.head !== undefined) takeBackHead(res, before.head)
  if (before.type === undefined) res.removeHeader('Content-Type')
  else res.setHeader('Content-Type', before.type)
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
): MergedHead {
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
  response.body = ArrayBuffer.isView(body) ? toBuffer(body) : (body ?? '')
  if (!hasType) res.removeHeader('Content-Type')
  if (description.isUncoded === true) weakenIfCoded(res) // Koa writes the body, perhaps another one by then
  if (body === undefined && description.removed === undefined) mergeHead(res, description) // the body '' has set fields
  return head
}
