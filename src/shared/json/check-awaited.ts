import { type ErrorCode, invalidType } from '../checks/errors.js'
import { isThenable } from '../checks/promise.js'
import { hasToJson } from './has-to-json.js'

/** Refuses a promise, or the query of a database, that was not awaited: its JSON would be `{}`, or the query itself. */
export function checkAwaited(subject: string, value: unknown, code?: ErrorCode): void {
  if (isThenable(value) && !hasToJson(value)) {
    throw invalidType(subject, 'something JSON can represent; await the promise first', value, code)
  }
}
