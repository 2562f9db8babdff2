import { randomUUID } from 'node:crypto'
import { invalidType } from '../checks/errors.js'
import type { Exchange } from '../exchange/exchange.js'
import { Claims } from './claims.js'
import { drop, type KeptRecord, keep, kept } from './kept-value.js'

/** What was flashed to this request. */
export interface Flash {
  /** The form fields `withInput()` kept. */
  readonly input?: Readonly<Record<string, unknown>>
  /** What `withErrors()` kept. */
  readonly errors?: unknown
  readonly [name: string]: unknown
}

// koa-session does not store names that begin with an underscore.
const NAME = 'kit.flash'
const NOTHING: Flash = Object.freeze({})

/** Long enough for requests that run side by side; what comes later finds the flash gone from where it was kept. */
const claims = new Claims(10 * 60_000, 100_000)

/** What a request has read, and what it has flashed itself. */
const read = new WeakMap<Exchange, Flash>()
const added = new WeakMap<Exchange, Flash>()

/** Adds values for the next request; what was flashed to this one and has not been read is carried on with them. */
export function addFlash(exchange: Exchange, values: object, call: string): void {
  const copy = asJson(values, call)
  const before = added.get(exchange) ?? (read.has(exchange) ? NOTHING : claim(kept(exchange, NAME)))
  const all = { ...before, ...copy }
  keep(exchange, NAME, { id: randomUUID(), values: all }, call)
  added.set(exchange, all)
  if (!read.has(exchange)) read.set(exchange, NOTHING)
}

/** What was flashed to this request. The first to ask takes it; within one request it stays readable. */
export function takeFlash(exchange: Exchange): Flash {
  const known = read.get(exchange)
  if (known !== undefined) return known
  const record = kept(exchange, NAME)
  if (record === undefined) return NOTHING
  // A HEAD shows nobody anything: the GET after it shall find the flash.
  if (exchange.method === 'HEAD') return asFlash(record.values)
  const flash = claim(record)
  drop(exchange, NAME)
  read.set(exchange, flash)
  return flash
}

/** Two requests side by side have read the same session or sent the same cookie: one of them gets the flash. */
function claim(record: KeptRecord | undefined): Flash {
  return typeof record?.id === 'string' && claims.claim(record.id) ? asFlash(record.values) : NOTHING
}

function asFlash(values: unknown): Flash {
  return typeof values === 'object' && values !== null ? (values as Flash) : NOTHING
}

/** What is kept is what JSON makes of it, in a session as in a cookie. */
function asJson(values: object, call: string): Record<string, unknown> {
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw invalidType(`${call}: values`, 'an object', values)
  }
  try {
    const copy: Record<string, unknown> = JSON.parse(JSON.stringify(values))
    return copy
  } catch (cause) {
    throw Object.assign(invalidType(`${call}: values`, 'what JSON can hold', values), { cause })
  }
}
