// node bench/streams.mjs [small | large | documents | budget | ticks | broadcast | clients | stalled] [--node PROGRAM], after npm run
// build: what streams cost, beside the obvious code on the same framework. Ratios are of server CPU time per request, in
// interleaved rounds; the same bytes are held to by length.
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { environmentLine } from './frame/environment.mjs'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { node: { type: 'string', default: process.execPath } },
})
const [only] = positionals
console.log(environmentLine(execFileSync(flags.node, ['-v'], { encoding: 'utf8' }).trim()))
const isAsked = (name) => only === undefined || only === name
const script = join(import.meta.dirname, 'streams-server.mjs')
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

async function start(contender, execArgv = []) {
  const child = fork(script, [contender], { execPath: flags.node, execArgv })
  const [{ port }] = await once(child, 'message')
  const ask = async (what, data) => {
    child.send({ ask: what, data })
    return (await once(child, 'message'))[0]
  }
  return { contender, port, ask, stop: () => child.kill() }
}

function get(port, path, onData = () => undefined) {
  return new Promise((resolve, reject) => {
    http
      .get({ port, path, host: '127.0.0.1', agent: false }, (incoming) => {
        let length = 0
        incoming.on('data', (chunk) => {
          length += chunk.length
          onData(chunk)
        })
        incoming.on('end', () => resolve(length))
      })
      .on('error', reject)
  })
}

/** `expected`: the bytes of each answer, if all contenders send the same. */
async function compare(title, path, expected, contenders, { rounds, requests }, bars) {
  const running = await Promise.all(contenders.map((name) => start(name)))
  const cost = new Map(contenders.map((name) => [name, []]))
  for (let round = -1; round < rounds; round++) {
    for (const { contender, port, ask } of running) {
      const before = await ask('usage')
      for (let index = 0; index < requests; index++) {
        const length = await get(port, path)
        if (expected !== undefined && length !== expected)
          throw new Error(`${contender}: ${length} bytes in place of ${expected}`)
      }
      if (round >= 0) cost.get(contender).push(((await ask('usage')).cpu - before.cpu) / requests / 1000)
    }
  }
  for (const { stop } of running) stop()
  console.log(`\n${title}`)
  for (const name of contenders) console.log(`  ${name.padEnd(20)} ${median(cost.get(name)).toFixed(2)} ms of CPU`)
  for (const [name, other, atLeast] of bars) {
    const ratio = median(cost.get(other).map((each, index) => each / cost.get(name)[index]))
    const verdict = atLeast === undefined ? '' : ratio >= atLeast ? 'holds  ' : 'MISSED '
    const bar = atLeast === undefined ? '' : ` (bar ${atLeast})`
    console.log(`  ${verdict}${name} ${ratio.toFixed(2)} x ${other}${bar}`)
  }
}

const EXPRESS = 'Express 5 + kit'
const KOA = 'Koa 3 + kit'
const everyone = [EXPRESS, 'Express 5', KOA, 'Koa 3', 'Fastify', 'Hono']
if (isAsked('small')) {
  await compare('10,000 chunks of 50 B', '/small', 500_000, everyone, { rounds: 5, requests: 10 }, [
    [EXPRESS, 'Express 5', 3],
    [KOA, 'Koa 3', 3],
    [EXPRESS, 'Fastify', 1],
    [EXPRESS, 'Hono', 1],
    [KOA, 'Fastify', 1],
    [KOA, 'Hono', 1],
  ])
}

const large = [EXPRESS, KOA, 'node:http pipeline']
if (isAsked('large')) {
  await compare('512 chunks of 64 KB', '/large', 512 * 65_536, large, { rounds: 15, requests: 4 }, [
    [EXPRESS, 'node:http pipeline', 0.95],
    [KOA, 'node:http pipeline', 0.95],
  ])
}

if (isAsked('documents')) {
  const size = { rounds: 7, requests: 10 }
  const byHand = [EXPRESS, KOA, 'Express 5']
  const byPackage = [EXPRESS, KOA, 'Express 5, packages']
  const against = (reference) => [EXPRESS, KOA].map((name) => [name, reference])
  const csv = [...byHand, 'Express 5, packages']
  const bars = [...against('Express 5'), ...against('Express 5, packages')]
  await compare('CSV of 10,000 rows: by hand, csv-stringify', '/csv', undefined, csv, size, bars)
  await compare('JSON of 10,000 rows: by hand', '/json', undefined, byHand, size, against('Express 5'))
  const zip = against('Express 5, packages')
  await compare('zip of 20 texts, 5 MB: archiver', '/zip', undefined, byPackage, { rounds: 5, requests: 3 }, zip)
  await compare('the same, not compressed: archiver', '/zip-stored', undefined, byPackage, size, zip)
}

if (isAsked('budget')) {
  console.log('\nwhat the turn budget costs: CPU time with it and without it')
  const endless = ['--require', join(import.meta.dirname, 'frame/endless-turn.cjs')]
  for (const name of [EXPRESS, KOA]) {
    const running = [await start(name), await start(name, endless)]
    for (const path of ['/small', '/large', '/csv', '/json', '/zip-stored']) {
      const ratios = []
      for (let round = -1; round < 9; round++) {
        const cost = []
        for (const { port, ask } of running) {
          const before = await ask('usage')
          for (let index = 0; index < 5; index++) await get(port, path)
          cost.push((await ask('usage')).cpu - before.cpu)
        }
        if (round >= 0) ratios.push(cost[0] / cost[1])
      }
      console.log(`  ${name.padEnd(20)} ${path.padEnd(12)} ${median(ratios).toFixed(2)}`)
    }
    for (const { stop } of running) stop()
  }
}

