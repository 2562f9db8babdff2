import type { Middleware } from 'koa'
import {
  checkProblemHandlerOptions,
  type ProblemHandlerOptions,
} from '../shared/bodies/problem-handler/problem-handler-options.js'
import { sendProblemOf } from '../shared/bodies/problem-handler/send-problem-of.js'
import { exchangeOf } from './exchange.js'

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
  return async function problemMiddleware(ctx, next) {
    try {
      await next()
    } catch (reason) {
      const exchange = exchangeOf(ctx)
      if (exchange.keepsAnswer(reason)) return
      sendProblemOf(exchange, reason, checked, {
        isProduction: ctx.app.env === 'production',
        log: (error) => ctx.app.emit('error', error, ctx),
      })
    }
  }
}
