import { validateHeaderName, validateHeaderValue } from 'node:http'
import { invalidType } from '../checks/errors.js'

/** The value of a response field. A list is several lines. */
export type FieldValue = string | number | readonly string[]

/** Response fields: a record, a `Headers` or a `Map`. `undefined` values are skipped. */
export type FieldsInit =
  | Readonly<Record<string, FieldValue | undefined>>
  | Headers
  | ReadonlyMap<string, FieldValue | undefined>

/** The names and values of response fields; `subject` names the call in an error. */
export function fieldEntries(
  fields: FieldsInit,
  subject: string,
): readonly (readonly [string, FieldValue | undefined])[] {
  if (typeof fields !== 'object' || fields === null) throw invalidType(subject, EXPECTED, fields)
  if (!(Symbol.iterator in fields)) return Object.entries(fields)
  // A `Headers` and a `Map` have it. A list, a `Set` and a generator are no fields.
  if (typeof fields.get !== 'function') throw invalidType(subject, EXPECTED, fields)
  const entries = [...fields]
  if (entries.some(([name]) => typeof name !== 'string')) throw invalidType(subject, EXPECTED, fields)
  return entries
}

const EXPECTED = 'a record, a Headers or a Map'

/** Refuses a field with an invalid name or value (RFC 9110 §5.1, §5.5); `subject` names it in the error. */
export function checkField(subject: string, name: string, value: unknown): asserts value is FieldValue {
  validateHeaderName(name)
  for (const each of Array.isArray(value) ? value : [value]) {
    if (typeof each !== 'string' && typeof each !== 'number') {
      throw invalidType(subject, 'a string, a number or a list of strings', value, 'INVALID_FIELD')
    }
    validateHeaderValue(name, `${each}`)
  }
}
