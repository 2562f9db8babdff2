import { checkKeys } from '../checks/check-keys.js'
import { type Duration, durationMs } from '../checks/duration.js'
import { invalidRange, invalidType } from '../checks/errors.js'
import { textsIn } from '../checks/iterator.js'
import { isToken } from './quoted-string.js'

/** Response directives of RFC 9111 §5.2.2, RFC 5861 and RFC 8246; `false` and `undefined` are left out. */
export interface CacheDirectives {
  /** Stored by every cache (RFC 9111 §5.2.2.9). Default `false`. */
  readonly public?: boolean | undefined
  /** `true`, or the names of the fields that it concerns. Default `false`. */
  readonly private?: boolean | readonly string[] | undefined
  /** `true`, or the names of the fields that it concerns. Default `false`. */
  readonly noCache?: boolean | readonly string[] | undefined
  /** Stored by no cache (RFC 9111 §5.2.2.5). Default `false`. */
  readonly noStore?: boolean | undefined
  /** A proxy does not change it, for example by compression (RFC 9111 §5.2.2.6). Default `false`. */
  readonly noTransform?: boolean | undefined
  /** A cache asks the server before it uses a stale response (RFC 9111 §5.2.2.2). Default `false`. */
  readonly mustRevalidate?: boolean | undefined
  /** `mustRevalidate` for shared caches alone (RFC 9111 §5.2.2.8). Default `false`. */
  readonly proxyRevalidate?: boolean | undefined
  /** Stored only by a cache that knows the status (RFC 9111 §5.2.2.3). Default `false`. */
  readonly mustUnderstand?: boolean | undefined
  /** Seconds, or `'1h' '7d'`. Default: none. */
  readonly maxAge?: Duration | undefined
  /** Seconds, or `'1h' '7d'`. Shared caches use it instead of `maxAge`. Default: none. */
  readonly sMaxAge?: Duration | undefined
  /** The content does not change while it is fresh (RFC 8246). Default `false`. */
  readonly immutable?: boolean | undefined
  /** Seconds, or `'1h' '7d'` (RFC 5861 §3). Default: none. */
  readonly staleWhileRevalidate?: Duration | undefined
  /** Seconds, or `'1h' '7d'` (RFC 5861 §4). Default: none. */
  readonly staleIfError?: Duration | undefined
}

/** Options of `cacheControl()`. */
export interface CacheControlOptions {
  /** A field for one kind of cache, such as `CDN-Cache-Control` (RFC 9213 §2). Default `Cache-Control`. */
  readonly target?: string | undefined
}

/** The field that `cacheControl()` sets. */
export function cacheControlField(options: CacheControlOptions = {}): string {
  checkKeys('cacheControl()', options, ['target'])
  const { target = 'Cache-Control' } = options
  if (typeof target === 'string' && isToken(target) && /^(?:[^-].*-)?cache-control$/i.test(target)) return target
  throw invalidType("cacheControl: option 'target'", "a field such as 'CDN-Cache-Control'", target)
}

type Directive = keyof CacheDirectives
type Serialize = (name: string, value: unknown, subject: string) => string | undefined

/** In the order in which they are written. */
const DIRECTIVES: { readonly [Name in Directive]-?: readonly [name: string, serialize: Serialize] } = {
  public: ['public', flag],
  private: ['private', flagOrFields],
  noCache: ['no-cache', flagOrFields],
  noStore: ['no-store', flag],
  noTransform: ['no-transform', flag],
  mustRevalidate: ['must-revalidate', flag],
  proxyRevalidate: ['proxy-revalidate', flag],
  mustUnderstand: ['must-understand', flag],
  maxAge: ['max-age', deltaSeconds],
  sMaxAge: ['s-maxage', deltaSeconds],
  immutable: ['immutable', flag],
  staleWhileRevalidate: ['stale-while-revalidate', deltaSeconds],
  staleIfError: ['stale-if-error', deltaSeconds],
}

const NAMES = Object.keys(DIRECTIVES) as readonly Directive[] // the table has these keys and no others

/** The value of a Cache-Control field. A string is checked and sent as it is. */
export function serializeCacheControl(directives: CacheDirectives | string): string {
  if (typeof directives === 'string') {
    if (isCacheControl(directives)) return directives
    throw invalidType('cacheControl: directives', "a list such as 'public, max-age=60'", directives, 'INVALID_FIELD')
  }
  checkKeys('cacheControl()', directives, NAMES)
  const list = NAMES.flatMap((key) => {
    const [name, serialize] = DIRECTIVES[key]
    const value = directives[key]
    return value === undefined ? [] : (serialize(name, value, `cacheControl: ${key}`) ?? [])
  })
  if (list.length === 0) throw invalidType('cacheControl: directives', 'one directive or more', directives)
  if (directives.public === true && directives.private !== undefined && directives.private !== false) {
    throw invalidType('cacheControl: public', 'absent beside private', directives.public, 'INVALID_FIELD')
  }
  return list.join(', ')
}

function flag(name: string, value: unknown, subject: string): string | undefined {
  if (typeof value !== 'boolean') throw invalidType(subject, 'a boolean', value, 'INVALID_FIELD')
  return value ? name : undefined
}

function flagOrFields(name: string, value: unknown, subject: string): string | undefined {
  if (!Array.isArray(value)) return flag(name, value, subject)
  const names = textsIn(value)
  if (names !== undefined && names.length > 0 && names.every(isToken)) return `${name}="${names.join(', ')}"`
  throw invalidType(subject, 'a boolean or a list of field names', value, 'INVALID_FIELD')
}

// A larger number of seconds counts as 2^31 (RFC 9111 §1.2.2).
const MAX_DELTA_SECONDS = 2 ** 31

function deltaSeconds(name: string, value: unknown, subject: string): string {
  const seconds = Math.floor(durationMs(value as Duration, subject, 'INVALID_FIELD') / 1000) // which checks it
  if (seconds < 0) throw invalidRange(subject, '0 or more', value, 'INVALID_FIELD')
  return `${name}=${Math.min(seconds, MAX_DELTA_SECONDS)}`
}

// Cache-Control = #( token [ "=" ( token / quoted-string ) ] ) (RFC 9111 §5.2)
const MEMBER =
  /[ \t]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:=(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+|"[\t !\x23-\x5b\x5d-\x7e]*"))?[ \t]*(?:,|$)/y

/** Whether a text is a list of cache directives. */
export function isCacheControl(value: string): boolean {
  return parseMembers(value) !== undefined && !value.trimEnd().endsWith(',')
}

/** Directives that forbid or limit storing. */
const RESTRICTION = /^(?:no-store|no-cache|private)(?:=|$)/i

/** The directives of a value that forbid or limit storing, as a list. All others let a cache keep the response. */
export function restrictionsOf(value: string): string {
  return (parseMembers(value) ?? []).filter((directive) => RESTRICTION.test(directive)).join(', ')
}

/** The directives of a list; `undefined` if the text is no such list. */
function parseMembers(value: string): string[] | undefined {
  const members: string[] = []
  let start = 0
  do {
    MEMBER.lastIndex = start
    if (!MEMBER.test(value)) return undefined
    const member = value.slice(start, MEMBER.lastIndex).trim()
    members.push(member.endsWith(',') ? member.slice(0, -1).trimEnd() : member)
    start = MEMBER.lastIndex
  } while (start < value.length)
  return members
}
