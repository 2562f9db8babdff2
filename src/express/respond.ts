import type { NextFunction, Request, Response } from 'express'
import type { Reply } from '../shared/reply/reply.js'
import { type RespondOptions, readRespondArguments, sendReturned } from '../shared/reply/respond-handler.js'
import { exchangeOf } from './exchange.js'

/** What `respond` takes: it returns what is sent, or nothing to send `reply`. */
export type RespondHandler<P> = (req: Request<P>, reply: Reply) => unknown
/** A handler as Express takes it, of a route with any parameters: it leaves the type of `req.params` to the path. */
export type AnyRouteHandler = <P>(req: Request<P>, res: Response, next: NextFunction) => void | Promise<void>
/** A handler as Express takes it. */
export type RouteHandler<P> = (req: Request<P>, res: Response, next: NextFunction) => void | Promise<void>

/**
 * Makes an Express handler of a function that returns its response: everything that `res.reply()` takes. If it returns
 * nothing, the `reply` argument is sent. An error that it throws goes to the error handling, on Express 4 too.
 *
 * @param handler Gets the request and an empty `Reply`.
 * @throws `INVALID_ARGUMENT` if the handler is no function.
 * @example
 * app.get('/users/:id', respond(async (req) => json(await findUser(req.params.id))))
 */
export function respond(handler: RespondHandler<Record<string, string>>): AnyRouteHandler
/**
 * Makes an Express handler of a function that returns its response, with options.
 *
 * @param options `schema`: the JSON Schema of what the handler returns, which makes its JSON faster.
 * @param handler Gets the request and an empty `Reply`.
 * @throws `INVALID_ARGUMENT` if the handler is no function, `INVALID_OPTION` for a bad option.
 * @example
 * app.get('/users/:id', respond({ schema }, async (req) => findUser(req.params.id)))
 */
export function respond(options: RespondOptions, handler: RespondHandler<Record<string, string>>): AnyRouteHandler
/**
 * Makes an Express handler of a function that returns its response, and that names the parameters of its path.
 *
 * @param handler Gets the request and an empty `Reply`.
 * @throws `INVALID_ARGUMENT` if the handler is no function.
 * @example
 * app.get('/users/:id', respond<{ id: string }>(async (req) => json(await findUser(req.params.id))))
 */
export function respond<P>(handler: RespondHandler<P>): RouteHandler<P>
/**
 * Makes an Express handler of a function that returns its response, and that names the parameters of its path, with
 * options.
 *
 * @param options `schema`: the JSON Schema of what the handler returns, which makes its JSON faster.
 * @param handler Gets the request and an empty `Reply`.
 * @throws `INVALID_ARGUMENT` if the handler is no function, `INVALID_OPTION` for a bad option.
 * @example
 * app.get('/users/:id', respond<{ id: string }>({ schema }, async (req) => findUser(req.params.id)))
 */
export function respond<P>(options: RespondOptions, handler: RespondHandler<P>): RouteHandler<P>
export function respond<P>(first: RespondOptions | RespondHandler<P>, second?: RespondHandler<P>): RouteHandler<P> {
  const { handler, jsonDefaults } = readRespondArguments<RespondHandler<P>>(first, second)
  return function respondHandler(req, res, next) {
    const exchange = exchangeOf('respond()', req as Request, res) // only the type of its parameters is narrower
    const fail = (error: unknown): void => {
      if (exchange.next === fail) exchange.next = undefined // from now on the request may be in another router
      next(error)
    }
    exchange.next = fail
    try {
      return sendReturned(exchange, res, (reply) => handler(req, reply), jsonDefaults)?.catch(fail)
    } catch (error) {
      fail(error)
    }
  }
}
