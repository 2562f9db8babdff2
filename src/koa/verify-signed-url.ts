import type { Middleware } from 'koa'
import { createSignedUrlCheck, type VerifySignedUrlOptions } from '../shared/routes/verify-signed-url.js'
import { exchangeOf } from './exchange.js'

/** Lets a request pass whose URL `signedUrl` has signed, and answers any other with a 403 problem. */
export function verifySignedUrl(options?: VerifySignedUrlOptions): Middleware {
  const check = createSignedUrlCheck(options)
  return async function verifySignedUrlMiddleware(ctx, next) {
    const exchange = exchangeOf(ctx)
    const refusal = await check(exchange)
    if (refusal === undefined) await next()
    else exchange.finish(refusal)
  }
}
