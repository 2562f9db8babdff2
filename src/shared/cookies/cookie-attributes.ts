import type { SetCookie } from 'cookie'
import { isWithoutNames } from '../checks/check-keys.js'
import { timeOf } from '../checks/date.js'
import { type Duration, durationMs, durationSeconds } from '../checks/duration.js'
import { type ErrorCode, invalidRange, invalidType, showValue } from '../checks/errors.js'
import { didYouMean } from '../checks/nearest.js'
import {
  isCookieDomain,
  isCookieName,
  isCookiePath,
  isKeptCookieName,
  MAX_AGE_SECONDS,
  MAX_ATTRIBUTE_BYTES,
  MAX_PAIR_BYTES,
  type PrefixDemands,
  prefixDemands,
} from '../fields/set-cookie.js'

/** Attributes of a cookie (RFC 6265bis §4.1.2). */
export interface CookieAttributes {
  /**
   * Seconds, or `'30m' '12h' '7d'`; at most 400 days. `0` or less expires the cookie at once. Default: until the
   * browser closes.
   */
  readonly maxAge?: Duration | undefined
  /** When the cookie ends: a Date, or a text that `Date` reads. `maxAge` wins in browsers. Default: none. */
  readonly expires?: Date | string | undefined
  /** The path that the cookie is for, with all that is below it. It begins with `/`. Default `/`. */
  readonly path?: string | undefined
  /** The host that the cookie is for, with its subdomains. Default: the host that answers, without its subdomains. */
  readonly domain?: string | undefined
  /**
   * `true`: the browser sends the cookie only over https. `'auto'`: if the request came by https, by the framework's
   * own proxy trust, or if the prefix of the name demands it. Default `false`.
   */
  readonly secure?: boolean | 'auto' | undefined
  /** Scripts of the page cannot read it. Default `false`. */
  readonly httpOnly?: boolean | undefined
  /**
   * Whether the browser sends the cookie with requests from other sites: `'strict'` (or `true`), `'lax'`, `'none'`.
   * Default: none is sent, and most browsers take that for `lax`.
   */
  readonly sameSite?: boolean | 'strict' | 'lax' | 'none' | undefined
  /** Which cookies Chromium removes first if a site has too many. Default: none. */
  readonly priority?: 'low' | 'medium' | 'high' | undefined
  /** The browser keeps one for each top-level site (CHIPS). Default `false`. */
  readonly partitioned?: boolean | undefined
  /**
   * Signed in the framework's own format: cookie-parser's `s:` in Express, the `.sig` companion in Koa. Default
   * `false`.
   */
  readonly signed?: boolean | undefined
  /**
   * Encrypted with AES-256-GCM and bound to the cookie's name. That authenticates it too: `signed` adds nothing.
   * Default `false`.
   */
  readonly encrypted?: boolean | undefined
  /** Writes the value. Default: `encodeURIComponent`. */
  readonly encode?: ((text: string) => string) | undefined
}

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

/** Refuses a name that no cookie may have. A deletion may also name what browsers accept beyond the RFC. */
export function checkCookieName(name: unknown, isDeletion: boolean): asserts name is string {
  // Other errors say the name whole.
  const isShort = typeof name === 'string' && name.length <= MAX_PAIR_BYTES
  if (isShort && (isDeletion ? isKeptCookieName(name) : isCookieName(name))) return
  const characters = isDeletion
    ? "printable ASCII without '=', ';' and spaces at its ends"
    : "a token of letters, digits and !#$%&'*+-.^_`|~"
  const expected = `${characters}, at most ${MAX_PAIR_BYTES} of them`
  throw invalidType('cookie name', expected, name, 'INVALID_COOKIE')
}

/** Refuses an unknown attribute. The error names it, and the one that was probably meant. */
export function checkAttributeNames(subject: string, attributes: CookieAttributes, code: ErrorCode): void {
  if (typeof attributes !== 'object' || attributes === null || isWithoutNames(attributes)) {
    throw invalidType(`${subject}: attributes`, 'an object', attributes, code)
  }
  for (const key in attributes) {
    if (KEYS.has(key)) continue
    const message = `${subject}: unknown attribute ${showValue(key)}${didYouMean(key, KEYS)}`
    throw Object.assign(new TypeError(message), { code })
  }
}

/** Refuses a value that is wrong whatever the other attributes say. `undefined` is the same as absent. */
export function checkAttributeValues(subject: string, attributes: CookieAttributes, code: ErrorCode): void {
  for (const key of KEYS as ReadonlySet<Key>) {
    const value = attributes[key]
    if (value !== undefined) CHECKS[key](`${subject}: ${key}`, value, code)
  }
}

