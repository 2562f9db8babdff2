import type { ErrorRequestHandler } from 'express'
import { answerProblem } from '../shared/bodies/problem-handler/answer-problem.js'
import {
  checkProblemHandlerOptions,
  type ProblemHandlerOptions,
} from '../shared/bodies/problem-handler/problem-handler-options.js'
import { exchangeOf } from './exchange.js'

/** Error middleware, to be used last: answers errors with problem details (RFC 9457), or with a page by the Accept field. */
export function problemHandler(options: ProblemHandlerOptions = {}): ErrorRequestHandler {
  const checked = checkProblemHandlerOptions(options)
  return function problemMiddleware(reason, req, res, _next) {
    const env: unknown = req.app.get('env')
    answerProblem(exchangeOf(req, res), reason, checked, {
      isProduction: env === 'production',
      // As Express itself does where no handler answers.
      log: (error) => env !== 'test' && console.error(error.stack ?? String(error)),
    })
  }
}
