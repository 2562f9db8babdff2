import type { NextFunction, Request, Response } from 'express'
import {
  answerForApp,
  callApp,
  checkVerifyOptions,
  createSignedUrlCheck,
  describeRefusal,
  type VerifySignedUrlOptions as SharedOptions,
  type SignedUrlError,
} from '../shared/routes/verify-signed-url.js'
import { exchangeOf } from './exchange.js'

/** Options of `verifySignedUrl()`. */
export interface VerifySignedUrlOptions extends SharedOptions {
  /** Answers a URL that is invalid, expired or used. Default: a 403 page or problem, by the Accept field. */
  readonly onInvalid?: (error: SignedUrlError, req: Request, res: Response, next: NextFunction) => unknown
}

/**
 * Middleware that passes only requests whose URL `signedUrl` has signed.
 *
 * @param options `claim` for URLs with `once: true`, `ignore` for foreign parameters, `onInvalid` for the answer.
 * @throws `INVALID_OPTION` for a wrong option.
 * @example app.get(routes.path('unsubscribe'), verifySignedUrl(), unsubscribe)
 */
export function verifySignedUrl(
  options: VerifySignedUrlOptions = {},
): <P>(req: Request<P>, res: Response, next: NextFunction) => void {
  checkVerifyOptions(options)
  const check = createSignedUrlCheck(options)
  const { onInvalid } = options
  return function verifySignedUrlMiddleware<P>(given: Request<P>, res: Response, next: NextFunction) {
    const req = given as Request // the check reads no parameters
    const exchange = exchangeOf('verifySignedUrl()', req, res)
    check(exchange.facts)
      .then((verdict) => {
        if (verdict.result === 'pass') return next()
        if (verdict.result === 'answer') return answerForApp(exchange, verdict.description)
        if (onInvalid === undefined) return answerForApp(exchange, describeRefusal(exchange.facts, verdict.error))
        return callApp(() => onInvalid(verdict.error, req, res, next))
      })
      .catch(next)
  }
}
