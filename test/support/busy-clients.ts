import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import http from 'node:http'
import { collectGarbage } from './collect-garbage.js'
import { request } from './request.js'

/**
 * What others see while some clients read long answers. Both are CPU time of the thread that runs JavaScript, in
 * milliseconds. On an idle machine this is the time that others wait. Unlike that time it does not grow if other programs
 * take the processor.
 */
export interface Disturbance {
  /** What the thread spends on other things from a small request to its answer, at most. */
  readonly answerMs: number
  /** The 99th percentile of what one turn of the event loop takes, if it takes 1 ms or more. */
  readonly turnMs: number
}

/** The clients are a process of their own, so that the CPU time here belongs to the server. */
const CLIENTS = `
  const http = require('node:http')
  const [port, fields, ...paths] = process.argv.slice(1)
  const headers = JSON.parse(fields)
  const open = new Set()
  const read = (path, index) => {
    http.get({ port, path, host: '127.0.0.1', agent: false, headers }, (incoming) => {
      incoming.on('error', () => process.exit())
      incoming.once('data', () => open.size < paths.length && open.add(index).size === paths.length && console.log('reading'))
      incoming.on('end', () => read(path, index))
      incoming.resume()
    }).on('error', () => process.exit())
  }
  paths.forEach(read)
`

const ANSWERS = 30

/** Reads every path of a server again and again, with `headers`, and meanwhile asks for `quickPath`. */
export async function disturb(
  port: number,
  paths: readonly string[],
  quickPath: string,
  headers: Record<string, string> = {},
): Promise<Disturbance> {
  const clients = spawn(process.execPath, ['-e', CLIENTS, String(port), JSON.stringify(headers), ...paths], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const agent = new http.Agent({ keepAlive: true })
  try {
    await once(clients.stdout, 'data')
    await request(port, { path: quickPath, agent }) // connects
    const turns = new Turns()
    let answerMs = 0
    for (let count = 0; count < ANSWERS; count++) {
      const before = cpuMs()
      await request(port, { path: quickPath, agent })
      answerMs = Math.max(answerMs, cpuMs() - before)
    }
    return { answerMs, turnMs: turns.end() }
  } finally {
    agent.destroy()
    const gone = once(clients, 'exit')
    clients.kill()
    await gone
  }
}

/** The CPU time of each turn of the event loop. */
class Turns {
  readonly #costs: number[] = []
  #last = cpuMs()
  #next = setImmediate(() => this.#look())

  end(): number {
    clearImmediate(this.#next)
    const costs = this.#costs.filter((cost) => cost >= 1).toSorted((a, b) => a - b)
    return costs[Math.floor(costs.length * 0.99)] ?? 0
  }

  #look(): void {
    const now = cpuMs()
    this.#costs.push(now - this.#last)
    this.#last = now
    this.#next = setImmediate(() => this.#look())
  }
}

const SCHEDULER_COUNT = `/proc/self/task/${process.pid}/schedstat`
const hasSchedulerCount = existsSync(SCHEDULER_COUNT)

/** The thread's own time if Linux tells it. Elsewhere it is that of all threads, compression and file reads included. */
function cpuMs(): number {
  if (hasSchedulerCount) return Number(readFileSync(SCHEDULER_COUNT, 'utf8').split(' ', 1)[0]) / 1e6
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** The least of three attempts at most: the compiler and the garbage collector disturb a measurement, but never make it better. */
export async function leastDisturbance(measure: () => Promise<Disturbance>): Promise<Disturbance> {
  let least: Disturbance = { answerMs: Infinity, turnMs: Infinity }
  for (let attempt = 0; attempt < 3 && (least.answerMs > 60 || least.turnMs > 20); attempt++) {
    collectGarbage()
    const now = await measure()
    if (now.answerMs + now.turnMs < least.answerMs + least.turnMs) least = now
  }
  return least
}