if (isAsked('ticks')) {
  console.log('\none chunk every 10 ms: from yield to client, warm, interleaved')
  const running = await Promise.all([EXPRESS, 'Express 5', KOA, 'Koa 3'].map((name) => start(name)))
  const times = new Map(running.map(({ contender }) => [contender, { first: [], all: [] }]))
  for (let round = -2; round < 5; round++) {
    for (const { contender, port } of running) {
      const late = []
      await get(port, '/ticks', (chunk) => late.push(Number(process.hrtime.bigint() - BigInt(`${chunk}`.trim())) / 1e6))
      if (round < 0) continue
      times.get(contender).first.push(late[0])
      times.get(contender).all.push(...late)
    }
  }
  for (const { stop } of running) stop()
  for (const [name, { first, all }] of times) {
    console.log(`  ${name.padEnd(20)} median ${median(all).toFixed(2)} ms, first ${median(first).toFixed(2)} ms`)
  }
}

/** Event-stream clients that count what reaches them: each event ends with its data and an empty line. */
async function connect(port, count) {
  const state = { events: 0, sockets: [] }
  while (state.sockets.length < count) {
    const group = Array.from({ length: Math.min(100, count - state.sockets.length) }, () => openClient(port, state))
    state.sockets.push(...(await Promise.all(group)))
  }
  return state
}

async function openClient(port, state) {
  const socket = net.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  let tail = ''
  socket.on('data', (data) => {
    const text = tail + data.toString('latin1')
    state.events += text.split('"}\n\n').length - 1
    tail = text.slice(text.lastIndexOf('"}\n\n') + 1).slice(-3)
  })
  socket.on('error', () => undefined)
  socket.write('GET /events HTTP/1.1\r\nHost: a\r\n\r\n')
  return socket
}

async function until(isSo) {
  const deadline = performance.now() + 20_000
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('waited for 20 s in vain')
    await delay(20)
  }
}

/** Events before the first that counts: the way to a client is compiled by then. */
const WARM_UP = 20

async function broadcast(contender, count, events) {
  const server = await start(contender)
  const idle = await server.ask('usage')
  const state = await connect(server.port, count)
  await until(async () => (await server.ask('usage')).clients === count)
  const settled = await server.ask('usage')
  const times = []
  let before = settled
  for (let index = -WARM_UP; index < events; index++) {
    if (index === 0) before = await server.ask('usage')
    const target = state.events + count
    const from = performance.now()
    await server.ask('publish', { index, name: 'a share', eur: 3.5 })
    while (state.events < target) await new Promise((resolve) => setImmediate(resolve))
    if (index >= 0) times.push(performance.now() - from)
  }
  const after = await server.ask('usage')
  for (const socket of state.sockets) socket.destroy()
  await until(async () => (await server.ask('usage')).clients === 0)
  server.stop()
  return {
    cpu: (after.cpu - before.cpu) / events / 1000,
    ms: median(times),
    kB: (settled.rss - idle.rss) / count / 1024,
  }
}

if (isAsked('broadcast')) {
  console.log('\none event to 1,000 clients')
  const rounds = { [EXPRESS]: [], 'Express 5': [], [KOA]: [] }
  for (let round = 0; round < 3; round++) {
    for (const name of Object.keys(rounds)) rounds[name].push((await broadcast(name, 1000, 100)).cpu)
  }
  for (const [name, costs] of Object.entries(rounds))
    console.log(`  ${name.padEnd(20)} ${median(costs).toFixed(2)} ms of CPU`)
  for (const name of [EXPRESS, KOA]) {
    const ratio = median(rounds['Express 5']) / median(rounds[name])
    console.log(
      `  ${ratio >= 2 ? 'holds ' : 'MISSED'} ${name} ${ratio.toFixed(2)} x one encode and write per client (bar 2)`,
    )
  }
}

if (isAsked('clients')) {
  console.log('\none event to 10,000 clients (bars: 400 ms, 30 kB)')
  for (const name of [EXPRESS, KOA]) {
    const { ms, cpu, kB } = await broadcast(name, 10_000, 5)
    console.log(`  ${name.padEnd(20)} ${ms.toFixed(0)} ms, ${cpu.toFixed(0)} ms of CPU, ${kB.toFixed(1)} kB RSS each`)
  }
}

if (isAsked('stalled')) {
  console.log('\n100 stalled readers of an endless generator, 5 s (bar: p99 100 ms)')
  for (const name of [EXPRESS, KOA]) {
    const server = await start(name)
    const sockets = Array.from({ length: 100 }, () => {
      const socket = net.connect(server.port, '127.0.0.1').on('error', () => undefined)
      socket.pause().write('GET /endless HTTP/1.1\r\nHost: a\r\n\r\n')
      return socket
    })
    await delay(1000)
    const early = await server.ask('watch')
    await delay(5000)
    const late = await server.ask('usage')
    console.log(
      `  ${name.padEnd(20)} RSS ${((late.rss - early.rss) / 2 ** 20).toFixed(1)} MB more, loop delay p99 ${late.p99.toFixed(1)} ms`,
    )
    for (const socket of sockets) socket.destroy()
    server.stop()
  }
}
