// node bench/channels.mjs [clients] [events a second...], after npm run build: one publisher, Redis, and two processes that
// serve the clients of a channel. For each rate: what a delivered event costs in CPU, what a client holds in memory, how late
// events come, and what Redis carries. Needs redis-server, and `ulimit -n` above the number of clients.
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'

const [clients = 5000, ...given] = process.argv.slice(2).map(Number)
const rates = given.length > 0 ? given : [1, 4, 8, 16, 32]
const SECONDS = 5
const script = join(import.meta.dirname, 'channels-process.mjs')

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** A process of channels-process.mjs. `ask` resolves to its answer. */
async function start(role, options) {
  const child = fork(script, [role, JSON.stringify(options)], { execArgv: ['--expose-gc'] })
  const [ready] = await once(child, 'message')
  const ask = async (what, data) => {
    child.send({ what, data })
    return (await once(child, 'message'))[0]
  }
  return { ...ready, ask, stop: () => child.kill('SIGKILL') }
}

const sum = (values) => values.reduce((total, value) => total + value, 0)
const quantile = (values, part) => values[Math.min(values.length - 1, Math.floor(values.length * part))] ?? Number.NaN

const port = await freePort()
const server = spawn('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'])
for await (const line of server.stdout) if (String(line).includes('Ready to accept connections')) break
const redis = new Redis(port, '127.0.0.1')

const info = async () => {
  const text = await redis.info('all')
  const read = (name) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(text)?.[1])
  return {
    cpu: read('used_cpu_user') + read('used_cpu_sys'),
    commands: read('total_commands_processed'),
    bytes: read('total_net_output_bytes') + read('total_net_input_bytes'),
  }
}

const servers = await Promise.all([start('server', { port }), start('server', { port })])
// The first requests load and compile what all need.
await Promise.all(servers.map((each) => start('clients', { port: each.port, clients: 50 }).then(({ stop }) => stop())))
await delay(500)
const empty = await Promise.all(servers.map(({ ask }) => ask('usage')))
const readers = await Promise.all(
  servers.map((each) => start('clients', { port: each.port, clients: Math.floor(clients / 2) })),
)
const publisher = await start('publisher', { port })
await delay(1000)
const full = await Promise.all(servers.map(({ ask }) => ask('usage')))
const memory = sum(full.map(({ rss }, index) => rss - empty[index].rss)) / clients
console.log(`${clients} clients on 2 processes, events of 100 bytes, ${SECONDS} seconds at each rate`)
console.log(`a client: ${(memory / 1024).toFixed(1)} kB of memory (rss)\n`)
console.log(
  'events/s  arrived  delivered/s  CPU of servers  per delivery  CPU of Redis  commands/s  Redis kB/s  lag p50  lag p99',
)
for (const rate of rates) {
  for (const { ask } of readers) await ask('reset')
  const [before, redisBefore] = [await Promise.all(servers.map(({ ask }) => ask('usage'))), await info()]
  const started = performance.now()
  const { published } = await publisher.ask('publish', { rate, seconds: SECONDS })
  await delay(300)
  const seconds = (performance.now() - started) / 1000
  const [after, redisAfter] = [await Promise.all(servers.map(({ ask }) => ask('usage'))), await info()]
  await delay(1000)
  const reports = await Promise.all(readers.map(({ ask }) => ask('report')))
  const delivered = sum(reports.map((report) => report.delivered))
  const lags = reports.flatMap((report) => report.lags).toSorted((a, b) => a - b)
  const cpu = sum(after.map((usage, index) => usage.cpu - before[index].cpu))
  const row = [
    rate,
    `${((100 * delivered) / (published * clients)).toFixed(0)} %`,
    (delivered / seconds).toFixed(0),
    `${((100 * cpu) / 1e6 / seconds).toFixed(0)} %`,
    `${(cpu / delivered).toFixed(1)} us`,
    `${((100 * (redisAfter.cpu - redisBefore.cpu)) / seconds).toFixed(1)} %`,
    ((redisAfter.commands - redisBefore.commands) / seconds).toFixed(0),
    ((redisAfter.bytes - redisBefore.bytes) / 1024 / seconds).toFixed(1),
    `${quantile(lags, 0.5).toFixed(0)} ms`,
    `${quantile(lags, 0.99).toFixed(0)} ms`,
  ]
  const widths = [8, 7, 11, 14, 12, 12, 10, 10, 7, 7]
  console.log(row.map((text, index) => String(text).padStart(widths[index])).join('  '))
}

console.log('\nall clients leave, miss 10 events, and return with Last-Event-ID')
for (const { ask } of readers) await ask('leave')
await publisher.ask('publish', { rate: 100, seconds: 0.1 })
await delay(500)
for (const { ask } of readers) await ask('reset')
const [before, redisBefore] = [await Promise.all(servers.map(({ ask }) => ask('usage'))), await info()]
const returns = await Promise.all(readers.map(({ ask }) => ask('connect', { seconds: 5 })))
const [after, redisAfter] = [await Promise.all(servers.map(({ ask }) => ask('usage'))), await info()]
await delay(500)
const missed = sum((await Promise.all(readers.map(({ ask }) => ask('report')))).map((report) => report.delivered))
const cpu = sum(after.map((usage, index) => usage.cpu - before[index].cpu))
console.log(
  `in ${Math.max(...returns.map(({ seconds }) => seconds)).toFixed(1)} s: ${(cpu / clients).toFixed(0)} us of CPU and ` +
    `${((redisAfter.commands - redisBefore.commands) / clients).toFixed(2)} commands of Redis a client; ` +
    `${(missed / clients).toFixed(1)} events replayed to each`,
)
for (const { stop } of [publisher, ...readers, ...servers]) stop()
redis.disconnect()
server.kill()
