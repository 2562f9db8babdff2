import { invalidRange, invalidType } from '../checks/errors.js'
import { isPlainObject } from '../checks/plain-object.js'
import { adoptPromise } from '../checks/promise.js'
import { isCookieValue } from '../fields/set-cookie.js'

/** A value that a cookie may have. A plain object or array is stored as `j:` and its JSON, as Express does. */
export type CookieValue = string | number | boolean | object

/** A value that `getCookie` reads: the object, array or text of a `j:` value, else the text itself. */
export type StoredCookieValue = string | Record<string, unknown> | unknown[]

const JSON_PREFIX = 'j:'

/** The text that is stored, before it is encoded. */
export function stringifyValue(name: string, value: CookieValue): string {
  // JSON keeps the prefix a part of the text. cookie-parser reads it in the same way.
  if (typeof value === 'string') return value.startsWith(JSON_PREFIX) ? JSON_PREFIX + JSON.stringify(value) : value
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return String(value)
    throw invalidRange(`cookie '${name}': value`, 'a finite number', value, 'INVALID_COOKIE')
  }
  if (!isListOrPlainObject(value)) {
    throw invalidType(
      `cookie '${name}': value`,
      'a string, number, boolean, plain object or array (deleteCookie() removes one)',
      value,
      'INVALID_COOKIE',
    )
  }
  const noJson = () => invalidType(`cookie '${name}': value`, 'what JSON can hold', value, 'INVALID_COOKIE')
  let json: unknown
  try {
    json = JSON.stringify(value)
  } catch (cause) {
    throw Object.assign(noJson(), { cause })
  }
  if (typeof json !== 'string') throw noJson() // its toJSON gave nothing
  return JSON_PREFIX + json
}

/** The value as the field has it: percent-encoded, as cookie-parser expects it, or encoded by `encode`. */
export function encodeValue(name: string, text: string, encode?: (text: string) => string): string {
  if (encode === undefined && UNRESERVED.test(text)) return text
  let encoded: string
  try {
    encoded = (encode ?? encodeURIComponent)(text)
  } catch (cause) {
    const error = invalidType(`cookie '${name}': value`, 'text that can be encoded', text, 'INVALID_COOKIE')
    throw Object.assign(error, { cause })
  }
  if (typeof encoded === 'string' && isCookieValue(encoded)) return encoded
  adoptPromise(encoded)
  throw invalidType(
    `cookie '${name}': the value from encode`,
    "text without ';', spaces and control characters",
    encoded,
    'INVALID_COOKIE',
  )
}

// The characters that encodeURIComponent leaves as they are.
const UNRESERVED = /^[A-Za-z0-9\-_.!~*'()]*$/

/** The text of a value of a Cookie or Set-Cookie field. */
export function decodeValue(encoded: string): string {
  const text = unquote(encoded)
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The value without the quotes around it, as cookie-parser and Koa read it. */
export function unquote(encoded: string): string {
  return encoded.length > 1 && encoded.startsWith('"') && encoded.endsWith('"') ? encoded.slice(1, -1) : encoded
}

/** A `j:` value is the object, the array or the text that its JSON says. Any other text after the prefix stays as it is. */
export function parseValue(text: string): StoredCookieValue {
  if (!text.startsWith(JSON_PREFIX)) return text
  try {
    const parsed: unknown = JSON.parse(text.slice(JSON_PREFIX.length))
    if (typeof parsed === 'string') return parsed
    // The objects of JSON are records and arrays.
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown> | unknown[]) : text
  } catch {
    return text
  }
}

function isListOrPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (Array.isArray(value) || isPlainObject(value))
}
