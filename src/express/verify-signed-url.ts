import type { NextFunction, Request, Response } from 'express'
import { createSignedUrlCheck, type VerifySignedUrlOptions } from '../shared/routes/verify-signed-url.js'
import { exchangeOf } from './exchange.js'

/** Lets a request pass whose URL `signedUrl` has signed, and answers any other with a 403 problem. */
export function verifySignedUrl(
  options?: VerifySignedUrlOptions,
): (req: Request, res: Response, next: NextFunction) => void {
  const check = createSignedUrlCheck(options)
  return function verifySignedUrlMiddleware(req, res, next) {
    const exchange = exchangeOf(req, res)
    check(exchange)
      .then((refusal) => (refusal === undefined ? next() : exchange.finish(refusal)))
      .catch(next)
  }
}
