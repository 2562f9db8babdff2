import { validateHeaderName, validateHeaderValue } from 'node:http'
import { isWithoutNames } from '../checks/check-keys.js'
import { invalidRange, invalidType, showValue } from '../checks/errors.js'
import { itemsInMemory } from '../checks/iterator.js'

/** The value of a response field. A list is several lines. */
export type FieldValue = string | number | readonly string[]

/** Response fields: a record, a `Headers` or a `Map`. `undefined` values are skipped. */
export type FieldsInit =
  | Readonly<Record<string, FieldValue | undefined>>
  | Headers
  | ReadonlyMap<string, FieldValue | undefined>

/**
 * No client reads as much. Each line of a list repeats the name: without a limit, 1 MB of JSON become a head that Node
 * cannot write, nor that of the error page after it.
 */
const MOST_IN_LINES = 1024 * 1024
const LONGEST_SHOWN = 100

/**
 * The fields that a call sets, checked before the first one is set. The last entry of a name counts. Only `set-cookie` adds to
 * the entry before it: a `Headers` gives one for each line.
 */
export function checkedFields(
  fields: FieldsInit,
  call: string,
  subject = `${call}: fields`,
): readonly (readonly [name: string, value: FieldValue])[] {
  const checked: (readonly [string, FieldValue])[] = []
  let cookies: string[] | undefined
  for (const [name, value] of fieldEntries(fields, subject)) {
    if (value === undefined) continue
    checkField(call, name, value)
    if (name !== 'set-cookie') {
      checked.push([name, value])
      continue
    }
    if (cookies === undefined) {
      cookies = []
      checked.push([name, cookies])
    }
    for (const line of [value].flat()) cookies.push(`${line}`)
  }
  return checked
}

/** The names and values of response fields; `subject` names the call in an error. */
export function fieldEntries(
  fields: FieldsInit,
  subject: string,
): readonly (readonly [string, FieldValue | undefined])[] {
  if (typeof fields !== 'object' || fields === null) throw invalidType(subject, EXPECTED, fields)
  if (!(Symbol.iterator in fields)) {
    if (isWithoutNames(fields)) throw invalidType(subject, EXPECTED, fields)
    return Object.entries(fields)
  }
  // A `Headers` and a `Map` have it. A list, a `Set` and a generator are no fields.
  if (typeof fields.get !== 'function') throw invalidType(subject, EXPECTED, fields)
  try {
    const entries = [...fields]
    if (entries.every(([name]) => typeof name === 'string')) return entries
  } catch (cause) {
    throw Object.assign(invalidType(subject, EXPECTED, fields), { cause }) // its iterator fails, or does not give pairs
  }
  throw invalidType(subject, EXPECTED, fields)
}

const EXPECTED = 'a record, a Headers or a Map'

/** The lines of one field. Commas join its values, but not those of Set-Cookie (RFC 9110 §5.3). */
export function fieldLines(name: string, values: readonly (string | number)[]): readonly (readonly [string, string])[] {
  if (name.toLowerCase() === 'set-cookie') return values.map((each) => ['Set-Cookie', `${each}`])
  return [[name, values.join(', ')]]
}

/** Refuses a name that no field can have, for a call that only looks for it; `call` names the call in the error. */
export function checkFieldName(call: string, name: unknown): asserts name is string {
  if (typeof name !== 'string') throw invalidType(`${call}: name`, 'a string', name, 'INVALID_FIELD')
}

/** Refuses a field with an invalid name or value (RFC 9110 §5.1, §5.5); `call` names the call in the error. */
export function checkField(call: string, name: string, value: unknown): asserts value is FieldValue {
  if (!isFieldName(name)) throw invalidType(`${call}: name`, 'a token', name, 'INVALID_FIELD')
  const subject = `${call}: ${name.length > LONGEST_SHOWN ? showValue(name) : name}`
  const lines = Array.isArray(value) ? [...(itemsInMemory(value) ?? [])] : [value]
  let length = 0
  for (const each of lines) {
    if (typeof each !== 'string' && typeof each !== 'number') {
      throw invalidType(subject, 'a string, a number or a list of strings', value, 'INVALID_FIELD')
    }
    const text = `${each}`
    if (!isFieldText(text)) {
      throw invalidType(subject, 'Latin-1 text without control characters', each, 'INVALID_FIELD')
    }
    length += name.length + text.length
  }
  if (lines.length > 1 && length > MOST_IN_LINES) {
    throw invalidRange(subject, `at most ${MOST_IN_LINES} characters in all its lines`, value, 'INVALID_FIELD')
  }
}

/** Whether Node takes a text as the name of a field: a token (RFC 9110 §5.1). */
export function isFieldName(name: string): boolean {
  return isAllowed(() => validateHeaderName(name))
}

/** Whether Node takes a text as the value of a field (RFC 9110 §5.5). */
export function isFieldText(text: string): boolean {
  return isAllowed(() => validateHeaderValue('field', text))
}

/** The error of Node's own check names neither the call nor the value. */
function isAllowed(validate: () => void): boolean {
  try {
    validate()
    return true
  } catch {
    return false
  }
}
