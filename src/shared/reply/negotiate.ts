import { answeredMeanwhile, type Exchange } from '../exchange/exchange.js'
import { type CheckedChoices, notAcceptable, selectChoice, valuesOf } from './choices.js'
import { problem } from './factories.js'
import { releaseValue } from './release-reply.js'
import { sendValue } from './send-value.js'

/** Sends the choice that the client prefers, or a 406 with the list. A choice may also answer by itself on `target`. */
export async function negotiate(exchange: Exchange, target: unknown, choices: CheckedChoices): Promise<void> {
  const selection = selectChoice(exchange, choices)
  for (const other of selection?.others ?? valuesOf(choices)) if (other !== target) releaseValue(other)
  if (selection === undefined) return sendValue(exchange, 'negotiate', problem(notAcceptable(choices)))
  const { choice, type } = selection
  const wasWithdrawn = exchange.watchWithdrawal()
  const value: unknown = typeof choice === 'function' ? await choice() : await choice
  if (value === target || (value === undefined && exchange.hasAnswer)) return
  if (wasWithdrawn()) {
    releaseValue(value, exchange)
    throw answeredMeanwhile()
  }
  return sendValue(exchange, 'negotiate', value, { type })
}
