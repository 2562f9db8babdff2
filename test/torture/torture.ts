import { setTimeout as delay } from 'node:timers/promises'
import { exchange } from './client.js'
import { createRandom, shuffle } from './content.js'
import { judge, judgeMemory } from './judge.js'
import { type Kind, kinds } from './kinds.js'
import { CLIENT_FAULTS, type Fault, type Plan, planUrl } from './plan.js'
import { IDLE_LIMIT_MS, type Report, type ServerName } from './protocol.js'
import { Server } from './server-process.js'

export interface TortureOptions {
  readonly seconds: number
  readonly seed: number
  /** Only the cases whose name holds this text. */
  readonly only?: string
  /** Exchanges at once. */
  readonly width?: number
  readonly log?: (line: string) => void
}

export interface TortureResult {
  readonly exchanges: number
  /** How many exchanges ended in each way. */
  readonly endings: Readonly<Record<string, number>>
  /** How many of all cases were run at least once. */
  readonly covered: number
  readonly cases: number
  /** The worst delay of the event loop in any round, in milliseconds. */
  readonly delay: { readonly p99: number; readonly max: number }
  /** The megabytes that the server uses after each round, without garbage. */
  readonly megabytes: readonly number[]
  readonly violations: readonly string[]
}

interface Case {
  readonly kind: Kind
  readonly fault: Fault
  readonly server: ServerName
  readonly isOld: boolean
  readonly name: string
}

/** The server is looked at after each round; a short run has a few of them. */
const ROUND_MS = 10_000
/** The bar of a quiet machine is 20 ms: the run itself, with all its clients, keeps the machine busy. */
const P99_LIMIT_MS = 100
/** All that an exchange held is given back within this time. */
const SETTLE_MS = 5000

/** Runs all cases in an order of the seed, again and again, until the time is over. */
export async function torture(options: TortureOptions): Promise<TortureResult> {
  const run = new Run(options)
  try {
    return await run.run()
  } finally {
    run.end()
  }
}

class Run {
  readonly #options: TortureOptions
  readonly #random: () => number
  readonly #violations = new Map<string, number>()
  readonly #endings: Record<string, number> = {}
  readonly #covered = new Set<string>()
  readonly #delay = { p99: 0, max: 0 }
  readonly #megabytes: number[] = []
  readonly #inFlight = new Set<string>()
  #server: Server | undefined
  #exchanges = 0

  constructor(options: TortureOptions) {
    this.#options = options
    this.#random = createRandom(options.seed)
  }

