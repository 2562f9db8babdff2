import { isPromise } from 'node:util/types'
import { describeStatus } from '../bodies/empty.js'
import { type AfterSendTask, stageAfterSend } from '../exchange/after-send.js'
import type { Exchange } from '../exchange/exchange.js'
import type { View } from '../exchange/host-types.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { type MergedHead, rememberField, takeBackHead } from '../exchange/send.js'
import type { JsonOptions } from '../json/json-options.js'
import { resolveCreated } from '../routes/resolve-route.js'
import type { RouteParameters } from '../routes/route-source.js'
import type { CookieList } from './cookie-list.js'
import type { FieldMap } from './field-map.js'
import type { Described, ReplyBody } from './reply-body.js'

/** What a `Reply` holds. Its public calls and attributes change it; `prepareReply` sends it. */
export interface ReplyState {
  status: number | undefined
  body: ReplyBody | undefined
  readonly fields: FieldMap
  readonly cookies: CookieList
  readonly tasks: AfterSendTask[]
  /** What the request has made, for Location: it is found among the routes when the reply is sent. */
  made?: MadeResource | undefined
  /** The Content-Type is that of another server, and is sent as it is. */
  keepsType?: true
}

/** The arguments of `created`. */
export type MadeResource = readonly [target: string | View, parameters: RouteParameters | undefined]

/** Whether the reply says nothing yet. */
export function isBlank(state: ReplyState): boolean {
  return state.body === undefined && stagesNothing(state)
}

function stagesNothing({ status, fields, cookies, tasks, made }: ReplyState): boolean {
  return made === undefined && status === undefined && fields.size === 0 && cookies.size === 0 && tasks.length === 0
}

/**
 * Stages the head of a reply on the response, then describes its body, which may depend on what is staged. A failure
 * takes the staging back and closes the streams of the reply.
 */
export function prepareReply(exchange: Exchange, state: ReplyState, jsonDefaults?: JsonOptions): Described {
  let takeBack = doNothing
  const fail = (reason: unknown): never => {
    takeBack()
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
    return isPromise(described) ? described.then(complete).catch(fail) : complete(described)
  } catch (reason) {
    return fail(reason)
  }
}

/** Closes the streams of a reply that will not be sent. */
export function releaseReply({ body }: ReplyState): void {
  body?.release()
}

function describeBody(exchange: Exchange, { body, status }: ReplyState, jsonDefaults?: JsonOptions): Described {
  if (body === undefined) return describeStatus(status ?? exchange.facts.stagedStatus ?? 204)
  return body.describe(exchange, jsonDefaults)
}

/** Puts status, fields and cookies on the response, whole or not at all. Returns what takes them back. */
function stageHead(exchange: Exchange, { status, fields, cookies, made }: ReplyState): () => void {
  const { res, stagedStatus } = exchange.facts
  const location = made && resolveCreated(exchange.facts, ...made)
  const names = [...fields.keys()]
  if (cookies.size > 0) names.push('Set-Cookie')
  if (location !== undefined) names.push('Location')
  const before: MergedHead = names.map((name) => rememberField(res, name))
  const takeBack = (): void => {
    if (status !== undefined) exchange.stageStatus(stagedStatus ?? 200)
    takeBackHead(res, before)
  }
  try {
    if (status !== undefined) exchange.stageStatus(status)
    fields.writeTo(res)
    if (location !== undefined) res.setHeader('Location', location)
    cookies.writeTo(exchange)
  } catch (reason) {
    takeBack()
    throw reason
  }
  return takeBack
}

function doNothing(): void {}
