// node bench/soak.mjs [seconds], after npm run build: streams cut off at every length, on Express and Koa; what was
// opened must have been closed, and memory must stay where it was. Exits with 1 where it did not.
import { readdirSync } from 'node:fs'
import http from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import express from 'express'
import Koa from 'koa'
import { responseKit as expressKit } from '../dist/esm/express.js'
import { responseKit as koaKit } from '../dist/esm/koa.js'

const seconds = Number(process.argv[2] ?? 20)
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

const options = { onError: (_error, { aborted }) => (reported += aborted ? 0 : 1) }
const koa = new Koa().use(koaKit(options)).use((ctx) => ctx.streaming(produce))
koa.on('error', () => reported++)
const listeners = {
  'Express 5': express()
    .use(expressKit(options))
    .use((_req, res) => res.streaming(produce)),
  'Koa 3': koa.callback(),
}

/** Reads that many octets and leaves; more than there are: to the end. */
function exchange(port, octets) {
  return new Promise((resolve) => {
    const outgoing = http.get({ port, host: '127.0.0.1', agent: false }, (incoming) => {
      let count = 0
      incoming.on('error', () => undefined)
      incoming.on('data', (chunk) => {
        count += chunk.length
        if (count >= octets) incoming.destroy()
      })
      incoming.on('close', resolve)
    })
    outgoing.on('error', resolve)
  })
}

const descriptors = () => (process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0)

async function cutMany(port, count) {
  const pending = Array.from({ length: 20 }, async (_, lane) => {
    for (let index = lane; index < count; index += 20) {
      const isCut = index % 5 < 2 || count === 2000
      await exchange(port, isCut ? 1 + ((index * 7919) % 300_000) : 1_000_000)
    }
  })
  await Promise.all(pending)
}

for (const [name, listener] of Object.entries(listeners)) {
  const server = http.createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address()
  await cutMany(port, 100)
  await delay(1000)
  const before = descriptors()
  await cutMany(port, 2000)
  await delay(1000)
  const left = descriptors() - before
  report(name, `2,000 cut exchanges: ${left} descriptors left`, Math.abs(left) <= 2)
  report(name, `${started} generators started, ${finished} finished`, started === finished)

  const samples = []
  const end = Date.now() + seconds * 1000
  while (Date.now() < end) {
    await cutMany(port, 300)
    globalThis.gc?.()
    samples.push([Date.now() / 60_000, process.memoryUsage().heapUsed / 2 ** 20])
  }
  const slope = slopeOf(samples.slice(Math.floor(samples.length / 3)))
  // Without --expose-gc the heap is where the collector left it, and no slope can be told.
  report(name, `heap ${slope.toFixed(2)} MB a minute under mixed load`, globalThis.gc === undefined || slope <= 0.3)
  report(
    name,
    `${started - finished} generators open, ${reported} failures reported`,
    started === finished && reported === 0,
  )
  server.close()
}

function report(name, text, holds) {
  console.log(`${holds ? 'holds ' : 'MISSED'} ${name}: ${text}`)
  if (!holds) process.exitCode = 1
}

function slopeOf(samples) {
  const mean = (index) => samples.reduce((sum, sample) => sum + sample[index], 0) / samples.length
  const [meanX, meanY] = [mean(0), mean(1)]
  const covariance = samples.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0)
  return covariance / samples.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
}
