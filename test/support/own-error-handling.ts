import type { ContractHost } from './contract.js'
import type { Handler, RunningApp } from './frameworks.js'

/** Serves an app whose own error handling sets no status and no field: what the answer has then was there before. */
export async function serveWithOwnErrors(
  { framework, serve }: Pick<ContractHost, 'framework' | 'serve'>,
  handler: Handler,
): Promise<RunningApp> {
  let app: any
  const running = await serve(handler, {
    setUp(created) {
      app = created
      if (framework.family === 'koa') app.use(catchInKoa)
    },
  })
  if (framework.family === 'express') app.use(catchInExpress)
  return running
}

async function catchInKoa(ctx: any, next: () => Promise<void>): Promise<void> {
  try {
    await next()
  } catch {
    ctx.body = 'failed'
  }
}

function catchInExpress(_error: Error, _req: unknown, res: any, _next: unknown): void {
  res.end('failed')
}
