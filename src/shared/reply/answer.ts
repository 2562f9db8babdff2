import type { Exchange } from '../exchange/exchange.js'
import type { JsonOptions } from '../json/json-options.js'
import { releaseSource } from '../streams/pull-source.js'
import { Reply } from './reply.js'
import { toReply } from './to-reply.js'

/** Sends or sets what a value stands for. Throws where that cannot be described at once; a promise never rejects. */
export function answer(
  exchange: Exchange,
  call: string,
  value: unknown,
  jsonDefaults?: JsonOptions,
): void | Promise<void> {
  try {
    exchange.begin(call)
  } catch (error) {
    if (value instanceof Reply) value.release()
    else releaseSource(value)
    throw error
  }
  const described = isThenable(value)
    ? Promise.resolve(value).then((settled) => toReply(settled).describe(exchange, jsonDefaults))
    : toReply(value).describe(exchange, jsonDefaults)
  return described instanceof Promise ? exchange.finishLater(described) : exchange.finish(described)
}

/** Runs a handler that returns its answer: `undefined` stands for `reply`, `target` itself for one already given. */
export function answerWith(
  exchange: Exchange,
  target: unknown,
  reply: Reply,
  handler: () => unknown,
  jsonDefaults?: JsonOptions,
): void | Promise<void> {
  const settle = (value: unknown): void | Promise<void> => {
    if (value === target) return
    if (value === undefined && reply.isBlank && exchange.hasAnswer) return
    return answer(exchange, 'respond()', value ?? (value === null ? null : reply), jsonDefaults)
  }
  const result = handler()
  return isThenable(result) ? Promise.resolve(result).then(settle) : settle(result)
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
}
