import { isPromise } from 'node:util/types'
import { isThenable } from '../checks/promise.js'
import type { Exchange } from '../exchange/exchange.js'
import { describeLater, describeValue, type ValueOptions } from './prepare-reply.js'
import { releaseValue } from './release-reply.js'

/**
 * Sends what a value stands for (Express) or sets it (Koa). Throws if the value cannot be described at once. A promise
 * that it returns never rejects.
 */
export function sendValue(
  exchange: Exchange,
  call: string,
  value: unknown,
  options?: ValueOptions,
): void | Promise<void> {
  try {
    exchange.refuseIfAnswered(`${call}()`)
  } catch (error) {
    releaseValue(value, exchange)
    return exchange.tellRefusal(error)
  }
  const described = isThenable(value)
    ? describeLater(exchange, call, value, options)
    : describeValue(exchange, call, value, options)
  return isPromise(described) ? exchange.finishLater(described) : exchange.finish(described)
}
