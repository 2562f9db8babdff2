// One contender of bench/streams.mjs in a process of its own; answers to IPC messages with what it has used.
import { once } from 'node:events'
import http from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { pipeline, Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { serve } from '@hono/node-server'
import archiver from 'archiver'
import { stringify } from 'csv-stringify'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { stream } from 'hono/streaming'
import Koa from 'koa'
import { responseKit as expressKit } from '../dist/esm/express.js'
import { channel } from '../dist/esm/index.js'
import { responseKit as koaKit } from '../dist/esm/koa.js'

const LARGE = Buffer.alloc(64 * 1024, 'x')
const sources = {
  async *small() {
    for (let index = 0; index < 10_000; index++) yield 'x'.repeat(49).concat('\n')
  },
  async *large() {
    for (let index = 0; index < 512; index++) yield LARGE
  },
  async *ticks() {
    for (let index = 0; index < 50; index++) {
      await delay(10)
      yield `${process.hrtime.bigint()}\n`
    }
  },
  *endless() {
    for (;;) yield LARGE
  },
}

const ROWS = 10_000
const COLUMNS = ['id', 'name', 'mail', 'city', 'total']
function* rows() {
  for (let id = 1; id <= ROWS; id++) {
    yield { id, name: `Ada Lovelace ${id}`, mail: `ada${id}@example.com`, city: 'Vienna, Austria', total: id * 1.5 }
  }
}

const ENTRIES = Array.from({ length: 20 }, (_, index) => ({
  name: `text-${index}.txt`,
  source: Buffer.from(`Line ${index} of a text that can be compressed.\n`.repeat(6000)),
}))

/** Documents that are made while they are sent, each by the kit, by a loop as one writes it, and by the package for it. */
const documents = {
  'Express 5 + kit': {
    '/csv': (res) => res.csv(rows(), { columns: COLUMNS }),
    '/json': (res) => res.jsonStream({ rows: rows() }),
    '/zip': (res) => res.zip(ENTRIES),
    '/zip-stored': (res) => res.zip(ENTRIES, 'archive.zip', { compress: false }),
  },
  'Koa 3 + kit': {
    '/csv': (ctx) => ctx.csv(rows(), { columns: COLUMNS }),
    '/json': (ctx) => ctx.jsonStream({ rows: rows() }),
    '/zip': (ctx) => ctx.zip(ENTRIES),
    '/zip-stored': (ctx) => ctx.zip(ENTRIES, 'archive.zip', { compress: false }),
  },
  'Express 5': {
    '/csv': async (res) => {
      const cell = (value) => (/[",\r\n]/.test(value) ? `"${`${value}`.replaceAll('"', '""')}"` : `${value}`)
      res.write(`${COLUMNS.join(',')}\r\n`)
      for (const row of rows()) {
        if (!res.write(`${COLUMNS.map((name) => cell(row[name])).join(',')}\r\n`)) await once(res, 'drain')
      }
      res.end()
    },
    '/json': async (res) => {
      let separator = '{"rows":['
      for (const row of rows()) {
        if (!res.write(separator + JSON.stringify(row))) await once(res, 'drain')
        separator = ','
      }
      res.end(']}')
    },
  },
  'Express 5, packages': {
    '/csv': (res) => {
      const table = stringify({ header: true, columns: COLUMNS, record_delimiter: '\r\n' })
      pipeline(Readable.from(rows()), table, res, () => undefined)
    },
    '/zip': (res) => sendByArchiver(res, {}),
    '/zip-stored': (res) => sendByArchiver(res, { store: true }),
  },
}

function sendByArchiver(res, options) {
  const archive = archiver('zip', options)
  archive.pipe(res)
  for (const { name, source } of ENTRIES) archive.append(source, { name })
  return archive.finalize()
}

const news = channel({ replay: 0 })
const plainClients = new Set()
const sourceOf = (path) => sources[path.slice(1)]()
const isEvents = (path) => path === '/events'

async function writeObviously(res, source) {
  for await (const chunk of source) if (!res.write(chunk)) await once(res, 'drain')
  res.end()
}

const expressApp = (handler) => http.createServer(express().use(handler))
const contenders = {
  'Express 5 + kit': () =>
    http.createServer(
      express()
        .use(expressKit({ heartbeat: 0 }))
        .use((req, res) => {
          if (isEvents(req.path)) return res.sse(news)
          const send = documents['Express 5 + kit'][req.path]
          return send ? send(res) : res.streaming(sourceOf(req.path), { type: 'text/plain' })
        }),
    ),
  'Express 5, packages': () => expressApp((req, res) => documents['Express 5, packages'][req.path](res)),
  'Express 5': () =>
    expressApp((req, res) => {
      const send = documents['Express 5'][req.path]
      if (send) return send(res)
      res.type(isEvents(req.path) ? 'text/event-stream' : 'text/plain')
      if (!isEvents(req.path)) return writeObviously(res, sourceOf(req.path))
      res.flushHeaders()
      plainClients.add(res)
      res.on('close', () => plainClients.delete(res))
    }),
  'Koa 3 + kit': () => {
    const app = new Koa()
    app.use(koaKit({ heartbeat: 0 }))
    app.use((ctx) => {
      if (isEvents(ctx.path)) return ctx.sse(news)
      const send = documents['Koa 3 + kit'][ctx.path]
      return send ? send(ctx) : ctx.streaming(sourceOf(ctx.path), { type: 'text/plain' })
    })
    return http.createServer(app.callback())
  },
  'Koa 3': () => {
    const app = new Koa()
    app.use((ctx) => {
      ctx.type = 'text/plain'
      ctx.body = Readable.from(sourceOf(ctx.path))
    })
    return http.createServer(app.callback())
  },
  'node:http pipeline': () =>
    http.createServer((req, res) => {
      res.setHeader('Content-Type', 'text/plain')
      pipeline(Readable.from(sourceOf(req.url), { objectMode: false }), res, () => undefined)
    }),
  Fastify: async () => {
    const app = Fastify()
    app.get('/*', (request, reply) => reply.type('text/plain').send(Readable.from(sourceOf(request.url))))
    await app.ready()
    return app.server
  },
  Hono: () => {
    const app = new Hono()
    app.get('/*', (c) =>
      stream(c, async (out) => {
        for await (const chunk of sourceOf(c.req.path)) await out.write(chunk)
      }),
    )
    return serve({ fetch: app.fetch, port: 0 })
  },
}

const server = await contenders[process.argv[2]]()
if (!server.listening) server.listen(0, '127.0.0.1')
const delays = monitorEventLoopDelay({ resolution: 5 })

process.on('message', async ({ ask, data }) => {
  if (ask === 'publish') {
    const event = { event: 'price', data: { ...data, at: `${process.hrtime.bigint()}` } }
    if (process.argv[2].includes('kit')) news.publish(event)
    else for (const res of plainClients) res.write(`event: ${event.event}\ndata: ${JSON.stringify(event.data)}\n\n`)
  }
  if (ask === 'watch') delays.enable()
  const { user, system } = process.cpuUsage()
  const clients = Math.max(news.size, plainClients.size)
  process.send({ cpu: user + system, rss: process.memoryUsage().rss, clients, p99: delays.percentile(99) / 1e6 })
})
if (!server.listening) await once(server, 'listening')
process.send({ port: server.address().port })
