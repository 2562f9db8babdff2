import express from 'express'
import { responseKit } from 'response-kit/express'
import { features } from './features.mjs'
import { answerError, createPages, kitOptions } from './pages.mjs'
import { routes } from './routes.mjs'

export function createExpressApp(ports) {
  const app = express()
  app.use(responseKit(kitOptions()))
  app.use(express.urlencoded({ extended: false }))

  for (const { name, method = 'GET', run } of [...createPages('express', ports), ...features]) {
    app[method.toLowerCase()](routes.path(name), (req, res) =>
      run(res, { params: req.params, form: req.body ?? {}, url: req.originalUrl, cookie: req.get('cookie') }),
    )
  }
  app.use((_req, res) => res.problem({ status: 404 }))
  app.use((error, _req, res, _next) => answerError(res, error))
  return app
}
