import { invalidType } from '../checks/errors.js'

/** The value of a response field. A list is several lines. */
export type FieldValue = string | number | readonly string[]

/** Response fields: a record, a `Headers` or a `Map`. `undefined` values are skipped. */
export type FieldsInit =
  | Readonly<Record<string, FieldValue | undefined>>
  | Headers
  | ReadonlyMap<string, FieldValue | undefined>

/** The entries of what `setHeaders` takes. */
export function fieldEntries(fields: FieldsInit): Iterable<readonly [string, FieldValue | undefined]> {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw invalidType('setHeaders: fields', 'a record, a Headers or a Map', fields)
  }
  return Symbol.iterator in fields ? fields : Object.entries(fields)
}
