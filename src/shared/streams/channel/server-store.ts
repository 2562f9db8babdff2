// What the stores on a server have in common.
import { type Duration, durationMs } from '../../checks/duration.js'
import { invalidRange, invalidType, ResponseKitError } from '../../checks/errors.js'
import type { StoredEvent } from './channel-store.js'

/** The topic of a store that was not asked for one. */
export const MAIN_TOPIC = 'main'

/** Servers keep the name as text, and none of them has a place for a line break or a NUL. */
export function checkTopicName(name: unknown, call: string): string {
  if (typeof name !== 'string') throw invalidType(`${call}: name`, 'a string', name)
  if (name !== '' && name.length <= 200 && !/[\p{Cc}\p{Cs}]/u.test(name)) return name
  throw badTopicName(`${call}: name`, '1 to 200 characters without control characters and lone surrogates', name)
}

/** A text that names no topic often comes from the URL. No client sees the message: the app may have put something in front. */
export function badTopicName(subject: string, expected: string, name: string): RangeError {
  return Object.assign(invalidRange(subject, expected, name), { status: 400, statusCode: 400, expose: false })
}

/** What a subscription of a store is told. */
export interface Listener {
  readonly deliver: (event: StoredEvent) => void
  readonly fail: (error: Error) => void
}

/** How much a store keeps. */
export interface Retention {
  /** Events of each topic. */
  readonly maxLength: number
  readonly maxAgeMs: number
}

/** The options `maxLength` (1000) and `maxAge` (a day) of a store; `call` names it in errors. */
export function readRetention(
  call: string,
  { maxLength = 1000, maxAge = '1d' }: { readonly maxLength?: number; readonly maxAge?: Duration },
): Retention {
  if (!Number.isInteger(maxLength) || maxLength < 1 || maxLength > 1e9) {
    throw invalidRange(`${call}: option 'maxLength'`, 'an integer from 1 to 1,000,000,000', maxLength)
  }
  const ms = durationMs(maxAge, `${call}: option 'maxAge'`)
  if (!(ms >= 1000 && ms <= 1e14))
    throw invalidRange(`${call}: option 'maxAge'`, 'from one second to 1e14 milliseconds', maxAge)
  return { maxLength, maxAgeMs: Math.round(ms) }
}

/** A store that numbers its events cannot find them again under an id of the app. */
export function refuseOwnId(id: string | undefined, store: string): void {
  if (id !== undefined) throw invalidRange('publish: id', `absent, because ${store} gives the ids`, id)
}

/** The server of a store is away, or refuses a command. The status of an answer is 503. */
export function storeFailed(message: string, cause?: unknown): ResponseKitError {
  return new ResponseKitError('STORE_FAILED', message, { status: 503, cause })
}
