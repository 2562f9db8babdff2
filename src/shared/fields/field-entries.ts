import { validateHeaderName, validateHeaderValue } from 'node:http'
import { invalidType } from '../checks/errors.js'

/** The value of a response field. A list is several lines. */
export type FieldValue = string | number | readonly string[]

/** Response fields: a record, a `Headers` or a `Map`. `undefined` values are skipped. */
export type FieldsInit =
  | Readonly<Record<string, FieldValue | undefined>>
  | Headers
  | ReadonlyMap<string, FieldValue | undefined>

/** The fields of a record, a `Headers` or a `Map`, in their order. */
export function fieldEntries(fields: FieldsInit): Iterable<readonly [string, FieldValue | undefined]> {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw invalidType('setHeaders: fields', 'a record, a Headers or a Map', fields)
  }
  return Symbol.iterator in fields ? fields : Object.entries(fields)
}

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
