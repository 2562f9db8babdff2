import type { Next, ParameterizedContext } from 'koa'
import type { Reply } from '../shared/reply/reply.js'
import { type RespondOptions, readRespondArguments, sendReturned } from '../shared/reply/respond-handler.js'
import { exchangeOf } from './exchange.js'

/** What `respond` takes: it returns what is sent, or nothing to send `reply`. */
export type RespondHandler<Context = ParameterizedContext> = (ctx: Context, reply: Reply) => unknown
/** A middleware for the context that its app or router gives. */
export type ContextMiddleware<Context> = (ctx: Context, next: Next) => Promise<void>

/**
 * Makes a Koa middleware of a function that returns its response: everything that `ctx.reply()` takes. If it returns
 * nothing, the `reply` argument is sent.
 *
 * @param handler Gets the context, of the type that it names, and an empty `Reply`.
 * @throws `INVALID_ARGUMENT` if the handler is no function.
 * @example
 * router.get('/users/:id', respond(async (ctx) => json(await findUser(ctx.params.id))))
 */
export function respond<Context = ParameterizedContext>(handler: RespondHandler<Context>): ContextMiddleware<Context>
/**
 * Makes a Koa middleware of a function that returns its response, with options.
 *
 * @param options `schema`: the JSON Schema of what the handler returns, which makes its JSON faster.
 * @param handler Gets the context, of the type that it names, and an empty `Reply`.
 * @throws `INVALID_ARGUMENT` if the handler is no function, `INVALID_OPTION` for a bad option.
 * @example
 * router.get('/users/:id', respond({ schema }, async (ctx) => findUser(ctx.params.id)))
 */
export function respond<Context = ParameterizedContext>(
  options: RespondOptions,
  handler: RespondHandler<Context>,
): ContextMiddleware<Context>
export function respond<Context>(
  first: RespondOptions | RespondHandler<Context>,
  second?: RespondHandler<Context>,
): ContextMiddleware<Context> {
  const { handler, jsonDefaults } = readRespondArguments<RespondHandler<Context>>(first, second)
  return function respondHandler(given) {
    const ctx = given as ParameterizedContext // an app or router calls it with what Koa made
    const exchange = exchangeOf('respond()', ctx)
    const send = async (): Promise<void> => {
      await exchange.runAsCall(() => sendReturned(exchange, ctx, (reply) => handler(given, reply), jsonDefaults))
      exchange.throwFailure()
    }
    return exchange.noteAwaiting(send())
  }
}
