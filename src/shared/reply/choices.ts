import { lookup } from 'mime-types'
import { describeProblem, type ProblemDetails } from '../bodies/problem.js'
import { invalidRange, invalidType } from '../checks/errors.js'
import type { Exchange } from '../exchange/exchange.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { removeWithdrawnFields } from '../exchange/withdrawn-fields.js'
import { checkMediaType } from '../fields/media-type.js'
import { addVary } from '../fields/member-list.js'
import { preferredType } from '../fields/preferences.js'

/** What a body calls for a value that it chooses when it is sent. The value may be a reply, which stands above its body. */
export interface ValueCalls {
  /** `chosen` may be a function that makes the value, or a promise. `type` is the media type that the client prefers. */
  describe(exchange: Exchange, call: string, chosen: unknown, type?: string): Promise<ResponseDescription>
  /** Closes the streams of a value that is not sent. */
  release(value: unknown): void
}

/** The value to send for each media type, or for `html`, `json`, `text` and other extensions; `default` for all others. */
export type Choices = Readonly<Record<string, unknown>>

export interface CheckedChoices {
  /** By media type, in the order in which the caller prefers them. */
  readonly byType: ReadonlyMap<string, unknown>
  readonly fallback: unknown
}

export function checkChoices(choices: Choices): CheckedChoices {
  if (typeof choices !== 'object' || choices === null) {
    throw invalidType('negotiate: choices', 'an object of media types or extensions', choices)
  }
  const keys = Object.keys(choices).filter((key) => key !== 'default')
  if (keys.length === 0) throw invalidType('negotiate: choices', 'an object with at least one media type', choices)
  return { byType: new Map(keys.map((key) => [typeOfChoice(key), choices[key]])), fallback: choices.default }
}

function typeOfChoice(key: string): string {
  if (key.includes('/')) return checkMediaType('negotiate: choice', key)
  const type = lookup(key)
  if (type === false) throw invalidRange('negotiate: choice', 'a media type or a known extension', key)
  return type
}

/** What the client prefers. */
export interface Selection {
  /** Absent: the client accepts none of the types, and gets the `default`. */
  readonly type: string | undefined
  readonly choice: unknown
  /** The choices that are not sent. */
  readonly others: readonly unknown[]
}

/** Stages `Vary: Accept`, and selects by the Accept field (RFC 9110 §12.5.1). `undefined`: the client accepts nothing. */
export function selectChoice(exchange: Exchange, { byType, fallback }: CheckedChoices): Selection | undefined {
  const { facts } = exchange
  facts.res.setHeader('Vary', addVary(facts.res.getHeader('Vary'), 'Accept'))
  const type = preferredType(facts.field('accept'), [...byType.keys()])
  if (type === undefined && fallback === undefined) {
    removeWithdrawnFields(facts.res) // RFC 9111 §3: a cache would keep the 406 as long as the answer
    return undefined
  }
  const choice = type === undefined ? fallback : byType.get(type)
  return { type, choice, others: valuesOf({ byType, fallback }).filter((other) => other !== choice) }
}

/** All values that may be sent. */
export function valuesOf({ byType, fallback }: CheckedChoices): readonly unknown[] {
  return [...byType.values(), fallback]
}

/** The list of what there is, for a client that accepts none of it (RFC 9110 §15.5.7). */
export function notAcceptable({ byType }: CheckedChoices): ProblemDetails {
  return { status: 406, available: [...byType.keys()] }
}

/** The choice that the client prefers, as the body of a `Reply`. */
export async function describeChoice(
  exchange: Exchange,
  choices: CheckedChoices,
  values: ValueCalls,
): Promise<ResponseDescription> {
  const selection = selectChoice(exchange, choices)
  for (const other of selection?.others ?? valuesOf(choices)) values.release(other)
  if (selection === undefined) return describeProblem(exchange.facts, notAcceptable(choices))
  const { choice, type } = selection
  return values.describe(exchange, 'negotiate', choice, type)
}
