import { Router } from '@koa/router'
import Koa from 'koa'
import { responseKit } from 'response-kit/koa'
import { features } from './features.mjs'
import { readForm } from './form.mjs'
import { answerError, createPages, kitOptions } from './pages.mjs'
import { routes } from './routes.mjs'

export function createKoaApp(ports) {
  const app = new Koa()
  const router = new Router()
  // Outside the kit: what a handler started without waiting fails when the handlers are through.
  app.use(async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      answerError(ctx, error)
    }
  })
  app.use(responseKit(kitOptions()))
  app.use(async (ctx, next) => {
    ctx.request.body = await readForm(ctx.req)
    await next()
    if (ctx.status === 404 && ctx.body === undefined) ctx.problem({ status: 404 })
  })
  for (const { name, method = 'GET', run } of [...createPages('koa', ports), ...features]) {
    router[method.toLowerCase()](routes.path(name), (ctx) =>
      run(ctx, { params: ctx.params, form: ctx.request.body, url: ctx.originalUrl, cookie: ctx.get('cookie') }),
    )
  }
  app.use(router.routes())
  return app
}
