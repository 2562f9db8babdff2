// One contender serving a file, or several in turn, in a process of its own: prints the port it listens on.
import { closeSync, createReadStream, fstatSync, open, read, statSync } from 'node:fs'
import http from 'node:http'
import { createRequire } from 'node:module'
import { basename, dirname } from 'node:path'
import { createServer, responseKit as expressKit } from 'response-kit/express'
import { responseKit as koaKit } from 'response-kit/koa'

const require = createRequire(import.meta.url)
const [contender, ...paths] = process.argv.slice(2)
const root = dirname(paths[0])
let turn = 0
const nextPath = () => paths[turn++ % paths.length]
const nextName = () => basename(nextPath())

/** The least that a server can do: two trips to the thread pool, one write, and a buffer that is used again after it. */
function plainServer() {
  const free = []
  return http.createServer((_req, res) => {
    open(nextPath(), 'r', (openError, fd) => {
      if (openError) throw openError
      const { size } = fstatSync(fd)
      const buffer = free.pop() ?? Buffer.allocUnsafeSlow(size)
      read(fd, buffer, 0, size, 0, (readError) => {
        if (readError) throw readError
        closeSync(fd)
        res.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': size })
        res.end(buffer, () => free.push(buffer)) // all files have one size
      })
    })
  })
}

const contenders = {
  'node:http, open + read + one write': plainServer,
  'node:http + createReadStream': () =>
    http.createServer((_req, res) => {
      const path = nextPath()
      const { size } = statSync(path)
      res.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': size })
      createReadStream(path).pipe(res)
    }),
  'send on node:http': () => {
    const send = require('send')
    return http.createServer((req, res) => {
      const name = nextName()
      res.setHeader('Content-Disposition', `attachment; filename=${name}`)
      send(req, name, { root }).pipe(res)
    })
  },
  'Express 5': () => {
    const app = require('express5')()
    app.get('/', (_req, res) => res.download(nextPath()))
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
    app.silent = true // a client that leaves at the end of a round is an error to it
    app.use(async (ctx) => {
      const name = nextName()
      ctx.attachment(name)
      await send(ctx, name, { root })
    })
    return http.createServer(app.callback())
  },
  'Koa 3 + kit': () => koaApp(),
  'Koa 3 + kit, cache': () => koaApp({ files: { cache: {} } }),
  'Koa 3 + kit, cache trusted 1 s': () => koaApp({ files: { cache: { maxAge: '1s' } } }),
  'Fastify 5 + @fastify/static': async () => {
    const app = require('fastify')()
    await app.register(require('@fastify/static'), { root, serve: false })
    app.get('/', (_request, reply) => reply.download(nextName()))
    await app.ready()
    return app.server
  },
}

function expressApp(options) {
  const app = require('express5')()
  app.use(expressKit(options))
  app.get('/', (_req, res) => {
    res.download(nextPath())
  })
  return app
}

function koaApp(options) {
  const app = new (require('koa3'))()
  app.use(koaKit(options))
  app.use((ctx) => ctx.download(nextPath()))
  return http.createServer(app.callback())
}

const server = await contenders[contender]()
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
