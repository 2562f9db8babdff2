import { randomUUID } from 'node:crypto'
import { isWithoutNames } from '../checks/check-keys.js'
import { invalidType } from '../checks/errors.js'
import type { Exchange, FlashState } from '../exchange/exchange.js'
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

/** Identifiers that can be claimed once. If two requests run at the same time, only one of them gets a flash. */
export class Claims {
  readonly #claimed = new Map<string, number>()
  readonly #lifetimeMs: number
  readonly #limit: number

  constructor(lifetimeMs: number, limit: number) {
    this.#lifetimeMs = lifetimeMs
    this.#limit = limit
  }

  /** `true` for the first call with this identifier. */
  claim(id: string, now: number = Date.now()): boolean {
    if (this.#claimed.has(id)) return false
    // The map has the oldest first: expired ones go, and the oldest ones above the limit.
    for (const [old, time] of this.#claimed) {
      if (now - time < this.#lifetimeMs && this.#claimed.size < this.#limit) break
      this.#claimed.delete(old)
    }
    this.#claimed.set(id, now)
    return true
  }
}

/** Two requests at the same time are at most minutes apart. A later request no longer finds the flash in its place. */
const claims = new Claims(10 * 60_000, 100_000)

function stateOf(exchange: Exchange): FlashState {
  exchange.flash ??= { read: undefined, left: undefined }
  return exchange.flash
}

/** Leaves values for the next request, together with those that this request has not read. */
export function addFlash(exchange: Exchange, values: object, call: string): void {
  const copy = asJson(values, call)
  const state = stateOf(exchange)
  const before = state.left ?? (state.read === undefined ? claimAll(kept(exchange.facts, KEY)) : NOTHING)
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
  state.read = claimAll(records)
  drop(exchange, KEY)
  return state.read
}

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

function claimAll(records: readonly KeptRecord[]): Flash {
  return mergeFlash(records.filter(({ id }) => typeof id === 'string' && claims.claim(id)))
}

function mergeFlash(records: readonly KeptRecord[]): Flash {
  const values = records.map((record) => record.values).filter((each) => typeof each === 'object' && each !== null)
  // A name such as `__proto__`, which a client may send, stays a name: `Object.assign` would change the prototype.
  return values.length === 0 ? NOTHING : Object.fromEntries(values.flatMap((each) => Object.entries(each as object)))
}

/** A cookie and a session both keep what JSON makes of a value. */
function asJson(values: object, call: string): Record<string, unknown> {
  if (typeof values !== 'object' || values === null || Array.isArray(values) || isWithoutNames(values)) {
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
