import { isPromise } from 'node:util/types'
import { describeStatus } from '../bodies/empty.js'
import { stageAfterSend } from '../exchange/after-send.js'
import { type Exchange, replacedError } from '../exchange/exchange.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { changeFields, type FieldChange, isBodiless, takeBackHead } from '../exchange/send.js'
import type { JsonOptions } from '../json/json-options.js'
import { resolveCreated } from '../routes/resolve-route.js'
import type { ValueCalls } from './choices.js'
import { releaseReply, releaseValue } from './release-reply.js'
import type { Described } from './reply-body.js'
import { createState, type ReplyState, stagesNothing } from './reply-state.js'
import { toReplyState } from './to-reply-state.js'

/** How a value is described. */
export interface ValueOptions {
  readonly jsonDefaults?: JsonOptions | undefined
  /** The media type that the client prefers: the value is sent as that. */
  readonly type?: string | undefined
}

/**
 * Stages the head of a reply on the response, then describes its body, which may depend on what is staged. A failure
 * takes the staging back and closes the streams of the reply.
 */
export function prepareReply(exchange: Exchange, state: ReplyState, jsonDefaults?: JsonOptions): Described {
  let takeBack: (() => void) | undefined
  const fail = (reason: unknown): never => {
    takeBack?.()
    releaseReply(state)
    throw reason
  }
  const complete = (description: ResponseDescription): ResponseDescription => {
    for (const task of state.tasks) stageAfterSend(exchange, task)
    return state.keepsType ? { ...description, keepsType: true } : description
  }
  try {
    if (!stagesNothing(state)) takeBack = stageHead(exchange, state)
    const described = describeBody(exchange, state, jsonDefaults)
    if (!isPromise(described)) return complete(described)
    return described.then(complete).catch(fail)
  } catch (reason) {
    return fail(reason)
  }
}

/** What the value stands for, which a call was given or which a body chose when it was sent. */
export function describeValue(
  exchange: Exchange,
  call: string,
  value: unknown,
  { jsonDefaults, type }: ValueOptions = {},
): Described {
  // A status without content needs no value. On Koa `ctx.status = 204` and `ctx.body = null` are answers.
  const isEmpty = value === undefined && isBodiless(exchange.facts.stagedStatus ?? 200)
  return prepareReply(exchange, isEmpty ? createState() : toReplyState(call, value, type), jsonDefaults)
}

/** The same for a value that is not there yet. If another answer has taken the place of this one by then, it keeps its head. */
export async function describeLater(
  exchange: Exchange,
  call: string,
  later: unknown,
  options?: ValueOptions,
): Promise<ResponseDescription> {
  const isReplaced = exchange.watchReplacement()
  const value = await later
  if (isReplaced()) {
    releaseValue(value, exchange)
    throw replacedError(exchange.facts)
  }
  return describeValue(exchange, call, value, options)
}

function describeBody(exchange: Exchange, { body, status }: ReplyState, jsonDefaults?: JsonOptions): Described {
  if (body === undefined) return describeStatus(status ?? exchange.facts.stagedStatus ?? 204)
  return body.describe(exchange, jsonDefaults === undefined ? PLAIN_VALUES : valueCalls(jsonDefaults), jsonDefaults)
}

/** A value that a body chooses is written as one that the handler returns. */
function valueCalls(jsonDefaults?: JsonOptions): ValueCalls {
  return {
    describe: (exchange, call, chosen, type) =>
      describeLater(exchange, call, typeof chosen === 'function' ? chosen() : chosen, { jsonDefaults, type }),
    release: releaseValue,
  }
}

const PLAIN_VALUES = valueCalls()

/** Puts status, fields and cookies on the response, whole or not at all. Returns what takes them back. */
function stageHead(exchange: Exchange, { status, fields, cookies, made }: ReplyState): () => void {
  const { res, stagedStatus } = exchange.facts
  const location = made && resolveCreated(exchange.facts, ...made)
  const names = fields.keys()
  if (cookies.size > 0 && fields.get('Set-Cookie') === undefined) names.push('Set-Cookie')
  if (location !== undefined && fields.get('Location') === undefined) names.push('Location')
  let staged: FieldChange | undefined
  try {
    staged = changeFields(res, names, () => {
      if (status !== undefined) exchange.stageStatus(status)
      fields.writeTo(res)
      if (location !== undefined) res.setHeader('Location', location)
      cookies.writeTo(exchange)
    })
  } catch (reason) {
    if (status !== undefined) exchange.stageStatus(stagedStatus)
    throw reason
  }
  return exchange.whenGivenUp(() => {
    if (res.headersSent) return
    if (status !== undefined && exchange.facts.stagedStatus === status) exchange.stageStatus(stagedStatus)
    takeBackHead(res, staged)
  })
}
