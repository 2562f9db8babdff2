import { isPromise } from 'node:util/types'
import { isFragment, releaseFragment } from '../bodies/html-fragment.js'
import { isThenable } from '../checks/call-hook.js'
import type { Exchange } from '../exchange/exchange.js'
import type { JsonOptions } from '../json/json-options.js'
import { releaseSource } from '../streams/pull-source.js'
import { stateOf } from './reply.js'
import { isBranded } from './reply-brand.js'
import { prepareReply, releaseReply } from './reply-state.js'
import { toReplyState } from './to-reply.js'

/**
 * Sends what a value stands for (Express) or sets it (Koa). Throws if the value cannot be described at once. A promise
 * that it returns never rejects.
 */
export function sendValue(
  exchange: Exchange,
  call: string,
  value: unknown,
  jsonDefaults?: JsonOptions,
): void | Promise<void> {
  try {
    exchange.begin(`${call}()`)
  } catch (error) {
    releaseValue(value)
    throw error
  }
  const described = isThenable(value)
    ? Promise.resolve(value).then((settled) => prepareReply(exchange, toReplyState(call, settled), jsonDefaults))
    : prepareReply(exchange, toReplyState(call, value), jsonDefaults)
  return isPromise(described) ? exchange.finishLater(described) : exchange.finish(described)
}

/** Closes the streams of a value that will not be sent. */
export function releaseValue(value: unknown): void {
  const state = isBranded(value) ? stateOf(value) : undefined
  if (state !== undefined) releaseReply(state)
  else if (isFragment(value)) releaseFragment(value)
  else releaseSource(value)
}
