import { checkKeys } from '../checks/check-keys.js'
import { type Duration, durationMs } from '../checks/duration.js'
import { invalidRange, invalidType } from '../checks/errors.js'
import { isCacheControl } from './cache-control-list.js'
import { isToken } from './structured-text.js'

/** Response directives of RFC 9111 §5.2.2, RFC 5861 and RFC 8246; `false` and `undefined` are left out. */
export interface CacheDirectives {
  /** Stored by every cache (RFC 9111 §5.2.2.9). */
  readonly public?: boolean | undefined
  /** `true`, or the names of the fields it is about. */
  readonly private?: boolean | readonly string[] | undefined
  /** `true`, or the names of the fields it is about. */
  readonly noCache?: boolean | readonly string[] | undefined
  /** Stored by no cache (RFC 9111 §5.2.2.5). */
  readonly noStore?: boolean | undefined
  /** Sent on as it is, not encoded or shrunk (RFC 9111 §5.2.2.6). */
  readonly noTransform?: boolean | undefined
  /** A stale response is not used without asking the server (RFC 9111 §5.2.2.2). */
  readonly mustRevalidate?: boolean | undefined
  /** `mustRevalidate` for shared caches alone (RFC 9111 §5.2.2.8). */
  readonly proxyRevalidate?: boolean | undefined
  /** Stored only by a cache that knows the status (RFC 9111 §5.2.2.3). */
  readonly mustUnderstand?: boolean | undefined
  /** Seconds, or `'1h' '7d'`. */
  readonly maxAge?: Duration | undefined
  /** Seconds, or `'1h' '7d'`: for shared caches, in place of `maxAge`. */
  readonly sMaxAge?: Duration | undefined
  /** RFC 8246: will not change while it is fresh. */
  readonly immutable?: boolean | undefined
  /** RFC 5861 §3: seconds, or `'1h' '7d'`. */
  readonly staleWhileRevalidate?: Duration | undefined
  /** RFC 5861 §4: seconds, or `'1h' '7d'`. */
  readonly staleIfError?: Duration | undefined
}

type Directive = keyof CacheDirectives
type Serialize = (name: string, value: unknown, subject: string) => string | undefined

/** In the order they are written. */
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

/** The value of a Cache-Control field; a string is checked and taken as it is. */
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
  if (value.length > 0 && value.every((each) => typeof each === 'string' && isToken(each))) {
    return `${name}="${value.join(', ')}"`
  }
  throw invalidType(subject, 'a boolean or a list of field names', value, 'INVALID_FIELD')
}

// delta-seconds (RFC 9111 §1.2.2): what is larger counts as 2^31.
const MAX_DELTA_SECONDS = 2 ** 31

function deltaSeconds(name: string, value: unknown, subject: string): string {
  const seconds = Math.floor(durationMs(value as Duration, subject, 'INVALID_FIELD') / 1000) // which checks it
  if (seconds < 0) throw invalidRange(subject, '0 or more', value, 'INVALID_FIELD')
  return `${name}=${Math.min(seconds, MAX_DELTA_SECONDS)}`
}
