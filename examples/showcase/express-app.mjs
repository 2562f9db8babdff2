import express from 'express'
import { responseKit, verifySignedUrl } from 'response-kit/express'
import { features } from './features.mjs'
import { answerError, createPages, kitOptions } from './pages.mjs'
import { routes } from './routes.mjs'
import { withoutTheKit } from './without-the-kit.mjs'

export function createExpressApp(ports) {
  const app = express()
  app.use('/plain', createPlainApp())
  app.use(responseKit(kitOptions()))
  app.use(express.urlencoded({ extended: false }), express.json())

  for (const { name, method = 'GET', isSigned, run } of createPages('express', ports)) {
    const before = isSigned ? [verifySignedUrl()] : []
    app[method.toLowerCase()](routes.path(name), ...before, (req, res) =>
      run(res, {
        params: req.params,
        query: req.query,
        form: req.body ?? {},
        url: req.originalUrl,
        cookie: req.get('cookie'),
        host: req.hostname,
        socket: req.socket,
      }),
    )
  }
  app.use((_req, res) => res.problem({ status: 404 }))
  app.use((error, _req, res, _next) => answerError(res, error))
  return app
}

/** The same tasks without the kit. It runs before `responseKit()`, so nothing here has passed it. */
function createPlainApp() {
  const app = express()
  app.set('env', 'production') // an error is one line, no stack
  app.use(express.urlencoded({ extended: false }))
  for (const { name, path, method = 'GET' } of features) {
    const handler = withoutTheKit[name]?.express
    if (handler) app[method.toLowerCase()](path, handler)
  }
  app.use((error, _req, res, _next) =>
    res
      .status(error.status ?? 500)
      .type('text')
      .send(error.message),
  )
  return app
}
