// The server under test, in a process of its own: what ends this process ends it in sight of the driver.
import { getEventListeners } from 'node:events'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { copyFile, truncate, writeFile } from 'node:fs/promises'
import http, { type RequestListener } from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip, type ZlibOptions } from 'node:zlib'
import { S3Client } from '@aws-sdk/client-s3'
import { createServer } from '../../src/express/index.js'
import { collectGarbage } from '../support/collect-garbage.js'
import { type Framework, frameworks, type Handler } from '../support/frameworks.js'
import { Sandbox } from '../support/sandbox.js'
import { contentOf } from './content.js'
import { Keeper } from './keeper.js'
import { kinds, renderTemplate } from './kinds.js'
import { Ledger } from './ledger.js'
import { LoopDelay } from './loop-delay.js'
import { type Plan, planUrl, readPlan } from './plan.js'
import { IDLE_LIMIT_MS, type Report, type ServerName, type Transport } from './protocol.js'
import { answerAsStore, answerUpstream, planOfObject } from './sources.js'

const gzipped = promisify<Buffer, ZlibOptions, Buffer>(gzip)
const sandbox = new Sandbox()
const ledger = new Ledger()
const errorsOf = new Map<string, Error[]>(frameworks.map(({ name }) => [name, []]))
const shutdown = new AbortController()
const openResponses = new Set<string>()
const byName = new Map(kinds.map((kind) => [kind.name, kind]))

/** Files that were made for one exchange each, because the exchange shortens them. */
const shrinking = new Map<string, string>()
let copies = 0

/** The path of a file with the bytes of the plan; it is made once. */
async function fileOf(plan: Plan): Promise<string> {
  const path = sandbox.path(`${plan.seed}-${plan.size}`)
  if (!readdirSync(sandbox.root).includes(`${plan.seed}-${plan.size}`))
    sandbox.write(`${plan.seed}-${plan.size}`, contentOf(plan.seed, 0, plan.size))
  if (plan.fault !== 'shrinks') return path
  const own = `${path}-${copies++}`
  await copyFile(path, own)
  return own
}

/** Siblings that are being made or are there. */
const coded = new Map<string, Promise<void>>()

/** The path of a file with the bytes of the plan, which has a sibling with its gzip form. */
async function codedFileOf(plan: Plan): Promise<string> {
  const path = sandbox.path(`${plan.seed}-${plan.size}-coded`)
  const make = async (): Promise<void> => {
    const content = contentOf(plan.seed, 0, plan.size)
    await writeFile(path, content)
    await writeFile(`${path}.gz`, await gzipped(content, { level: 0 }))
  }
  const made = coded.get(path) ?? make()
  coded.set(path, made)
  await made
  return path
}

/** Files that the kit has to delete. */
const temporary = new Set<string>()

async function temporaryFileOf(plan: Plan): Promise<string> {
  const path = `${await fileOf(plan)}-${copies++}`
  await writeFile(path, contentOf(plan.seed, 0, plan.size))
  if (plan.fault !== 'head only') temporary.add(path) // a HEAD deletes nothing
  return path
}

/** The temporary files that are still there. */
function undeletedFiles(): string[] {
  for (const path of temporary) if (!existsSync(path)) temporary.delete(path)
  return temporary.size === 0 ? [] : [`${temporary.size} files are not deleted`]
}

/** Another server, whose answers are passed on, and a store. */
const upstream = http.createServer((request, response) => {
  const { url = '' } = request
  const plan = planOfObject(url)
  if (plan === undefined) answerUpstream(readPlan(url), response, ledger)
  else answerAsStore(plan, request, response, ledger)
})
// Without `Connection: close`: fetch() takes any end of such a connection for the end of the body. So short a time makes
// fetch() close the connection after each answer.
upstream.keepAliveTimeout = 1000
const upstreamPort = await portOf(upstream)

async function portOf(server: http.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port // it listens on a port
}

const store = new S3Client({
  endpoint: `http://127.0.0.1:${upstreamPort}`,
  region: 'us-east-1',
  forcePathStyle: true,
  maxAttempts: 1,
  requestHandler: { httpAgent: new http.Agent({ keepAlive: false }) }, // every socket that is left open is seen
  credentials: { accessKeyId: 'AKIATORTURE', secretAccessKey: 'not a secret' },
})

