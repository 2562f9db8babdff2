import http from 'node:http'
import { asksForDeletion, callNames, placesOf, type Trial } from './calls.js'
import { createRandom, shuffle } from './content.js'
import type { Outcome, SeenError } from './fuzz-server.js'
import { oddValues } from './odd-values.js'
import type { ServerName } from './protocol.js'
import { Server } from './server-process.js'

export interface FuzzResult {
  readonly trials: number
  readonly faults: readonly string[]
}

export interface FuzzOptions {
  readonly seed: number
  /** Every trial on all four frameworks, not on one of them. */
  readonly everywhere?: boolean
  /** Stop after this time, and leave out the rest. */
  readonly seconds?: number
  readonly only?: string
  readonly log?: (line: string) => void
}

/** Also on a machine that is busy with other things. */
const LIMIT_MS = 15_000

/** Makes every call with every odd value in every place. */
export async function fuzz({
  seed,
  everywhere = false,
  seconds = Number.POSITIVE_INFINITY,
  only = '',
  log,
}: FuzzOptions): Promise<FuzzResult> {
  const random = createRandom(seed)
  const trials = callNames.flatMap(([how, call]) =>
    placesOf(how, call).flatMap((place) =>
      Object.keys(oddValues).map((value): Trial => ({ how, call, ...place, value })),
    ),
  )
  const wanted = shuffle(
    trials.filter((trial) => showTrial(trial).includes(only)),
    random,
  )
  const faults = new Set<string>()
  const note = (fault: string): void => {
    if (!faults.has(fault)) log?.(fault)
    faults.add(fault)
  }
  const running = new Map<string, Trial>()
  let server = await Server.start(
    () => [...running].map(([name, trial]) => `${name}: ${showTrial(trial)}`),
    'fuzz-server.ts',
  )
  const end = Date.now() + seconds * 1000
  let count = 0
  // Each framework has a list of its own, and makes one trial after the other.
  const lists = server.names.map(({ framework }, index) => ({
    framework,
    left: wanted.filter((_, at) => everywhere || (at + seed) % server.names.length === index),
  }))
  while (Date.now() < end && lists.some(({ left }) => left.length > 0)) {
    const { names } = server
    await Promise.all(
      lists.map(async ({ framework, left }) => {
        const name = names.find((each) => each.framework === framework)
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
        for (let trial = left.pop(); trial !== undefined && name !== undefined; trial = left.pop()) {
          if (Date.now() >= end) return
          if (isNative(framework, trial)) continue
          running.set(framework, trial)
          count++
          const fault = await attempt(name, trial, agent)
          if (server.hasEnded !== undefined || !(fault === undefined || (await server.isAlive()))) break
          if (fault !== undefined) note(`${showTrial(trial)} (${framework}): ${fault}`)
        }
        agent.destroy()
      }),
    )
    if (server.hasEnded !== undefined) {
      note(`the process ended: ${server.hasEnded}`)
      server = await Server.start(
        () => [...running].map(([key, trial]) => `${key}: ${showTrial(trial)}`),
        'fuzz-server.ts',
      )
    }
  }
  server.end()
  return { trials: count, faults: [...faults] }
}

export const showTrial = ({ how, call, argument, key, value }: Trial): string =>
  `${how} ${call}, argument ${argument}${key === undefined ? '' : `.${key}`}: ${value}`

/** Express keeps its own `res.json`, which takes a status in the place of the options. */
const isNative = (framework: string, { how, call }: Trial): boolean =>
  framework.startsWith('express') && how === 'method' && call === 'json'

/** Makes one trial, and then asks the same server what became of it. */
async function attempt(server: ServerName, trial: Trial, agent: http.Agent): Promise<string | undefined> {
  const url = `/?${new URLSearchParams({ trial: JSON.stringify(trial) })}`
  const answer = await ask(server, url, agent)
  if (answer === 'too late') return `no answer within ${LIMIT_MS} ms`
  // An error after a whole answer makes a framework end the connection: then the next request needs a new one.
  const first = await ask(server, '/outcome', agent)
  const next = typeof first === 'string' ? await ask(server, '/outcome', agent) : first
  if (typeof next === 'string') return `the next request is not answered (${next}), after ${show(answer)}`
  if (!next.body.startsWith('{')) return `the next request gets ${show(next)}, after ${show(answer)}`
  const outcome: Outcome = JSON.parse(next.body)
  return judgeTrial(trial, answer, outcome, server.framework)
}

