import { type Duration, durationMs } from '../checks/duration.js'
import { type ErrorCode, invalidRange, invalidType, showValue } from '../checks/errors.js'
import { didYouMean } from '../checks/nearest.js'
import { isCookieDomain, isCookiePath, MAX_AGE_SECONDS, MAX_ATTRIBUTE_OCTETS } from '../fields/set-cookie.js'
import type { CookieAttributes } from './cookie-attributes.js'

type Key = keyof CookieAttributes
type Check = (subject: string, value: unknown, code: ErrorCode) => void

const CHECKS: { readonly [K in Key]-?: Check } = {
  maxAge: checkMaxAge,
  expires: checkExpires,
  path: (subject, value, code) => {
    if (typeof value !== 'string' || !isCookiePath(value)) {
      throw invalidType(subject, "a path that begins with '/', of printable ASCII without ';' and '<'", value, code)
    }
    checkLength(subject, value, code)
  },
  domain: (subject, value, code) => {
    if (typeof value !== 'string' || !isCookieDomain(value)) throw invalidType(subject, 'a host name', value, code)
    checkLength(subject, value, code)
  },
  secure: (subject, value, code) => {
    if (typeof value !== 'boolean' && value !== 'auto') throw invalidType(subject, "a boolean or 'auto'", value, code)
  },
  httpOnly: checkBoolean,
  sameSite: (subject, value, code) => {
    if (typeof value !== 'boolean' && !isOneOf(value, 'strict', 'lax', 'none')) {
      throw invalidType(subject, "a boolean, 'strict', 'lax' or 'none'", value, code)
    }
  },
  priority: (subject, value, code) => {
    if (!isOneOf(value, 'low', 'medium', 'high')) throw invalidType(subject, "'low', 'medium' or 'high'", value, code)
  },
  partitioned: checkBoolean,
  signed: checkBoolean,
  encrypted: checkBoolean,
  encode: (subject, value, code) => {
    if (typeof value !== 'function') throw invalidType(subject, 'a function', value, code)
  },
}

const KEYS: ReadonlySet<string> = new Set(Object.keys(CHECKS))

/** Refuses an attribute that is unknown, naming the likely right one. */
export function checkAttributeNames(subject: string, attributes: CookieAttributes, code: ErrorCode): void {
  if (typeof attributes !== 'object' || attributes === null) {
    throw invalidType(`${subject}: attributes`, 'an object', attributes, code)
  }
  for (const key in attributes) {
    if (KEYS.has(key)) continue
    const message = `${subject}: unknown attribute ${showValue(key)}${didYouMean(key, KEYS)}`
    throw Object.assign(new TypeError(message), { code })
  }
}

/** Refuses an attribute whose value alone is wrong; `undefined` is the same as absent. */
export function checkAttributeValues(subject: string, attributes: CookieAttributes, code: ErrorCode): void {
  for (const key of KEYS as ReadonlySet<Key>) {
    const value = attributes[key]
    if (value !== undefined) CHECKS[key](`${subject}: ${key}`, value, code)
  }
}

function checkMaxAge(subject: string, value: unknown, code: ErrorCode): void {
  const seconds = durationMs(value as Duration, subject, code) / 1000 // durationMs refuses what is no Duration
  if (seconds <= MAX_AGE_SECONDS) return
  throw invalidRange(subject, 'at most 400 days in seconds (are these milliseconds?)', value, code)
}

function checkExpires(subject: string, value: unknown, code: ErrorCode): void {
  // The Date constructor of another realm, as test runners have, makes Dates too.
  const year = Object.prototype.toString.call(value) === '[object Date]' ? (value as Date).getUTCFullYear() : undefined
  // A cookie-date has four digits of year, 1601 at least (RFC 6265bis §5.1.1).
  if (year === undefined || !(year >= 1601 && year <= 9999))
    throw invalidType(subject, 'a valid Date from the year 1601 to 9999', value, code)
}

function checkLength(subject: string, value: string, code: ErrorCode): void {
  if (value.length <= MAX_ATTRIBUTE_OCTETS) return
  throw invalidRange(subject, `at most ${MAX_ATTRIBUTE_OCTETS} bytes`, value, code)
}

function checkBoolean(subject: string, value: unknown, code: ErrorCode): void {
  if (typeof value !== 'boolean') throw invalidType(subject, 'a boolean', value, code)
}

function isOneOf(value: unknown, ...allowed: readonly string[]): boolean {
  return typeof value === 'string' && allowed.includes(value.toLowerCase())
}
