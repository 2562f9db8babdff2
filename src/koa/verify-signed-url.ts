import type { Middleware, Next, ParameterizedContext } from 'koa'
import {
  answerForApp,
  callApp,
  checkVerifyOptions,
  createSignedUrlCheck,
  describeRefusal,
  type VerifySignedUrlOptions as SharedOptions,
  type SignedUrlError,
} from '../shared/routes/verify-signed-url.js'
import { exchangeOf, type KoaExchange } from './exchange.js'

/** Options of `verifySignedUrl()`. */
export interface VerifySignedUrlOptions extends SharedOptions {
  /** Answers a URL that is invalid, expired or used. Default: a 403 page or problem, by the Accept field. */
  readonly onInvalid?: (error: SignedUrlError, ctx: ParameterizedContext, next: Next) => unknown
}

/**
 * Middleware that passes only requests whose URL `signedUrl` has signed.
 *
 * @param options `claim` for URLs with `once: true`, `ignore` for foreign parameters, `onInvalid` for the answer.
 * @throws `INVALID_OPTION` for a wrong option.
 * @example router.get(routes.path('unsubscribe'), verifySignedUrl(), unsubscribe)
 */
export function verifySignedUrl(options: VerifySignedUrlOptions = {}): Middleware {
  checkVerifyOptions(options)
  const check = createSignedUrlCheck(options)
  const { onInvalid } = options
  const verify = async (exchange: KoaExchange, ctx: ParameterizedContext, next: Next): Promise<void> => {
    const verdict = await check(exchange.facts)
    if (verdict.result === 'pass') await next()
    else if (verdict.result === 'answer') answerForApp(exchange, verdict.description)
    else if (onInvalid === undefined) answerForApp(exchange, describeRefusal(exchange.facts, verdict.error))
    else await callApp(() => onInvalid(verdict.error, ctx, next))
  }
  return function verifySignedUrlMiddleware(ctx, next) {
    return verify(exchangeOf('verifySignedUrl()', ctx), ctx, next)
  }
}