const show = (answer: Answer | string): string =>
  typeof answer === 'string' ? answer : `${answer.status} ${JSON.stringify(answer.body.slice(0, 100))}`

interface Answer {
  readonly status: number
  readonly fields: http.IncomingHttpHeaders
  readonly body: string
}

/** What is wrong with an answer, `undefined`: nothing. A connection that was cut needs an error that says why. */
export function judgeTrial(
  trial: Trial,
  answer: Answer | string,
  outcome: Outcome,
  framework: string,
): string | undefined {
  const { thrown, routed } = outcome
  const errors = thrown === undefined ? routed : [thrown, ...routed]
  const unclear = errors.find((error) => !isClear(error, trial, framework))
  if (unclear !== undefined) {
    return `unclear error: ${unclear.name} ${unclear.code}: ${unclear.message}\n${unclear.stack}`
  }
  if (routed.length > 1)
    return `${routed.length} errors reach the error handling: ${routed.map(({ message }) => message).join(' | ')}`
  if (outcome.isFileDeleted && !asksForDeletion(trial)) return 'a file was deleted'
  if (typeof answer === 'string') return errors.length === 0 ? `no answer and no error: ${answer}` : undefined
  if ('x-injected' in answer.fields) return 'a field was injected'
  if (answer.body.includes('only a string may name this file')) return 'sends a file that no string names'
  const isUpstreams = trial.value === 'a Response that failed' // sent as it is
  if (errors.length === 0 && answer.status >= 500 && !isUpstreams) return `status ${answer.status} without an error`
  return undefined
}

/** Node's own methods, which the kit leaves as they are on Express, have Node's own texts. */
const NATIVE = /^(?:setHeader|setHeaders|appendHeader|getHeader|deleteHeader)$/

/** Errors that name a thing of the call so well that its name is not needed. */
const NAMES_THE_THING: readonly (readonly [calls: RegExp, message: RegExp])[] = [
  [/cookie/i, /^cookie /],
  [/^(?:redirectTo|route|created)$/, /^(?:route |query parameter |no route is called )/],
]
/** Each method of the class refuses such a value by an error of the engine, as an odd value's own method may throw. */
const WITHOUT_STATE = / without state$|^a proxy of /
const NAMES_THE_REPLY = /^(?:Reply|cookie|field)\b/

/** An error that names the call and has a code, a failure of a file, or the odd value's own error. */
function isClear(
  { isError, isOdd, isByEngine, code, status, message }: SeenError,
  { how, call, value }: Trial,
  framework: string,
): boolean {
  if (!isError) return false
  if (isOdd || (isByEngine && WITHOUT_STATE.test(value))) return true
  if (NATIVE.test(call) && (framework.startsWith('express') || code?.startsWith('ERR_'))) return true
  if (code === undefined) return false
  const namesTheThing = NAMES_THE_THING.some(([calls, text]) => calls.test(call) && text.test(message))
  const namesTheReply = how === 'factory' && NAMES_THE_REPLY.test(message)
  if (code === 'SOURCE_FAILED') return true // it names the source
  const isExpected = status !== undefined && status >= 400 && status < 500
  return message.includes(call) || namesTheThing || namesTheReply || isExpected
}

function ask({ port }: ServerName, path: string, agent: http.Agent): Promise<Answer | string> {
  return new Promise((resolve) => {
    const request = http.get({ host: '127.0.0.1', port, path, agent, maxHeaderSize: 1_000_000 }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('error', (error) => end(`cut: ${error.message}`))
      response.on('end', () =>
        end({ status: response.statusCode ?? 0, fields: response.headers, body: Buffer.concat(chunks).toString() }),
      )
    })
    const timer = setTimeout(() => {
      end('too late')
      request.destroy()
    }, LIMIT_MS)
    const end = (result: Answer | string): void => {
      clearTimeout(timer)
      resolve(result)
    }
    request.on('error', (error) => end(`no answer: ${error.message}`))
  })
}