const handler: Handler = async (target, { url, native }) => {
  if (url === '/ping') return void target.text('pong')
  const plan = readPlan(url)
  const kind = byName.get(plan.kind)
  if (kind === undefined) throw new Error(`no such kind: ${plan.kind}`)
  const id = (native.req ?? native.ctx.req).headers['x-id'] ?? ''
  openResponses.add(id)
  const response = native.res ?? native.ctx.res
  response.once('close', () => openResponses.delete(id))
  await kind.send(target, plan, {
    ledger,
    store,
    upstream: (wanted) => `http://127.0.0.1:${upstreamPort}${planUrl(wanted)}`,
    coded: codedFileOf,
    temporary: temporaryFileOf,
    async file(wanted) {
      const path = await fileOf(wanted)
      if (wanted.fault === 'shrinks') shrinking.set(id, path)
      return path
    },
  })
}

const compression = await import('compression')
const koaCompress = await import('koa-compress')

function listenerOf(framework: Framework, transport: Transport): RequestListener {
  const keeper = new Keeper(
    ({ url }) => readPlan(url ?? ''),
    ({ kind }) => byName.get(kind),
    (error) => errorsOf.get(framework.name)?.push(error),
  )
  return framework.createListener(
    handler,
    {
      kit: {
        templates: renderTemplate,
        idleLimit: IDLE_LIMIT_MS / 1000,
        shutdown: shutdown.signal,
        ...(transport === 'https' && { files: { cache: {} } }),
      },
      setUp(app) {
        if (transport === 'kept') app.use(framework.family === 'express' ? keeper.onExpress : keeper.onKoa)
        if (transport === 'compression')
          app.use(framework.family === 'express' ? compression.default() : koaCompress.default())
      },
    },
    errorsOf.get(framework.name) ?? [],
  )
}

function serverOf(listener: RequestListener, transport: Transport): http.Server {
  if (transport === 'createServer') return createServer(listener as Parameters<typeof createServer>[0]) // an Express app
  if (transport !== 'https') return http.createServer(listener)
  const [key, cert] = ['key', 'cert'].map((part) =>
    readFileSync(join(import.meta.dirname, `../fixtures/localhost-${part}.pem`)),
  )
  return https.createServer({ key, cert }, listener)
}

const servers: http.Server[] = []
const names: ServerName[] = []
for (const framework of frameworks) {
  for (const transport of ['http', 'https', 'compression', 'createServer', 'kept'] as const) {
    if (transport === 'createServer' && framework.family === 'koa') continue
    const server = serverOf(listenerOf(framework, transport), transport)
    server.maxConnections = 1000
    const port = await portOf(server)
    servers.push(server)
    names.push({ framework: framework.name, transport, port })
  }
}

const delays = new LoopDelay()

/** How many descriptors lead to each file, and to sockets, pipes and other objects. */
function openDescriptors(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`).replace(/:\[\d+\]$/, '')
      counts[target] = (counts[target] ?? 0) + 1
    } catch {
      // closed between the two calls, as that of the directory itself
    }
  }
  return counts
}

function bytesInUse(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const describeError = (error: NodeJS.ErrnoException): string => `${error.code ?? error.name}: ${error.message}`

function report(): Report {
  const listeners: Record<string, number> = { 'shutdown abort': getEventListeners(shutdown.signal, 'abort').length }
  for (const [name, emitter] of [['process', process] as const, ...servers.map((each) => ['server', each] as const)]) {
    for (const event of emitter.eventNames()) {
      const key = `${name} ${String(event)}`
      listeners[key] = (listeners[key] ?? 0) + emitter.listenerCount(event)
    }
  }
  return {
    descriptors: openDescriptors(),
    openResponses: [...openResponses],
    sources: [...ledger.open, ...undeletedFiles()],
    listeners,
    timers: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
    errors: [...errorsOf].flatMap(([name, errors]) => errors.map((error) => `${name}: ${describeError(error)}`)),
    delay: { p99: delays.p99, max: delays.max },
    bytesInUse: bytesInUse(),
  }
}

process.on('message', async ({ ask, id, key }: Record<'ask' | 'id' | 'key', string>) => {
  if (ask === 'new round') {
    delays.reset()
    for (const errors of errorsOf.values()) errors.length = 0
  }
  if (ask === 'collect') collectGarbage()
  if (ask === 'shrink') {
    const path = shrinking.get(id)
    if (path !== undefined) await truncate(path, 1000)
    shrinking.set(id, '')
  }
  process.send?.({ report: report(), key })
})
process.on('disconnect', () => {
  sandbox.remove()
  process.exit()
})
process.send?.({ servers: names })
