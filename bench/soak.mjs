// node bench/soak.mjs [cut | stalled | leave | mixed] [seconds of mixed load, 120], after npm run build: what Express and
// Koa hold on to under clients that leave, stall or come in thousands. Exits with 1 if that is too much.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const parts = { cut, stalled, leave, mixed }
const only = process.argv[2] in parts ? process.argv[2] : undefined
const seconds = Number(process.argv[only === undefined ? 2 : 3] ?? 120)
/** The answers of the mixed load, and where at the latest they are cut off: none is through by then. */
const cutBelow = { '/generator': 300_000, '/file': 300_000, '/rows': 100_000, '/ticks': 8000, '/page': 1 }
const directory = mkdtempSync(join(tmpdir(), 'soak-'))
const file = join(directory, 'file.bin')
writeFileSync(file, Buffer.alloc(1_000_000, 'x'))

for (const contender of ['Express 5', 'Koa 3']) {
  const child = fork(join(import.meta.dirname, 'soak-server.mjs'), [contender, file], { execArgv: ['--expose-gc'] })
  const [{ port }] = await once(child, 'message')
  const ask = async (what) => {
    child.send({ ask: what })
    return (await once(child, 'message'))[0]
  }
  const report = (text, holds) => {
    console.log(`${holds ? 'holds ' : 'MISSED'} ${contender}: ${text}`)
    if (!holds) process.exitCode = 1
  }
  await load(port, 400, Object.keys(cutBelow), { cutShare: 0.5 }) // compiles, fills the pools
  for (const [name, part] of Object.entries(parts)) {
    if (only === undefined || only === name) await part(port, ask, report)
  }
  child.kill()
}
rmSync(directory, { recursive: true })

/** Exchanges cut off at 1 B to 300 kB: what was opened for them is closed. */
async function cut(port, ask, report) {
  await settle(ask)
  const before = await ask('collect')
  await load(port, 2000, ['/generator', '/file'], { cutShare: 1 })
  await delay(1000)
  const after = await ask('collect')
  const left = after.descriptors - before.descriptors
  report(`2,000 cut exchanges: ${left} descriptors left (bar 2)`, Math.abs(left) <= 2)
  const { started, finished, reported } = after
  report(`${started} generators started, ${finished} finished`, started === finished)
  report(`${reported} failures reported`, reported === 0)
}

/** Clients that read nothing of an endless generator: it is suspended, and the process has other things to do. */
async function stalled(port, ask, report) {
  const before = await ask('collect')
  await ask('watch')
  const sockets = Array.from({ length: 200 }, () => openSocket(port, '/endless').pause())
  let highest = 0
  for (const end = Date.now() + 5000; Date.now() < end; await delay(100)) {
    highest = Math.max(highest, (await ask('usage')).rss - before.rss)
  }
  const { p99 } = await ask('usage')
  report(`200 stalled readers: RSS ${highest.toFixed(1)} MB more (bar 80)`, highest <= 80)
  report(`200 stalled readers: event-loop delay p99 ${p99.toFixed(1)} ms (bar 100)`, p99 <= 100)
  for (const socket of sockets) socket.destroy()
  await delay(1000)
}

/** Event-stream clients in thousands that leave at once: everything is back in 3 s. */
async function leave(port, ask, report) {
  await settle(ask)
  const before = await ask('collect')
  const sockets = []
  while (sockets.length < 10_000) {
    const group = Array.from({ length: 100 }, () => openSocket(port, '/events').on('data', () => undefined))
    await Promise.all(group.map((socket) => once(socket, 'data')))
    sockets.push(...group)
  }
  await ask('publish')
  const full = await ask('collect')
  for (const socket of sockets) socket.destroy()
  await delay(3000)
  const after = await ask('collect')
  const [left, heap] = [after.descriptors - before.descriptors, after.heap - before.heap]
  report(`${full.clients} event-stream clients left: ${after.clients} remain after 3 s`, after.clients === 0)
  report(`${left} descriptors and ${heap.toFixed(1)} MB of heap of theirs remain (bars 2, 5)`, left <= 2 && heap <= 5)
}

/** Every kind of answer, 40 % of them cut off: memory stays as it is once it has settled. */
async function mixed(port, ask, report) {
  const samples = []
  const start = Date.now()
  const end = start + seconds * 1000
  const sampling = (async () => {
    for (; Date.now() < end; await delay(1000)) {
      const { heap, rss } = await ask('collect')
      samples.push({ minute: (Date.now() - start) / 60_000, heap, rss })
    }
  })()
  const count = await load(port, Number.POSITIVE_INFINITY, Object.keys(cutBelow), { cutShare: 0.4, end })
  await sampling
  const settled = samples.filter(({ minute }) => minute >= Math.min(0.5, seconds / 240))
  const [heap, rss] = [slopeOf(settled, 'heap'), slopeOf(settled, 'rss')]
  report(`${count} mixed exchanges in ${seconds} s: heap ${heap.toFixed(2)} MB a minute (bar 0.3)`, heap <= 0.3)
  report(`${count} mixed exchanges in ${seconds} s: RSS ${rss.toFixed(2)} MB a minute (bar 2)`, rss <= 2)
  await delay(1000)
  const { started, finished, reported } = await ask('usage')
  report(`${started - finished} generators open, ${reported} failures`, started === finished && reported === 0)
}

/** Exchanges in twenty lanes, a share of them cut off. How many there were. */
async function load(port, count, paths, { cutShare, end = Number.POSITIVE_INFINITY }) {
  const agent = new http.Agent({ keepAlive: true })
  let index = 0
  const lanes = Array.from({ length: 20 }, async () => {
    while (index < count && Date.now() < end) {
      const number = index++
      const isCut = (number % 10) / 10 < cutShare
      const path = paths[Math.floor(number / 10) % paths.length]
      await exchange(port, agent, path, isCut ? 1 + ((number * 7919) % cutBelow[path]) : Number.POSITIVE_INFINITY)
    }
  })
  await Promise.all(lanes)
  agent.destroy()
  return index
}

/** Reads that many bytes and leaves; more than there are: to the end. */
function exchange(port, agent, path, bytes) {
  return new Promise((resolve) => {
    const outgoing = http.get({ port, path, host: '127.0.0.1', agent }, (incoming) => {
      let count = 0
      incoming.on('error', () => undefined)
      incoming.on('data', (chunk) => {
        count += chunk.length
        if (count >= bytes) incoming.destroy()
      })
      incoming.on('close', resolve)
    })
    outgoing.on('error', resolve)
  })
}

function openSocket(port, path) {
  const socket = net.connect(port, '127.0.0.1').on('error', () => undefined)
  socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
  return socket
}

/** Waits until the connections of what ran before are gone. */
async function settle(ask) {
  for (let last = -1, now = 0; now !== last; await delay(500)) {
    last = now
    now = (await ask('usage')).descriptors
  }
}

function slopeOf(samples, name) {
  const mean = (key) => samples.reduce((sum, sample) => sum + sample[key], 0) / samples.length
  const [meanX, meanY] = [mean('minute'), mean(name)]
  const covariance = samples.reduce((sum, sample) => sum + (sample.minute - meanX) * (sample[name] - meanY), 0)
  return covariance / samples.reduce((sum, { minute }) => sum + (minute - meanX) ** 2, 0)
}
