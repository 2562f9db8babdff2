// The server of bench/soak.mjs in a process of its own; answers to IPC messages with what it holds.
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import http from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import express from 'express'
import Koa from 'koa'
import { responseKit as expressKit } from '../dist/esm/express.js'
import { channel } from '../dist/esm/index.js'
import { responseKit as koaKit } from '../dist/esm/koa.js'

const [contender, file] = process.argv.slice(2)
const news = channel()
let [started, finished, reported] = [0, 0, 0]

async function* produce() {
  started++
  try {
    for (let index = 0; index < 100; index++) {
      yield 'x'.repeat(5000)
      if (index % 10 === 0) await delay(1)
    }
  } finally {
    finished++
  }
}

function* endless() {
  for (let index = 0; ; index++) yield `${index}${'x'.repeat(5000)}\n`
}

const answers = {
  '/generator': (target) => target.streaming(produce),
  '/rows': (target) => target.ndjson(Array.from({ length: 3000 }, (_, id) => ({ id, name: 'a share', eur: 3.5 }))),
  '/file': (target) => target.file(file),
  '/page': (target) => target.html('<p>page</p>'.repeat(200)),
  '/ticks': (target) =>
    target.sse(async function* () {
      for (let index = 0; index < 5; index++) {
        yield { id: index, data: 'x'.repeat(2000) }
        await delay(2)
      }
    }),
  '/events': (target) => target.sse(news),
  '/endless': (target) => target.streaming(endless()),
}

const options = { onError: (_error, { aborted }) => (reported += aborted ? 0 : 1) }
const koa = new Koa().use(koaKit(options)).use((ctx) => answers[ctx.path](ctx))
koa.on('error', () => reported++)
const listeners = {
  'Express 5': express()
    .use(expressKit(options))
    .use((req, res) => answers[req.path](res)),
  'Koa 3': koa.callback(),
}

const server = http.createServer(listeners[contender]).listen(0, '127.0.0.1')
const delays = monitorEventLoopDelay({ resolution: 5 })

process.on('message', async ({ ask }) => {
  if (ask === 'publish') news.publish({ event: 'price', data: { name: 'a share', eur: 3.5 } })
  if (ask === 'collect') globalThis.gc()
  if (ask === 'watch') {
    delays.reset()
    delays.enable()
  }
  const { rss, heapUsed } = process.memoryUsage()
  const descriptors = process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0
  const p99 = delays.percentile(99) / 1e6
  process.send({
    rss: rss / 2 ** 20,
    heap: heapUsed / 2 ** 20,
    descriptors,
    started,
    finished,
    reported,
    clients: news.size,
    p99,
  })
})
await once(server, 'listening')
process.send({ port: server.address().port })
