import type { ErrorRequestHandler } from 'express'
import {
  checkProblemHandlerOptions,
  type ProblemHandlerOptions,
} from '../shared/bodies/problem-handler/problem-handler-options.js'
import { sendProblemOf } from '../shared/bodies/problem-handler/send-problem-of.js'
import { isResponse } from '../shared/exchange/wrong-host.js'
import { exchangeOf } from './exchange.js'
import { applicationOf, checkHost } from './host.js'

/**
 * Error middleware that sends every error as problem details (RFC 9457), or as a page if the client prefers HTML. Use
 * it last. In production the text of an error is sent only if the error says `expose: true`.
 *
 * @param options Default: the text of an error is shown outside production.
 * @throws `INVALID_OPTION` for a bad option.
 * @example
 * app.use(problemHandler({ onError: (error) => logger.error(error) }))
 */
export function problemHandler(options: ProblemHandlerOptions = {}): ErrorRequestHandler {
  const checked = checkProblemHandlerOptions(options)
  return function problemMiddleware(reason, req, res, _next) {
    if (!isResponse(res)) checkHost('problemHandler()', reason, req) // other hosts give no error before the request
    const exchange = exchangeOf('problemHandler()', req, res)
    const env: unknown = applicationOf(req)?.get('env') ?? process.env.NODE_ENV
    const host = {
      isProduction: env === 'production',
      // As Express itself does if no handler answers.
      log: (error: Error) => env !== 'test' && console.error(error.stack ?? String(error)),
    }
    // If the error only says that a second answer came too late, the first one may still fail. Express has no handler after this one.
    exchange.next = (failure?: unknown) => sendProblemOf(exchange, failure, checked, host)
    sendProblemOf(exchange, reason, checked, host)
  }
}
