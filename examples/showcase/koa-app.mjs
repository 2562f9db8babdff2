import { Router } from '@koa/router'
import Koa from 'koa'
import { responseKit, verifySignedUrl } from 'response-kit/koa'
import { features } from './features.mjs'
import { readForm } from './form.mjs'
import { answerError, createPages, kitOptions } from './pages.mjs'
import { routes } from './routes.mjs'
import { withoutTheKit } from './without-the-kit.mjs'

export function createKoaApp(ports) {
  const app = new Koa()
  const router = new Router()
  // Without the kit, Koa reports every client that leaves a stream, as this page does after the first 64 KB.
  app.on('error', (error, ctx) => {
    if (!ctx.path.startsWith('/plain/')) console.error(error)
  })
  app.use(async (ctx, next) => {
    ctx.request.body = await readForm(ctx.req)
    return next()
  })
  app.use(createPlainRouter().routes())
  // Outside the kit: a call without `await` fails after the handlers have ended.
  app.use(async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      answerError(ctx, error)
    }
  })
  app.use(responseKit(kitOptions()))
  app.use(async (ctx, next) => {
    await next()
    if (ctx.status === 404 && ctx.body === undefined) ctx.problem({ status: 404 })
  })
  for (const { name, method = 'GET', isSigned, run } of createPages('koa', ports)) {
    const before = isSigned ? [verifySignedUrl()] : []
    router[method.toLowerCase()](routes.path(name), ...before, (ctx) =>
      run(ctx, {
        params: ctx.params,
        query: ctx.query,
        form: ctx.request.body,
        url: ctx.originalUrl,
        cookie: ctx.get('cookie'),
        host: ctx.hostname,
        socket: ctx.req.socket,
      }),
    )
  }
  app.use(router.routes())
  return app
}

/** The same tasks without the kit. It runs before `responseKit()`, so nothing here has passed it. */
function createPlainRouter() {
  const router = new Router({ prefix: '/plain' })
  router.use(async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      ctx.status = error.status ?? 500
      ctx.body = error.message
    }
  })
  for (const { name, path, method = 'GET' } of features) {
    const handler = withoutTheKit[name]?.koa
    if (handler) router[method.toLowerCase()](path, handler)
  }
  return router
}
