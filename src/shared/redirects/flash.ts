import { randomUUID } from 'node:crypto'
import { isRecord } from '../checks/check-keys.js'
import { type Claims, MemoryClaims } from '../checks/claims.js'
import { invalidType, toError } from '../checks/errors.js'
import { warnOnce } from '../checks/warn-once.js'
import { beforeAnswer } from '../exchange/before-answer.js'
import type { Exchange, FlashState } from '../exchange/exchange.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import { whenResponseCloses } from '../exchange/when-response-closes.js'
import { isFetchedAhead } from './intended.js'
import { drop, type KeptRecord, keep, kept, TooLargeForCookie } from './kept-value.js'

/** What an earlier request has left for this one. */
export interface Flash {
  /** The form fields that `withInput()` kept. */
  readonly input?: Readonly<Record<string, unknown>>
  /** What `withErrors()` kept. */
  readonly errors?: unknown
  /** The values that `withFlash` was given. */
  readonly [name: string]: unknown
}

const KEY = 'flash'
const NOTHING: Flash = Object.freeze({})

/** Two requests at the same time are at most minutes apart. A later request no longer finds the flash in its place. */
const LIFETIME_MS = 10 * 60_000
const claimsOfProcess = new MemoryClaims(100_000)
/**
 * What was left longer ago is not shown, if processes share their claims. A session may have it still: of two requests side
 * by side, the one that shows it stores the session without it, and the other one with it.
 */
const SHOWN_WITHIN_MS = 24 * 3_600_000
/** The claim lives longer, by any difference between two clocks. */
const SHARED_LIFETIME_MS = 25 * 3_600_000

/** More records of one visitor than this are never in use at once. */
const MOST_HELD = 20

function stateOf(exchange: Exchange): FlashState {
  const { name } = exchange.facts.settings.flash
  exchange.flashes ??= new Map()
  const known = exchange.flashes.get(name)
  if (known !== undefined) return known
  const state = { read: undefined, left: undefined, claimed: undefined, held: [], release: undefined }
  exchange.flashes.set(name, state)
  return state
}

/** Leaves values for the next request, together with those that this request has not read. */
export function addFlash(exchange: Exchange, values: object, call: string): void {
  const copy = asJson(values, call)
  const state = stateOf(exchange)
  const before = state.left ?? (state.read === undefined ? takeAll(exchange) : NOTHING)
  state.left = keepWhatFits(exchange, { ...before, ...copy }, state.held, call)
  state.read ??= NOTHING // what is left now is for the next request
}

/** A visitor can fill in more than a cookie holds. The app has made no mistake then: the input is left out, then what is held. */
function keepWhatFits(exchange: Exchange, values: Flash, held: readonly KeptRecord[], call: string): Flash {
  const { input, ...rest } = values
  const shorter = input === undefined ? [values] : [values, rest]
  let failure: unknown
  for (const beside of [held, []]) {
    for (const each of shorter) {
      try {
        leave(exchange, [...beside, { id: randomUUID(), left: Date.now(), values: each }], call)
        return each
      } catch (error) {
        if (!(error instanceof TooLargeForCookie)) throw error
        failure = error
      }
    }
  }
  throw failure
}

/** Keeps these records for later requests, the latest last, and nothing else. */
function leave(exchange: Exchange, records: readonly KeptRecord[], call: string): void {
  const held = records.slice(0, -1)
  const latest = records.at(-1)
  if (latest === undefined) drop(exchange, KEY)
  else keep(exchange, KEY, held.length === 0 ? latest : { ...latest, held }, call)
}

/** What earlier requests left for this one. The first request that asks takes it. The same request can ask again. */
export function takeFlash(exchange: Exchange): Flash {
  const { facts } = exchange
  const state = stateOf(exchange)
  if (state.read !== undefined) return state.read
  const records = waiting(facts)
  if (records.length === 0) return NOTHING
  // A client shows no answer to HEAD, so the flash stays for the GET that follows.
  if (facts.method === 'HEAD') return mergeFlash(records)
  const claimed = selectClaimed(exchange, records)
  if (claimed === undefined) return NOTHING
  state.read = mergeFlash(claimed)
  state.held = heldByOthers(facts, records, claimed)
  if (state.held.length === 0) drop(exchange, KEY)
  else if (state.held.length < records.length && !facts.res.headersSent) leave(exchange, state.held, 'flash()')
  return state.read
}

/** The records that earlier requests left, the latest last. */
function waiting(facts: RequestFacts): readonly KeptRecord[] {
  const records = kept(facts, KEY)
  if (facts.settings.flash.claims === undefined) return records
  const all = records.flatMap(({ held, ...record }) => [...(Array.isArray(held) ? held : []), record]) // the kit wrote it
  return all.filter((record) => !(ageOf(record) > SHOWN_WITHIN_MS))
}

/** The records that another request has claimed. It may have shown them, or may give them back. */
function heldByOthers(
  { settings }: RequestFacts,
  records: readonly KeptRecord[],
  claimed: readonly KeptRecord[],
): readonly KeptRecord[] {
  if (settings.flash.claims === undefined) return []
  return records.filter((record) => !claimed.includes(record)).slice(-MOST_HELD)
}

/** Milliseconds since a flash was left. */
function ageOf({ left }: KeptRecord): number {
  return typeof left === 'number' ? Date.now() - left : Number.NaN
}

/**
 * Claims what earlier requests left, if the app gave claims that processes share: `flash()` cannot wait for their answer.
 * `undefined` if there is nothing to wait for. The promise never rejects.
 */
