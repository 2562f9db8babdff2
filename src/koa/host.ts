import type { ParameterizedContext } from 'koa'
import { isObject, isResponse, wrongHost } from '../shared/exchange/wrong-host.js'

/**
 * Refuses a host that the Koa entry cannot serve, and names the entry that can. Every middleware throws it at once: Express 4
 * does not look at a promise.
 */
export function checkHost(call: string, ctx: ParameterizedContext): void {
  if (isObject(ctx) && isResponse(ctx.res) && isObject(ctx.response)) return
  if (isObject(ctx) && typeof ctx.headers === 'object' && typeof ctx.method === 'string') {
    throw wrongHost(`${call} of 'response-kit/koa' was given a request: use 'response-kit/express' in an Express app`)
  }
  throw wrongHost(`${call} of 'response-kit/koa' needs a Koa context with \`response\` and Node's \`res\``)
}

/** The prototype that the contexts of one Koa app share; none for a context that was made by hand. */
export function koaPrototypes(ctx: ParameterizedContext): readonly object[] {
  const prototype: object | null = Object.getPrototypeOf(ctx)
  const shared: unknown = (ctx.app as { context?: unknown } | undefined)?.context
  return prototype !== null && prototype === shared ? [prototype] : []
}