  async run(): Promise<TortureResult> {
    let server = await this.#start()
    let baseline = await this.#baseline(server)
    const end = Date.now() + this.#options.seconds * 1000
    const cases = this.#casesOf(server)
    let left: Case[] = []
    while (Date.now() < end) {
      if (left.length === 0) left = shuffle(cases, this.#random)
      await server.ask('new round')
      const roundEnd = Math.min(end, Date.now() + Math.min(ROUND_MS, this.#options.seconds * 500))
      const workers = Array.from({ length: this.#options.width ?? 16 }, async () => {
        while (Date.now() < roundEnd && server.hasEnded === undefined) {
          const next = left.pop()
          if (next === undefined) return
          await this.#runCase(next, server)
        }
      })
      await Promise.all(workers)
      if (server.hasEnded !== undefined) {
        this.#violate(`the server process ended: ${server.hasEnded}`)
        server = await this.#start()
        baseline = await this.#baseline(server)
        left = left.map((each) => ({ ...each, server: portOf(each.server, server) }))
        continue
      }
      await this.#settle(server, baseline)
      this.#megabytes.push(Math.round((await server.ask('collect')).bytesInUse / 1e6))
    }
    const growth = judgeMemory(this.#megabytes)
    if (growth !== undefined) this.#violate(growth)
    const { p99 } = this.#delay
    if (p99 >= P99_LIMIT_MS) this.#violate(`one turn of the event loop in 100 took ${p99} ms or longer`)
    return {
      exchanges: this.#exchanges,
      endings: this.#endings,
      covered: this.#covered.size,
      cases: cases.length,
      delay: this.#delay,
      megabytes: this.#megabytes,
      violations: [...this.#violations].map(([text, count]) => (count === 1 ? text : `${text} (${count} times)`)),
    }
  }

  end(): void {
    this.#server?.end()
  }

  async #start(): Promise<Server> {
    this.#server = await Server.start(() => [...this.#inFlight])
    return this.#server
  }

  /** What the server holds after each listener has sent one stream. */
  async #baseline(server: Server): Promise<Report> {
    const plan: Plan = { kind: 'streaming of generator', fault: 'none', seed: 1, size: 1000 }
    for (const name of server.names) await exchange({ ...NOTHING_SPECIAL, server: name, url: planUrl(plan) })
    await delay(100)
    return server.ask('report')
  }

  #casesOf(server: Server): Case[] {
    const all = kinds.flatMap((kind) =>
      [...CLIENT_FAULTS, ...kind.faults].flatMap((fault) =>
        server.names.flatMap((name) =>
          [false, true]
            .filter((isOld) => !isOld || name.transport === 'http')
            .map((isOld): Case => {
              const transport = isOld ? 'HTTP/1.0' : name.transport
              return {
                kind,
                fault,
                server: name,
                isOld,
                name: `${kind.name}, ${fault}, ${name.framework} ${transport}`,
              }
            }),
        ),
      ),
    )
    const { only } = this.#options
    return only === undefined ? all : all.filter(({ name }) => name.includes(only))
  }

  #sizeOf(kind: Kind, fault: Fault): number {
    const pick = (sizes: readonly number[]): number => sizes[Math.floor(this.#random() * sizes.length)] ?? 0
    if (fault === 'leaves at 1 MB') return 4_000_000
    // More than all buffers between the two processes can hold, also if only a part of it is sent.
    if (fault === 'stalls forever' || fault === 'shrinks') return Math.ceil(20_000_000 / (kind.share ?? 1))
    if (fault.startsWith('stalls')) return 9_000_000
    if (fault !== 'none' && fault !== 'head only') return pick([400_000, 1_000_000])
    return Math.max(kind.minSize ?? 0, pick([0, 1, 1000, 65_536, 65_537, 300_000, 2_000_000]))
  }

  async #runCase({ kind, fault, server: name, isOld, name: title }: Case, server: Server): Promise<void> {
    const seed = 1 + Math.floor(this.#random() * 3)
    const plan: Plan = { kind: kind.name, fault, seed, size: this.#sizeOf(kind, fault) }
    const id = `${this.#exchanges++}`
    this.#covered.add(title)
    this.#inFlight.add(title)
    try {
      const ending = await exchange({
        server: name,
        url: planUrl(plan),
        fault,
        isOld,
        fields: {
          'x-id': id,
          ...(name.transport === 'compression' && { 'accept-encoding': 'gzip' }),
          ...kind.request?.(plan),
        },
        whileStalled: () => this.#whileStalled(fault, server, id),
      })
      this.#endings[ending.how] = (this.#endings[ending.how] ?? 0) + 1
      const wrong = judge(kind, plan, ending)
      if (wrong !== undefined && (await server.isAlive())) this.#violate(`${title}: ${wrong}`)
    } catch (error) {
      if (await server.isAlive()) this.#violate(`${title}: ${(error as Error).message}`)
    } finally {
      this.#inFlight.delete(title)
    }
  }

  /** What happens while a client reads nothing. */
  async #whileStalled(fault: Fault, server: Server, id: string): Promise<void> {
    if (fault === 'shrinks') await server.ask('shrink', id)
    if (fault !== 'stalls forever') return
    const end = Date.now() + IDLE_LIMIT_MS * 6
    while (Date.now() < end && (await server.ask('report')).openResponses.includes(id)) await delay(250)
  }

  #violate(text: string): void {
    if (!this.#violations.has(text)) this.#options.log?.(`  ${text}`)
    this.#violations.set(text, (this.#violations.get(text) ?? 0) + 1)
  }

  /** Waits until the server holds no more than at the start; what it holds after that is a violation. */
  async #settle(server: Server, baseline: Report): Promise<void> {
    const end = Date.now() + SETTLE_MS
    const first = await server.ask('report')
    this.#delay.p99 = Math.max(this.#delay.p99, first.delay.p99)
    this.#delay.max = Math.max(this.#delay.max, first.delay.max)
    for (const error of first.errors.filter((each) => ABORTS.test(each) && !KOAS_OWN.test(each))) {
      this.#violate(`the end of a client reached the error handling: ${error}`)
    }
    for (const error of first.errors.filter((each) => KEPT.test(each))) this.#violate(error)
    let report = first
    while (held(report, baseline).length > 0 && Date.now() < end) {
      await delay(50)
      report = await server.ask('report')
    }
    for (const each of held(report, baseline)) this.#violate(each)
  }
}

const NOTHING_SPECIAL = { fault: 'none', isOld: false, fields: {}, whileStalled: async () => undefined } as const

/** A client that goes away is not an error of the application. */
const ABORTS = /^\w+: (?:ECONNRESET|EPIPE|ECONNABORTED|ABORT_ERR|ERR_STREAM_PREMATURE_CLOSE|AbortError)/

/** What the middleware of a `kept` server has found. */
const KEPT = /^\w+: WrongKeptBytes:/

/** Koa itself listens to the socket by `on-finished`, and reports a reset without asking. */
const KOAS_OWN = /^koa\d: ECONNRESET: (?:read|write) ECONNRESET$/

function held(report: Report, baseline: Report): string[] {
  const more = (what: 'descriptors' | 'listeners'): string[] =>
    Object.entries(report[what])
      .filter(([name, count]) => count > (baseline[what][name] ?? 0))
      .map(([name, count]) => `${what} are not given back: ${count - (baseline[what][name] ?? 0)} more of ${name}`)
  const timers = report.timers > baseline.timers ? [`${report.timers} timers are not given back`] : []
  const sources = [...new Set(report.sources)].map((label) => `a source is never finished: ${label}`)
  return [...more('descriptors'), ...more('listeners'), ...timers, ...sources]
}

function portOf(old: ServerName, server: Server): ServerName {
  const found = server.names.find((each) => each.framework === old.framework && each.transport === old.transport)
  if (found === undefined) throw new Error(`no server for ${old.framework} ${old.transport}`)
  return found
}
