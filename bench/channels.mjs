// node bench/channels.mjs [clients] [events a second...], after npm run build: one publisher, Redis, and two processes that
// serve the clients of a channel. For each rate: what a delivered event costs in CPU, what a client holds in memory, how late
// events come, and what Redis carries. Then what it costs if all clients return, and if a process is full. Needs redis-server, and
// `ulimit -n` above the number of clients.
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'

const [clients = 5000, ...given] = process.argv.slice(2).map(Number)
const rates = given.length > 0 ? given : [1, 4, 8, 16, 32]
const SECONDS = 6
/** Of all clients, how many the full processes take. */
const TAKEN = 0.8
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

const maxClients = Math.floor((clients / 2) * TAKEN)
const servers = await Promise.all([start('server', { port, maxClients }), start('server', { port, maxClients })])
// The first requests load and compile what all need.
await Promise.all(servers.map((each) => start('clients', { port: each.port, clients: 50 }).then(({ stop }) => stop())))
await delay(500)
const askAll = (processes, what, data) => Promise.all(processes.map(({ ask }) => ask(what, data)))
const empty = await askAll(servers, 'memory')
const readers = await Promise.all(
  servers.map((each) => start('clients', { port: each.port, clients: Math.floor(clients / 2) })),
)
const publisher = await start('publisher', { port })
await delay(1000)
const full = await askAll(servers, 'memory')
const memory = sum(full.map(({ rss }, index) => rss - empty[index].rss)) / clients
console.log(
  `Node.js ${process.version}, ${clients} clients on 2 processes, events of 100 bytes, ${SECONDS} seconds at each rate`,
)
console.log(`a client: ${(memory / 1024).toFixed(1)} kB of memory (rss)\n`)

/** What the processes use while `work` runs. */
async function measure(work) {
  await askAll(readers, 'reset')
  const before = [await askAll(servers, 'usage'), await askAll(readers, 'report'), await info()]
  const started = performance.now()
  const result = await work()
  const seconds = (performance.now() - started) / 1000
  const after = [await askAll(servers, 'usage'), await askAll(readers, 'report'), await info()]
  const used = (part, name) => sum(after[part].map((usage, index) => usage[name] - before[part][index][name]))
  return {
    result,
    seconds,
    cpu: used(0, 'cpu'),
    system: used(0, 'system'),
    readerCpu: used(1, 'cpu'),
    longestTurn: Math.max(...after[0].map(({ longestTurn }) => longestTurn)),
    redis: Object.fromEntries(Object.entries(after[2]).map(([name, value]) => [name, value - before[2][name]])),
  }
}

function table(heads) {
  console.log(heads.join('  '))
  return (cells) => console.log(cells.map((text, index) => String(text).padStart(heads[index].length)).join('  '))
}

const addRate = table([
  'events/s',
  'arrived',
  'delivered/s',
  'CPU of servers',
  'per delivery',
  'in the kernel',
  'CPU of clients',
  'Redis CPU',
  'commands/s',
  'Redis kB/s',
  'longest turn',
  'lag p50',
  'lag p99',
])
for (const rate of rates) {
  const {
    result,
    seconds,
    cpu,
    system,
    readerCpu,
    longestTurn,
    redis: used,
  } = await measure(async () => {
    const answer = await publisher.ask('publish', { rate, seconds: SECONDS })
    await delay(1000 / rate)
    return answer
  })
  await delay(1000)
  const reports = await askAll(readers, 'report')
  const delivered = sum(reports.map((report) => report.delivered))
  const lags = reports.flatMap((report) => report.lags).toSorted((a, b) => a - b)
  addRate([
    rate,
    `${((100 * delivered) / (result.published * clients)).toFixed(0)} %`,
    (delivered / seconds).toFixed(0),
    `${((100 * cpu) / 1e6 / seconds).toFixed(0)} %`,
    `${(cpu / delivered).toFixed(1)} us`,
    `${((100 * system) / cpu).toFixed(0)} %`,
    `${((100 * readerCpu) / 1e6 / seconds).toFixed(0)} %`,
    `${((100 * used.cpu) / seconds).toFixed(1)} %`,
    (used.commands / seconds).toFixed(0),
    (used.bytes / 1024 / seconds).toFixed(1),
    `${longestTurn.toFixed(0)} ms`,
    `${quantile(lags, 0.5).toFixed(0)} ms`,
    `${quantile(lags, 0.99).toFixed(0)} ms`,
  ])
}

console.log('\nall clients leave, miss 10 events, and connect again; 2 events a second go on')
const addReturn = table([
  'they return          ',
  'all are back',
  'CPU a client',
  'Redis commands a client',
  'longest turn',
  'refused',
])
async function comeBack(how, { path, seconds, leave = true }) {
  if (leave) await askAll(readers, 'leave')
  await publisher.ask('publish', { rate: 100, seconds: 0.1 })
  await delay(500)
  const events = publisher.ask('publish', { rate: 2, seconds: 6.5 })
  const { result, cpu, redis: used, longestTurn } = await measure(() => askAll(readers, 'connect', { path, seconds }))
  await events
  addReturn([
    how.padEnd(21),
    `${Math.max(...result.map((each) => each.seconds)).toFixed(1)} s`,
    `${(cpu / clients).toFixed(0)} us`,
    (used.commands / clients).toFixed(2),
    `${longestTurn.toFixed(0)} ms`,
    sum(result.map(({ refused }) => refused)),
  ])
}
await comeBack('evenly in 5 s', { path: '/jitter', seconds: 5 })
await comeBack('all at once', { path: '/jitter', seconds: 0 })
await comeBack('with retry of 1 to 6 s', { path: '/jitter' })
await comeBack(`maxClients is ${maxClients}`, { path: '/full', seconds: 5 })
await comeBack('both are full', { path: '/full', seconds: 5, leave: false })

for (const { stop } of [publisher, ...readers, ...servers]) stop()
redis.disconnect()
server.kill()
