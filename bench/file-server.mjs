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

const free = []

/** The least that reads a file: two trips to the thread pool, and a buffer that is used again after the response. */
function readPlainly(path, done) {
  open(path, 'r', (openError, fd) => {
    if (openError) throw openError
    const stats = fstatSync(fd)
    const buffer = free.pop() ?? Buffer.allocUnsafeSlow(stats.size) // all files have one size
    read(fd, buffer, 0, stats.size, 0, (readError) => {
      if (readError) throw readError
      closeSync(fd)
      done(buffer, stats)
    })
  })
}

/** The least that a server can do. */
function plainServer() {
  return http.createServer((_req, res) => {
    readPlainly(nextPath(), (buffer, { size }) => {
      res.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': size })
      res.end(buffer, () => free.push(buffer))
    })
  })
}

/** The fields of a download, as the kit sends them, without a check of anything. */
function setFieldsByHand(res, path, { size, mtime, mtimeMs }) {
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.setHeader('Content-Disposition', `attachment; filename="${basename(path)}"`)
  res.setHeader('Content-Type', 'application/octet-stream')
  res.setHeader('Accept-Ranges', 'bytes')
  res.setHeader('Cache-Control', 'public, max-age=0')
  res.setHeader('Last-Modified', mtime.toUTCString())
  res.setHeader('ETag', `"${size.toString(16)}-${mtimeMs.toString(16)}"`)
  res.setHeader('Content-Length', size)
}

const contenders = {
  'node:http, open + read + one write': plainServer,
  'Koa 3, by hand': () => {
    const app = new (require('koa3'))()
    app.use((ctx) => {
      const path = nextPath()
      return new Promise((resolve) => {
        readPlainly(path, (buffer, stats) => {
          ctx.body = buffer
          setFieldsByHand(ctx.res, path, stats)
          ctx.res.once('finish', () => free.push(buffer))
          resolve()
        })
      })
    })
    return http.createServer(app.callback())
  },
  'Express 5 + createServer, by hand': () => {
    const app = require('express5')()
    app.get('/', (_req, res) => {
      const path = nextPath()
      readPlainly(path, (buffer, stats) => {
        setFieldsByHand(res, path, stats)
        res.end(buffer, () => free.push(buffer))
      })
    })
    return createServer(app)
  },
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
