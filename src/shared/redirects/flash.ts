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
/** Claims that processes share are kept for longer than the cookie lives. A client may return with an old one. */
const SHARED_LIFETIME_MS = 24 * 3_600_000

function stateOf(exchange: Exchange): FlashState {
  const { name } = exchange.facts.settings.flash
  exchange.flashes ??= new Map()
  const state = exchange.flashes.get(name) ?? { read: undefined, left: undefined, claimed: undefined }
  exchange.flashes.set(name, state)
  return state
}

/** Leaves values for the next request, together with those that this request has not read. */
export function addFlash(exchange: Exchange, values: object, call: string): void {
  const copy = asJson(values, call)
  const state = stateOf(exchange)
  const before = state.left ?? (state.read === undefined ? takeAll(exchange) : NOTHING)
  state.left = keepWhatFits(exchange, { ...before, ...copy }, call)
  state.read ??= NOTHING // what is left now is for the next request
}

/** A visitor can fill in more than a cookie holds. The app has made no mistake then: only the input is left out. */
function keepWhatFits(exchange: Exchange, values: Flash, call: string): Flash {
  try {
    keep(exchange, KEY, { id: randomUUID(), values }, call)
    return values
  } catch (error) {
    if (!(error instanceof TooLargeForCookie) || values.input === undefined) throw error
    const { input, ...rest } = values
    return keepWhatFits(exchange, rest, call)
  }
}

/** What earlier requests left for this one. The first request that asks takes it. The same request can ask again. */
export function takeFlash(exchange: Exchange): Flash {
  const state = stateOf(exchange)
  if (state.read !== undefined) return state.read
  const records = kept(exchange.facts, KEY)
  if (records.length === 0) return NOTHING
  // A client shows no answer to HEAD, so the flash stays for the GET that follows.
  if (exchange.facts.method === 'HEAD') return mergeFlash(records)
  const claimed = selectClaimed(exchange, records)
  if (claimed === undefined) return NOTHING
  state.read = mergeFlash(claimed)
  // What another request has claimed stays in its place: that request may give it back.
  if (claimed.length > 0 || exchange.facts.settings.flash.claims === undefined) drop(exchange, KEY)
  return state.read
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
  const ids = kept(facts, KEY).flatMap(({ id }) => (typeof id === 'string' ? [id] : []))
  return ids.length === 0 ? undefined : claimIds(exchange, claims, ids)
}

async function claimIds(exchange: Exchange, claims: Claims, ids: readonly string[]): Promise<void> {
  const state = stateOf(exchange)
  const { req, res } = exchange.facts
  const expires = new Date(Date.now() + SHARED_LIFETIME_MS)
  try {
    const answers = await Promise.all(ids.map((id) => claims.claim(claimOf(id), expires)))
    state.claimed = new Set(ids.filter((_, index) => answers[index] === true))
  } catch (reason) {
    state.claimed = 'failed'
    exchange.report(toError(reason), false) // a page without its notice is better than no page
    return
  }
  if (state.claimed.size === 0) return
  const release = () => releaseUnread(exchange, state, claims)
  beforeAnswer(res, release)
  whenResponseCloses(req, res, release) // a client that has left may get no answer
}

/** A request that has not read what it claimed gives it back, so that it is shown later. */
function releaseUnread(exchange: Exchange, state: FlashState, claims: Claims): void {
  const { claimed, read, left } = state
  if (claimed === undefined || claimed === 'failed' || read !== undefined || left !== undefined) return
  state.claimed = new Set()
  const released = [...claimed].map(async (id) => claims.release?.(claimOf(id)))
  Promise.all(released).catch((reason) => exchange.report(toError(reason), false))
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
  return read === undefined ? kept(exchange.facts, KEY).length > 0 : Object.keys(read).length > 0
}

/** Leaves what this request has read for one more request, for example if it redirects again. */
export function keepFlash(exchange: Exchange): void {
  const read = takeFlash(exchange)
  const { left } = stateOf(exchange)
  addFlash(exchange, { ...read, ...left }, 'reflash')
}

/** What earlier requests left, for a request that leaves it for a later one. */
function takeAll(exchange: Exchange): Flash {
  const records = kept(exchange.facts, KEY)
  // If the claims cannot be asked, the values still go on: they are not shown here.
  return mergeFlash(selectClaimed(exchange, records) ?? records)
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
