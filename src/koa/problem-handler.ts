import type { Middleware } from 'koa'
import { answerProblem } from '../shared/bodies/problem-handler/answer-problem.js'
import {
  checkProblemHandlerOptions,
  type ProblemHandlerOptions,
} from '../shared/bodies/problem-handler/problem-handler-options.js'
import { exchangeOf } from './exchange.js'

/**
 * Middleware, to be used first: answers errors with problem details (RFC 9457), or with a page by the Accept field. The
 * app's 'error' event is emitted where no hook is told.
 */
export function problemHandler(options: ProblemHandlerOptions = {}): Middleware {
  const checked = checkProblemHandlerOptions(options)
  return async function problemMiddleware(ctx, next) {
    try {
      await next()
    } catch (reason) {
      const exchange = exchangeOf(ctx)
      exchange.withdraw()
      answerProblem(exchange, reason, checked, {
        isProduction: ctx.app.env === 'production',
        log: (error) => ctx.app.emit('error', error, ctx),
      })
    }
  }
}
