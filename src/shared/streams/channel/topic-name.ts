import { invalidRange, invalidType, ResponseKitError } from '../../checks/errors.js'

/** The topic of a store that was not asked for one. */
export const MAIN_TOPIC = 'main'

/** Servers keep the name as text, and none of them has a place for a line break or a NUL. */
export function checkTopicName(name: unknown, call: string): string {
  if (typeof name !== 'string') throw invalidType(`${call}: name`, 'a string', name)
  if (name !== '' && name.length <= 200 && !/[\p{Cc}\p{Cs}]/u.test(name)) return name
  throw invalidRange(`${call}: name`, '1 to 200 characters without control characters', name)
}

/** A store that numbers its events cannot find them again under an id of the app. */
export function refuseOwnId(id: string | undefined, store: string): void {
  if (id !== undefined) throw invalidRange('publish: id', `absent, because ${store} gives the ids`, id)
}

/** The server of a store is away, or refuses a command. The status of an answer is 503. */
export function storeFailed(message: string, cause?: unknown): ResponseKitError {
  return new ResponseKitError('STORE_FAILED', message, { status: 503, cause })
}
