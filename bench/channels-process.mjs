// The processes of bench/channels.mjs: `server` serves a channel, `clients` holds open streams and measures the lag of some of
// them, `publisher` publishes at a rate.
import http from 'node:http'
import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import express from 'express'
import { Redis } from 'ioredis'
import { channel } from 'response-kit'
import { responseKit } from 'response-kit/express'
import { redisStore } from 'response-kit/redis'

const [role, text] = process.argv.slice(2)
const options = JSON.parse(text)
/** One of so many clients looks at each event. The others count bytes. */
const SAMPLE = 25
const TEXT = 'x'.repeat(60)

const openChannel = () => channel({ store: redisStore(new Redis({ port: options.port, lazyConnect: true })) })

const roles = {
  async server() {
    const news = openChannel()
    const app = express().use(responseKit())
    app.get('/', (_req, res) => res.sse(news))
    const server = http.createServer(app).listen(0, '127.0.0.1', 4096)
    await new Promise((resolve) => server.once('listening', resolve))
    const answers = {
      usage() {
        global.gc?.()
        const { user, system } = process.cpuUsage()
        return { cpu: user + system, rss: process.memoryUsage.rss(), size: news.size }
      },
    }
    return [{ port: server.address().port }, answers]
  },

  async clients() {
    const sockets = []
    let [delivered, lags, open, lastId] = [0, [], 0, '']
    const connect = (index, from) => {
      const socket = net.connect(options.port, '127.0.0.1')
      sockets[index] = socket
      socket.on('error', () => undefined)
      let isOpen = false
      socket.on('data', (data) => {
        if (!isOpen) {
          isOpen = true
          open++
        }
        for (let at = data.indexOf('data: '); at >= 0; at = data.indexOf('data: ', at + 60)) {
          delivered++
          if (index % SAMPLE === 0) lags.push(Date.now() - Number(data.toString('latin1', at + 6, at + 19)))
        }
        if (index === 0) lastId = /^id: (.+)$/m.exec(data.toString('latin1', data.lastIndexOf('id: ')))?.[1] ?? lastId
      })
      socket.write(`GET / HTTP/1.1\r\nHost: a\r\n${from === '' ? '' : `Last-Event-ID: ${from}\r\n`}\r\n`)
    }
    const connectAll = async (seconds) => {
      open = 0
      const from = lastId
      const started = performance.now()
      for (let index = 0; index < options.clients; index++) {
        const wait = started + (index * seconds * 1000) / options.clients - performance.now()
        if (wait > 2) await delay(wait)
        connect(index, from)
      }
      while (open < options.clients) await delay(20)
    }
    await connectAll(5)
    const answers = {
      leave() {
        for (const socket of sockets) socket.destroy()
        return {}
      },
      async connect({ seconds }) {
        const started = performance.now()
        await connectAll(seconds)
        return { seconds: (performance.now() - started) / 1000 }
      },
      reset() {
        ;[delivered, lags] = [0, []]
        return {}
      },
      report: () => ({ delivered, lags }),
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