export function claimFlash(exchange: Exchange): Promise<void> | undefined {
  const { facts } = exchange
  const { claims, name } = facts.settings.flash
  if (claims === undefined || exchange.flashes?.get(name)?.claimed !== undefined || !mayShowFlash(facts))
    return undefined
  const records = waiting(facts)
  return records.length === 0 ? undefined : claimRecords(exchange, claims, records)
}

async function claimRecords(exchange: Exchange, claims: Claims, records: readonly KeptRecord[]): Promise<void> {
  const state = stateOf(exchange)
  const ids = records.flatMap(({ id }) => (typeof id === 'string' ? [id] : []))
  const { req, res } = exchange.facts
  const expires = new Date(Date.now() + SHARED_LIFETIME_MS)
  const answers = await Promise.allSettled(ids.map(async (id) => claims.claim(claimOf(id), expires)))
  const claimed = new Set(ids.filter((_, index) => isTrue(answers[index])))
  const failure = answers.find((answer) => answer.status === 'rejected')
  if (failure !== undefined) {
    state.claimed = 'failed'
    exchange.report(toError(failure.reason), false) // a page without its notice is better than no page
    void releaseAll(exchange, claims, claimed)
    return
  }
  state.claimed = claimed
  if (claimed.size === 0) return
  const release = () => {
    if (state.read !== undefined || state.left !== undefined) return undefined
    state.read = NOTHING // from now on another request may show it
    state.held = records
    return releaseAll(exchange, claims, claimed)
  }
  state.release = release
  beforeAnswer(res, release)
  whenResponseCloses(req, res, release) // a client that has left may get no answer
}

/** What is not read is given back, so that it is shown later. */
async function releaseAll(exchange: Exchange, claims: Claims, ids: ReadonlySet<string>): Promise<void> {
  const released = [...ids].map(async (id) => claims.release?.(claimOf(id)))
  for (const answer of await Promise.allSettled(released)) {
    if (answer.status === 'rejected') exchange.report(toError(answer.reason), false)
  }
}

function isTrue(answer: PromiseSettledResult<boolean> | undefined): boolean {
  return answer?.status === 'fulfilled' && answer.value === true
}

function claimOf(id: string): string {
  return `flash:${id}`
}

/** Whether the answer may show the flash to a user: it is no image, no script and no page that is fetched ahead. */
function mayShowFlash(facts: RequestFacts): boolean {
  if (facts.method === 'HEAD' || facts.method === 'OPTIONS' || isFetchedAhead(facts)) return false
  const destination = facts.field('sec-fetch-dest')
  return destination === undefined || SHOWING.includes(destination)
}

/** A script that calls `fetch()` has the destination `empty`. */
const SHOWING: readonly string[] = ['document', 'iframe', 'frame', 'empty']

/** Whether an earlier request left something for this one. Nothing is taken. */
export function hasFlash(exchange: Exchange): boolean {
  const { read } = stateOf(exchange)
  return read === undefined ? waiting(exchange.facts).length > 0 : Object.keys(read).length > 0
}

/** Leaves what this request has read for one more request, for example if it redirects again. */
export function keepFlash(exchange: Exchange): void {
  if (exchange.facts.method === 'HEAD') return // nothing has been taken
  const read = takeFlash(exchange)
  const { left = NOTHING } = stateOf(exchange)
  const values = { ...read, ...left }
  if (Object.keys(values).length > 0) addFlash(exchange, values, 'reflash')
}

/** What earlier requests left, for a request that leaves it for a later one. What others may have claimed stays beside it. */
function takeAll(exchange: Exchange): Flash {
  const { facts } = exchange
  const records = waiting(facts)
  const claimed = selectClaimed(exchange, records) ?? []
  stateOf(exchange).held = heldByOthers(facts, records, claimed)
  return mergeFlash(claimed)
}

/** The records that no other request has taken; `undefined` if it is not known which these are. */
function selectClaimed(exchange: Exchange, records: readonly KeptRecord[]): readonly KeptRecord[] | undefined {
  const { facts } = exchange
  if (facts.settings.flash.claims === undefined) {
    const now = Date.now()
    const isMine = ({ id }: KeptRecord) =>
      typeof id === 'string' && claimsOfProcess.claim(id, new Date(now + LIFETIME_MS), now)
    return records.filter(isMine)
  }
  const { claimed } = stateOf(exchange)
  if (claimed === undefined && records.length > 0 && mayShowFlash(facts)) {
    warnOnce(
      'RESPONSE_KIT_LATE_FLASH',
      "flash(): the option 'flash.claims' needs the session before responseKit(). What the session holds is not shown",
    )
  }
  if (claimed === undefined || claimed === 'failed') return records.length === 0 ? [] : undefined
  return records.filter(({ id }) => typeof id === 'string' && claimed.has(id))
}

function mergeFlash(records: readonly KeptRecord[]): Flash {
  const values = records.map((record) => record.values).filter((each) => typeof each === 'object' && each !== null)
  // A name such as `__proto__`, which a client may send, stays a name: `Object.assign` would change the prototype.
  return values.length === 0 ? NOTHING : Object.fromEntries(values.flatMap((each) => Object.entries(each as object)))
}

/** A cookie and a session both keep what JSON makes of a value. */
function asJson(values: object, call: string): Record<string, unknown> {
  if (!isRecord(values)) {
    throw invalidType(`${call}: values`, 'an object', values)
  }
  let copy: unknown
  try {
    copy = JSON.parse(JSON.stringify(values))
  } catch (cause) {
    throw Object.assign(invalidType(`${call}: values`, 'what JSON can hold', values), { cause })
  }
  if (typeof copy === 'object' && copy !== null && !Array.isArray(copy)) return copy as Record<string, unknown> // of JSON
  throw invalidType(`${call}: values`, 'an object', values) // its toJSON gave something else
}
