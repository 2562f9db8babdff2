import type { Middleware, ParameterizedContext } from 'koa'
import type { Reply } from '../shared/reply/reply.js'
import { type RespondOptions, readRespondArguments, sendReturned } from '../shared/reply/respond-handler.js'
import { exchangeOf } from './exchange.js'

/** What `respond` takes: it returns what is sent, or nothing to send `reply`. */
export type RespondHandler = (ctx: ParameterizedContext, reply: Reply) => unknown

/**
 * Makes a Koa middleware of a function that returns its response: everything that `ctx.reply()` takes. If it returns
 * nothing, the `reply` argument is sent.
 *
 * @param handler Gets the context and an empty `Reply`.
 * @throws `INVALID_ARGUMENT` if the handler is no function, `INVALID_OPTION` for a bad option.
 * @example
 * router.get('/users/:id', respond(async (ctx) => json(await findUser(ctx.params.id))))
 */
export function respond(handler: RespondHandler): Middleware
/** The same with options: a `schema` for the JSON that the handler returns. */
export function respond(options: RespondOptions, handler: RespondHandler): Middleware
export function respond(first: RespondOptions | RespondHandler, second?: RespondHandler): Middleware {
  const { handler, jsonDefaults } = readRespondArguments<RespondHandler>(first, second)
  return async function respondHandler(ctx) {
    const exchange = exchangeOf(ctx)
    await sendReturned(exchange, ctx, (reply) => handler(ctx, reply), jsonDefaults)
    await exchange.settle()
  }
}
