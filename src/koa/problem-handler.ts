import type { Middleware, Next, ParameterizedContext } from 'koa'
import {
  checkProblemHandlerOptions,
  type ProblemHandlerOptions,
} from '../shared/bodies/problem-handler/problem-handler-options.js'
import { sendProblemOf } from '../shared/bodies/problem-handler/send-problem-of.js'
import { exchangeOf } from './exchange.js'
import { checkHost } from './host.js'
import { emitError } from './raised-error.js'

/**
 * Middleware that sends every error as problem details (RFC 9457), or as a page if the client prefers HTML. Use it
 * first. In production the text of an error is sent only if the error says `expose: true`. Without a hook, the app
 * emits its 'error' event.
 *
 * @param options Default: the text of an error is shown outside production.
 * @throws `INVALID_OPTION` for a bad option.
 * @example
 * app.use(problemHandler({ onError: (error) => logger.error(error) }))
 */
export function problemHandler(options: ProblemHandlerOptions = {}): Middleware {
  const checked = checkProblemHandlerOptions(options)
  const answerErrors = async (ctx: ParameterizedContext, next: Next): Promise<void> => {
    try {
      await next()
    } catch (reason) {
      const exchange = exchangeOf('problemHandler()', ctx)
      if (exchange.keepsAnswer(reason)) return
      sendProblemOf(exchange, reason, checked, {
        isProduction: ctx.app.env === 'production',
        log: (error) => emitError(ctx, error),
      })
    }
  }
  return function problemMiddleware(ctx, next) {
    checkHost('problemHandler()', ctx)
    return answerErrors(ctx, next)
  }
}
