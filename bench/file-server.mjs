// One contender serving one file, in a process of its own: prints the port it listens on.
import { createReadStream, statSync } from 'node:fs'
import http from 'node:http'
import { createRequire } from 'node:module'
import { basename, dirname } from 'node:path'
import { createServer, responseKit as expressKit } from 'response-kit/express'
import { responseKit as koaKit } from 'response-kit/koa'

const require = createRequire(import.meta.url)
const [contender, path] = process.argv.slice(2)
const name = basename(path)
const disposition = `attachment; filename=${name}`

const contenders = {
  'node:http + createReadStream': () =>
    http.createServer((_req, res) => {
      const { size } = statSync(path)
      res.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': size })
      createReadStream(path).pipe(res)
    }),
  'send on node:http': () => {
    const send = require('send')
    return http.createServer((req, res) => {
      res.setHeader('Content-Disposition', disposition)
      send(req, name, { root: dirname(path) }).pipe(res)
    })
  },
  'Express 5': () => {
    const app = require('express5')()
    app.get('/', (_req, res) => res.download(path))
    return http.createServer(app)
  },
  'Express 5 + kit': () => http.createServer(expressApp()),
  'Express 5 + createServer + kit': () => createServer(expressApp()),
  'Express 5 + createServer + kit, cache': () => createServer(expressApp({ files: { cache: {} } })),
  'Express 5 + createServer + kit, cache trusted 1 s': () =>
    createServer(expressApp({ files: { cache: { maxAge: '1s' } } })),
  'Koa 3 + koa-send': () => {
    const app = new (require('koa3'))()
    const send = require('koa-send')
    app.use(async (ctx) => {
      ctx.attachment(name)
      await send(ctx, name, { root: dirname(path) })
    })
    return http.createServer(app.callback())
  },
  'Koa 3 + kit': () => koaApp(),
  'Koa 3 + kit, cache': () => koaApp({ files: { cache: {} } }),
  'Koa 3 + kit, cache trusted 1 s': () => koaApp({ files: { cache: { maxAge: '1s' } } }),
  'Fastify 5 + @fastify/static': async () => {
    const app = require('fastify')()
    await app.register(require('@fastify/static'), { root: dirname(path), serve: false })
    app.get('/', (_request, reply) => reply.download(name))
    await app.ready()
    return app.server
  },
}

function expressApp(options) {
  const app = require('express5')()
  app.use(expressKit(options))
  app.get('/', (_req, res) => {
    res.download(path)
  })
  return app
}

function koaApp(options) {
  const app = new (require('koa3'))()
  app.use(koaKit(options))
  app.use((ctx) => ctx.download(path))
  return http.createServer(app.callback())
}

const server = await contenders[contender]()
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
