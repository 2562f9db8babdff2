import { respond as expressRespond } from '../../src/express/index.js'
import type { Reply, RespondOptions } from '../../src/index.js'
import { respond as koaRespond } from '../../src/koa/index.js'
import type { Framework, Handler } from './frameworks.js'

/** A contract handler made by the framework's own `respond()`; `target` is `res` or `ctx`. */
export function responding(
  { family }: Framework,
  handler: (reply: Reply, target: any) => unknown,
  options: RespondOptions = {},
): Handler {
  if (family === 'koa') {
    const run: any = koaRespond(options, (ctx, reply) => handler(reply, ctx))
    return (_target, { native }) => run(native.ctx)
  }
  const run = expressRespond(options, (req, reply) => handler(reply, req.res))
  return (_target, { native }) => run(native.req, native.res, native.next)
}
