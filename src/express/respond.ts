import type { NextFunction, Request, Response } from 'express'
import { answerWith } from '../shared/reply/answer.js'
import { Reply } from '../shared/reply/reply.js'
import { type RespondOptions, readRespondArguments } from '../shared/reply/respond-arguments.js'
import { exchangeOf } from './exchange.js'

export type RespondHandler<P> = (req: Request<P>, reply: Reply) => unknown
type RouteHandler<P> = (req: Request<P>, res: Response, next: NextFunction) => void | Promise<void>

/**
 * A handler that returns its answer: whatever `reply()` takes; nothing stands for the `reply` it was given. What it
 * throws or rejects with goes to the error handling, on Express 4 too.
 */
export function respond<P = Record<string, string>>(handler: RespondHandler<P>): RouteHandler<P>
export function respond<P = Record<string, string>>(
  options: RespondOptions,
  handler: RespondHandler<P>,
): RouteHandler<P>
export function respond<P>(first: RespondOptions | RespondHandler<P>, second?: RespondHandler<P>): RouteHandler<P> {
  const { handler, jsonDefaults } = readRespondArguments<RespondHandler<P>>(first, second)
  return function respondHandler(req, res, next) {
    try {
      const reply = new Reply()
      const exchange = exchangeOf(req as Request, res) // what the parameters are called makes no difference
      exchange.next = next
      return answerWith(exchange, res, reply, () => handler(req, reply), jsonDefaults)?.catch(next)
    } catch (error) {
      next(error)
    }
  }
}
