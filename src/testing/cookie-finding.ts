import { isDeepStrictEqual } from 'node:util'
import { parseSetCookie, type SetCookie } from 'cookie'
import { durationSeconds } from '../shared/checks/duration.js'
import { didYouMean } from '../shared/checks/nearest.js'
import { isExpired } from '../shared/fields/set-cookie.js'
import type { Finding } from './finding.js'
import { show, type TestedResponse } from './tested-response.js'

/** Which cookie is expired: a browser keeps cookies of one name for each path and domain. Only the given members count. */
export interface ExpectedDeletion {
  /** The attribute Path. Default: any. */
  readonly path?: string
  /** The attribute Domain. Default: any. */
  readonly domain?: string
}

/** What a Set-Cookie line is compared with. Only the given members count. */
export interface ExpectedCookie {
  /** The value as it was given to `setCookie`: decoded, objects and arrays parsed from JSON. Default: any. */
  readonly value?: string | number | boolean | object
  /** The attribute Path. Default: any. */
  readonly path?: string
  /** The attribute Domain. Default: any. */
  readonly domain?: string
  /** The attribute Max-Age: seconds, or a string such as `'7d'`. Default: any. */
  readonly maxAge?: number | string
  /** The attribute Expires. Default: any. */
  readonly expires?: Date
  /** The attribute HttpOnly. Default: any. */
  readonly httpOnly?: boolean
  /** The attribute Secure. Default: any. */
  readonly secure?: boolean
  /** The attribute SameSite, in any letter case. Default: any. */
  readonly sameSite?: 'strict' | 'lax' | 'none' | 'Strict' | 'Lax' | 'None'
  /** The attribute Partitioned. Default: any. */
  readonly partitioned?: boolean
  /** The attribute Priority. Default: any. */
  readonly priority?: 'low' | 'medium' | 'high'
}

const ATTRIBUTES = 'path domain maxAge expires httpOnly secure sameSite partitioned priority'.split(' ')

/** Otherwise a misspelt attribute would not be looked at, and the assertion would hold. */
function refuseUnknown(call: string, expected: object, known: readonly string[]): void {
  const unknown = Object.keys(expected).find((key) => !known.includes(key))
  if (unknown === undefined) return
  throw new TypeError(`${call}: unknown attribute '${unknown}'${didYouMean(unknown, known)}`)
}

export function findSetCookie(response: TestedResponse, name: string, expected?: ExpectedCookie | string): Finding {
  const wanted: ExpectedCookie = typeof expected === 'string' ? { value: expected } : (expected ?? {})
  refuseUnknown('setCookie', wanted, ['value', ...ATTRIBUTES])
  const cookies = cookiesOf(response)
  const cookie = cookies.findLast((each) => each.name === name && !isExpired(each))
  const actual =
    cookie && Object.fromEntries(Object.keys(wanted).map((key) => [key, readAttribute(cookie, key, wanted)]))
  const target = Object.fromEntries(Object.entries(wanted).map(([key, each]) => [key, normalize(key, each)]))
  const sentence = `to set cookie '${name}'${Object.keys(wanted).length === 0 ? '' : ` with ${show(wanted)}`}`
  const got = cookie === undefined ? showCookies(cookies) : show(actual)
  return {
    holds: cookie !== undefined && isDeepStrictEqual(actual, target),
    message: `${sentence}, got ${got}`,
    negated: `not ${sentence}`,
    expected: target,
    actual,
  }
}

export function findDeleteCookie(response: TestedResponse, name: string, place: ExpectedDeletion = {}): Finding {
  refuseUnknown('deleteCookie', place, ['path', 'domain'])
  const cookies = cookiesOf(response)
  const isThere = (each: SetCookie): boolean =>
    each.name === name &&
    isExpired(each) &&
    (place.path === undefined || each.path === place.path) &&
    (place.domain === undefined || each.domain === place.domain)
  const sentence = `to delete cookie '${name}'${Object.keys(place).length === 0 ? '' : ` at ${show(place)}`}`
  return {
    holds: cookies.some(isThere),
    message: `${sentence}, got ${showCookies(cookies)}`,
    negated: `not ${sentence}`,
  }
}

function cookiesOf(response: TestedResponse): SetCookie[] {
  return response.cookieLines.map((line) => parseSetCookie(line))
}

function readAttribute(cookie: SetCookie, key: string, wanted: ExpectedCookie): unknown {
  if (key !== 'value') return normalize(key, cookie[key as keyof SetCookie])
  const { value } = cookie
  if (typeof wanted.value !== 'object' || value?.startsWith('j:') !== true) return value
  try {
    return JSON.parse(value.slice('j:'.length))
  } catch {
    return value
  }
}

/** One form for both sides: flags are booleans, durations are seconds, other text is in lower case. */
function normalize(key: string, each: unknown): unknown {
  if (key === 'value') return typeof each === 'object' ? each : String(each)
  if (key === 'httpOnly' || key === 'secure' || key === 'partitioned') return each === true
  if (key === 'maxAge' && typeof each === 'string') return durationSeconds(each, 'setCookie: maxAge')
  return typeof each === 'string' && key !== 'path' ? each.toLowerCase() : each
}

function showCookies(cookies: readonly SetCookie[]): string {
  if (cookies.length === 0) return 'no Set-Cookie at all'
  return cookies.map((each) => (isExpired(each) ? `'${each.name}' deleted` : `'${each.name}'`)).join(', ')
}
