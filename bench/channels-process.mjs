// The processes of bench/channels.mjs: `server` serves a channel, `clients` holds open streams and measures the lag of some of
// them, `publisher` publishes at a rate.
import http from 'node:http'
import net from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import express from 'express'
import { Redis } from 'ioredis'
import { channel } from 'response-kit'
import { problemHandler, responseKit } from 'response-kit/express'
import { redisStore } from 'response-kit/redis'

const [role, text] = process.argv.slice(2)
const options = JSON.parse(text)
/** One of so many clients looks at each event. The others count bytes. */
const SAMPLE = 25
const TEXT = 'x'.repeat(60)

const openChannel = (more) =>
  channel({ store: redisStore(new Redis({ port: options.port, lazyConnect: true })), ...more })

const roles = {
  async server() {
    const news = openChannel()
    const full = openChannel({ maxClients: options.maxClients })
    const app = express().use(responseKit())
    app.get('/', (_req, res) => res.sse(news))
    app.get('/jitter', (_req, res) => res.sse(news, { retry: { min: '1s', max: '6s' } }))
    app.get('/full', (_req, res) => res.sse(full))
    app.use(problemHandler()) // Express itself would print each refusal
    const server = http.createServer(app).listen(0, '127.0.0.1', 4096)
    await new Promise((resolve) => server.once('listening', resolve))
    const turns = monitorEventLoopDelay({ resolution: 5 })
    turns.enable()
    const answers = {
      memory() {
        global.gc?.()
        return { rss: process.memoryUsage.rss() }
      },
      usage() {
        const { user, system } = process.cpuUsage()
        const longestTurn = turns.max / 1e6
        turns.reset()
        return { cpu: user + system, system, longestTurn }
      },
    }
    return [{ port: server.address().port }, answers]
  },

  async clients() {
    const sockets = []
    let [delivered, lags, open, refused, lastId] = [0, [], 0, 0, '']
    /** What the server told each client to wait before it returns, in milliseconds. */
    const waits = []
    const readHead = (index, head) => {
      if (head.startsWith('HTTP/1.1 503')) refused++
      else open++
      waits[index] = Number(/^retry: (\d+)$/m.exec(head)?.[1] ?? 0)
    }
    const connect = (index, path, from) => {
      const socket = net.connect(options.port, '127.0.0.1')
      sockets[index] = socket
      socket.on('error', () => undefined)
      let hasHead = false
      socket.on('data', (data) => {
        if (!hasHead) readHead(index, data.toString('latin1'))
        hasHead = true
        for (let at = data.indexOf('data: '); at >= 0; at = data.indexOf('data: ', at + 60)) {
          delivered++
          if (index % SAMPLE === 0) lags.push(Date.now() - Number(data.toString('latin1', at + 6, at + 19)))
        }
        if (index === 0) lastId = /^id: (.+)$/m.exec(data.toString('latin1', data.lastIndexOf('id: ')))?.[1] ?? lastId
      })
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n${from === '' ? '' : `Last-Event-ID: ${from}\r\n`}\r\n`)
    }
    /** Each client connects at its own time, in milliseconds from now. */
    const connectAll = async (path, times) => {
      ;[open, refused] = [0, 0]
      const from = lastId
      const started = performance.now()
      const order = times.map((time, index) => ({ time, index })).sort((one, other) => one.time - other.time)
      for (const { time, index } of order) {
        const wait = started + time - performance.now()
        if (wait > 2) await delay(wait)
        connect(index, path, from)
      }
      while (open + refused < options.clients) await delay(20)
      return { seconds: (performance.now() - started) / 1000, refused }
    }
    const evenly = (seconds) =>
      Array.from({ length: options.clients }, (_, i) => (i * seconds * 1000) / options.clients)
    await connectAll('/', evenly(5))
    const answers = {
      leave() {
        for (const socket of sockets) socket.destroy()
        return {}
      },
      /** With `seconds` evenly in that time, else as the server has told each client. */
      connect: ({ path, seconds }) => connectAll(path, seconds === undefined ? [...waits] : evenly(seconds)),
      reset() {
        ;[delivered, lags] = [0, []]
        return {}
      },
      report() {
        const { user, system } = process.cpuUsage()
        return { delivered, lags, cpu: user + system }
      },
    }
    return [{}, answers]
  },

  async publisher() {
    const news = openChannel()
    const answers = {
      async publish({ rate, seconds }) {
        const started = performance.now()
        let published = 0
        for (; published < rate * seconds; published++) {
          const wait = started + (published * 1000) / rate - performance.now()
          if (wait > 0) await delay(wait)
          news.publish(`${Date.now()} ${TEXT}`)
        }
        return { published }
      },
    }
    return [{}, answers]
  },
}

const [ready, answers] = await roles[role]()
process.on('message', async ({ what, data }) => process.send(await answers[what](data)))
process.on('disconnect', () => process.exit())
process.send(ready)
