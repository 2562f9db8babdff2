import type { Middleware, ParameterizedContext } from 'koa'
import { answerWith } from '../shared/reply/answer.js'
import { Reply } from '../shared/reply/reply.js'
import { type RespondOptions, readRespondArguments } from '../shared/reply/respond-arguments.js'
import { exchangeOf } from './exchange.js'

export type RespondHandler = (ctx: ParameterizedContext, reply: Reply) => unknown

/** A handler that returns its answer: whatever `reply()` takes; nothing stands for the `reply` it was given. */
export function respond(handler: RespondHandler): Middleware
export function respond(options: RespondOptions, handler: RespondHandler): Middleware
export function respond(first: RespondOptions | RespondHandler, second?: RespondHandler): Middleware {
  const { handler, jsonDefaults } = readRespondArguments<RespondHandler>(first, second)
  return async function respondHandler(ctx) {
    const reply = new Reply()
    const exchange = exchangeOf(ctx)
    await answerWith(exchange, ctx, reply, () => handler(ctx, reply), jsonDefaults)
    await exchange.settle()
  }
}
