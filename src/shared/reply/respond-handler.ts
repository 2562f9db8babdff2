import { checkKeys } from '../checks/check-keys.js'
import { invalidType, toThrown } from '../checks/errors.js'
import { isThenable } from '../checks/promise.js'
import type { Exchange } from '../exchange/exchange.js'
import type { JsonOptions } from '../json/json-options.js'
import { compileSerializer, type JsonSchema } from '../json/serializer.js'
import { releaseValue } from './release-reply.js'
import { Reply } from './reply.js'
import { stateOf } from './reply-brand.js'
import { isBlank } from './reply-state.js'
import { sendValue } from './send-value.js'

/** Options of `respond()`. */
export interface RespondOptions {
  /**
   * JSON Schema of the values that the handler returns, also by `negotiate` and `notModified`: compiled once, when
   * `respond()` runs. Members that it does not name are not sent. `jsonArray`, `jsonStream` and `ndjson` send what they
   * are given. Default: none, and all members are sent.
   */
  readonly schema?: JsonSchema
}

export interface RespondPlan<Handler> {
  readonly handler: Handler
  readonly jsonDefaults: JsonOptions | undefined
}

/** Reads the arguments of `respond(handler)` and `respond(options, handler)`. */
export function readRespondArguments<Handler>(first: RespondOptions | Handler, second?: Handler): RespondPlan<Handler> {
  // One argument is the handler. Of two, the first one is the options.
  const handler = (second ?? first) as Handler
  const options = (second === undefined ? {} : first) as RespondOptions
  if (typeof handler !== 'function') throw invalidType('respond: handler', 'a function', handler)
  checkKeys('respond()', options, ['schema'])
  const { schema } = options
  if (schema === undefined) return { handler, jsonDefaults: undefined }
  if (typeof schema !== 'object' || schema === null) {
    throw invalidType("respond: option 'schema'", 'a JSON Schema', schema, 'INVALID_OPTION')
  }
  compileSerializer(schema, "respond: option 'schema'")
  return { handler, jsonDefaults: { schema } }
}

/**
 * Runs the handler of `respond()` with an empty reply, and sends what it returns. `undefined` stands for that reply, and
 * `target` itself for a response that the handler has sent.
 */
export function sendReturned(
  exchange: Exchange,
  target: unknown,
  handler: (reply: Reply) => unknown,
  jsonDefaults?: JsonOptions,
): void | Promise<void> {
  const reply = new Reply()
  const settle = (value: unknown): void | Promise<void> => {
    if (value === target) return
    const state = value === undefined ? stateOf(reply) : undefined
    if (state !== undefined && isBlank(state) && exchange.hasAnswer) return
    return sendValue(exchange, 'respond', state === undefined ? value : reply, { jsonDefaults })
  }
  // What was put on a reply that is not sent is released, after the answer has taken what it uses.
  const settleOrRelease = (value: unknown): void | Promise<void> => {
    try {
      return settle(value)
    } finally {
      if (value !== undefined && value !== reply) releaseValue(reply)
    }
  }
  const fail = (reason: unknown): never => {
    releaseValue(reply)
    throw toThrown(reason)
  }
  let returned: unknown
  try {
    returned = handler(reply)
  } catch (error) {
    fail(error)
  }
  return isThenable(returned) ? Promise.resolve(returned).then(settleOrRelease, fail) : settleOrRelease(returned)
}
