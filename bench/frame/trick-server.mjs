// One server with a handler that takes a given time, in a process of its own: prints the port it listens on.
import http from 'node:http'
import { createRequire } from 'node:module'
import { createServer, responseKit as expressKit } from 'response-kit/express'
import { responseKit as koaKit } from 'response-kit/koa'

const require = createRequire(import.meta.url)
const [host, busyMs, ...paths] = process.argv.slice(2)
let turn = 0

function answer(target) {
  const end = performance.now() + Number(busyMs)
  while (performance.now() < end);
  if (paths.length === 0) return target.text('Hello, world!')
  return target.download(paths[turn++ % paths.length])
}

function koaServer() {
  const app = new (require('koa3'))()
  app.use(koaKit())
  app.use((ctx) => answer(ctx))
  return http.createServer(app.callback())
}

function expressServer() {
  const app = require('express5')()
  app.use(expressKit())
  app.get('/', (_req, res) => void answer(res))
  return createServer(app)
}

const server = host === 'koa' ? koaServer() : expressServer()
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