function checkMaxAge(subject: string, value: unknown, code: ErrorCode): void {
  const seconds = durationMs(value as Duration, subject, code) / 1000 // durationMs refuses any other type
  if (seconds <= MAX_AGE_SECONDS) return
  throw invalidRange(subject, 'at most 400 days in seconds (are these milliseconds?)', value, code)
}

function checkExpires(subject: string, value: unknown, code: ErrorCode): void {
  if (typeof value === 'number') {
    throw invalidType(subject, 'a Date (a number may be seconds or milliseconds; maxAge takes seconds)', value, code)
  }
  const year = toDate(value).getUTCFullYear()
  // A cookie-date has a year of four digits, 1601 or later (RFC 6265bis §5.1.1).
  if (!(year >= 1601 && year <= 9999))
    throw invalidType(subject, 'a valid Date from the year 1601 to 9999', value, code)
}

function toDate(value: unknown): Date {
  return new Date(typeof value === 'string' ? value : timeOf(value))
}

function checkLength(subject: string, value: string, code: ErrorCode): void {
  if (value.length <= MAX_ATTRIBUTE_BYTES) return
  throw invalidRange(subject, `at most ${MAX_ATTRIBUTE_BYTES} bytes`, value, code)
}

function checkBoolean(subject: string, value: unknown, code: ErrorCode): void {
  if (typeof value !== 'boolean') throw invalidType(subject, 'a boolean', value, code)
}

function isOneOf(value: unknown, ...allowed: readonly string[]): boolean {
  return typeof value === 'string' && allowed.includes(value.toLowerCase())
}

/** The attributes of one Set-Cookie line, checked and with their defaults. */
export type ResolvedAttributes = Omit<SetCookie, 'name' | 'value' | 'path' | 'secure'> & {
  path: string
  secure: boolean
}

/** The given attributes with the defaults. Throws if they break a rule between them. */
export function resolveAttributes(
  name: string,
  given: CookieAttributes,
  defaults: CookieAttributes,
  isSecureRequest: boolean,
): ResolvedAttributes {
  const merged: CookieAttributes = { ...defaults, ...definedOf(given) }
  const demands = prefixDemands(name)
  const { maxAge, expires, httpOnly = false, sameSite, priority, partitioned = false } = merged
  // A prefix forbids some attributes. They are an error in the call; a default of the app is left out.
  const domain = demands?.hostOnly ? given.domain : merged.domain
  const path = (demands?.hostOnly ? given.path : merged.path) ?? '/'
  // Browsers take Secure from http://localhost as well: with 'auto' the prefix decides.
  const secure = merged.secure === 'auto' ? isSecureRequest || demands !== undefined : (merged.secure ?? false)
  const resolved: ResolvedAttributes = { path, secure, httpOnly, partitioned }
  if (maxAge !== undefined) resolved.maxAge = Math.max(0, durationSeconds(maxAge, 'maxAge'))
  if (resolved.maxAge === 0) resolved.expires = new Date(0)
  else if (expires !== undefined) resolved.expires = toDate(expires)
  if (domain !== undefined) resolved.domain = domain
  if (sameSite !== undefined) resolved.sameSite = sameSite
  if (priority !== undefined) resolved.priority = priority
  checkTogether(`cookie '${name}'`, resolved, demands)
  return resolved
}

function checkTogether(subject: string, resolved: ResolvedAttributes, demands: PrefixDemands | undefined): void {
  const { path, domain, secure, httpOnly, sameSite, partitioned } = resolved
  const refuse = (attribute: string, expected: string, value: unknown): never => {
    throw invalidType(`${subject}: ${attribute}`, expected, value, 'INVALID_COOKIE')
  }
  if (demands !== undefined) {
    const why = `, as the prefix ${demands.prefix} demands`
    if (!secure) refuse('secure', `true${why}`, secure)
    if (demands.httpOnly && !httpOnly) refuse('httpOnly', `true${why}`, httpOnly)
    if (demands.hostOnly && domain !== undefined) refuse('domain', `absent${why}`, domain)
    if (demands.hostOnly && path !== '/') refuse('path', `'/'${why}`, path)
  }
  if (!secure && typeof sameSite === 'string' && sameSite.toLowerCase() === 'none') {
    refuse('secure', "true with sameSite 'none'", secure)
  }
  if (!secure && partitioned) refuse('secure', 'true with partitioned', secure)
}

function definedOf(attributes: CookieAttributes): CookieAttributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined))
}
