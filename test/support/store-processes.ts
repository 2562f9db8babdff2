import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { endProcess } from './end-process.js'
import { EventReader } from './event-reader.js'
import type { StoreServer } from './redis-server.js'

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

/** A process of store-process.ts, with the origins of its Express app and its Koa app. */
export interface StoreProcess {
  readonly origins: readonly [express: string, koa: string]
  kill(): Promise<void>
}

/** `module` exports `open(port, client)`, which gives `{ store, claims }`. */
export async function startStoreProcess(module: string, port: number, client: string): Promise<StoreProcess> {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--import', tsx, join(import.meta.dirname, 'store-process.ts')],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, STORE_MODULE: module, STORE_PORT: `${port}`, STORE_CLIENT: client },
    },
  )
  if (child.stdout === null) throw new Error('no stdout')
  const exited = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the process ended with ${code}`)))
  exited.catch(() => undefined) // later it is killed
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), exited])
  const [express, koa]: readonly [number, number] = JSON.parse(line)
  return {
    origins: [`http://127.0.0.1:${express}`, `http://127.0.0.1:${koa}`],
    kill: () => endProcess(child, 'SIGKILL'),
  }
}

export interface SharedStore {
  readonly module: string
  /** What each of the two processes connects with. */
  readonly clients: readonly [string, string]
  start(): Promise<StoreServer>
}

const textOf = async (url: string, init?: RequestInit): Promise<string> => (await fetch(url, init)).text()

/** What two processes do together over one server, each with an Express app and a Koa app. */
export function describeProcesses({ module, clients, start }: SharedStore): void {
  let server: StoreServer
  let first: StoreProcess
  let second: StoreProcess
  let origins: readonly string[]
  const readers: EventReader[] = []
  before(async function () {
    this.timeout(60_000)
    server = await start()
    ;[first, second] = await Promise.all([
      startStoreProcess(module, server.port, clients[0]),
      startStoreProcess(module, server.port, clients[1]),
    ])
    origins = [...first.origins, ...second.origins]
  })
  after(async () => {
    await Promise.all([first, second].map((each) => each?.kill()))
    await server?.stop()
  })
  afterEach(() => {
    for (const reader of readers.splice(0)) reader.leave()
  })

  async function read(origin: string, lastId?: string): Promise<EventReader> {
    const reader = new EventReader(lastId)
    readers.push(reader)
    await reader.connect(origin)
    return reader
  }
  const originOf = (process: StoreProcess, index = 0): string => process.origins[index] ?? ''
  const publish = (process: StoreProcess, id: string, index = 0): Promise<string> =>
    textOf(`${originOf(process, index)}/publish?id=${id}`)
  /** 200 requests at once, spread over both processes and both frameworks. */
  const race = (path: string, init?: RequestInit): Promise<string[]> =>
    Promise.all(Array.from({ length: 200 }, (_, index) => textOf(`${origins[index % 4]}${path}`, init)))

  it('what one process publishes reaches the clients of both, on both frameworks, in one order', async () => {
    const all = await Promise.all(origins.map((origin) => read(origin)))
    const events = Array.from({ length: 12 }, (_, index) => `event-${index}`)
    for (const [index, event] of events.entries()) {
      expect(await publish(index % 3 === 0 ? second : first, event, index % 2)).to.equal('published')
    }
    for (const reader of all) {
      await reader.got('event-11')
      expect(reader.events).to.deep.equal(events)
    }
  })

  it('of 200 claims at once one wins', async () => {
    const answers = await race('/claim?id=race')
    expect(answers.filter((answer) => answer === 'true')).to.have.length(1)
    expect(answers.filter((answer) => answer === 'false')).to.have.length(199)
  })

  it('a signed URL with `once` is used by one of 200 requests', async () => {
    const path = await textOf(`${originOf(first)}/sign`)
    const answers = await race(path)
    expect(answers.filter((answer) => answer === 'used')).to.have.length(1)
  })

  it('a flash is shown by one of 200 requests, and waits if it is not read', async () => {
    const left = await fetch(`${originOf(first)}/leave?id=saved`)
    const Cookie = left.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ')
    expect(Cookie).to.include('kit.flash=')
    const passed = await fetch(`${originOf(second, 1)}/pass`, { headers: { Cookie } })
    expect(passed.headers.getSetCookie()).to.deep.equal([])
    // The server may free the claim of that request a moment after its answer.
    const answers: string[] = []
    for (const end = Date.now() + 1000; !answers.includes('saved') && Date.now() < end; ) {
      answers.push(...(await race('/show', { headers: { Cookie } })))
    }
    expect(answers.filter((answer) => answer === 'saved')).to.have.length(1)
    expect(answers.filter((answer) => answer === 'nothing')).to.have.length(answers.length - 1)
    expect(await race('/show', { headers: { Cookie } })).not.to.include('saved')
  })

  it('while the server is away publishing is refused and clients stay; after that they have lost nothing', async () => {
    const all = await Promise.all(origins.map((origin) => read(origin)))
    const starts = all.map(({ events }) => events.length)
    await publish(first, 'before')
    await Promise.all(all.map((reader) => reader.got('before')))
    await server.kill()
    for (const process of [first, second]) {
      expect(await publish(process, 'lost')).to.match(/^ResponseKitError: .+ is away: /)
    }
    const late = new EventReader(all[0]?.lastId)
    readers.push(late)
    const connecting = late.connect(originOf(second, 1)) // gets a 200 and waits
    await late.until(() => late.isConnected)
    await server.restart()
    for (const process of [first, second]) {
      while ((await publish(process, 'between')) !== 'published'); // a server that starts refuses at first
    }
    await publish(second, 'after')
    await connecting
    for (const [index, reader] of [...all, late].entries()) {
      await reader.got('after')
      expect(reader.isConnected).to.equal(true)
      const events = reader.events.slice(starts[index] ?? 0)
      expect(events).to.deep.equal([...(index < 4 ? ['before'] : []), 'between', 'between', 'after'])
    }
  })

  it('if a process is killed, its clients go on at the other one after their last event', async () => {
    const [express, koa] = await Promise.all(first.origins.map((origin) => read(origin)))
    if (express === undefined || koa === undefined) throw new Error('two readers')
    await publish(first, 'seen')
    await Promise.all([express.got('seen'), koa.got('seen')])
    const gone = Promise.all([express, koa].map((reader) => reader.until(() => !reader.isConnected)))
    await first.kill()
    await gone
    await publish(second, 'missed')
    const returned = [await read(originOf(second, 1), express.lastId), await read(originOf(second, 0), koa.lastId)]
    await publish(second, 'live')
    for (const reader of returned) {
      await reader.got('live')
      expect(reader.events).to.deep.equal(['missed', 'live'])
    }
  })
}
