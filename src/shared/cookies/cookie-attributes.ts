import type { SetCookie } from 'cookie'
import { type Duration, durationSeconds } from '../checks/duration.js'
import { invalidType } from '../checks/errors.js'
import { type PrefixDemands, prefixDemands } from '../fields/set-cookie.js'

/** Attributes of a cookie (RFC 6265bis §4.1.2). */
export interface CookieAttributes {
  /** Seconds, or `'30m' '12h' '7d'`; at most 400 days. `0` or less expires the cookie at once. */
  readonly maxAge?: Duration | undefined
  /** When the cookie ends. `maxAge` wins in browsers. */
  readonly expires?: Date | undefined
  /** Default `/`. */
  readonly path?: string | undefined
  /** Absent: the host that answers, without its subdomains. */
  readonly domain?: string | undefined
  /** `'auto'`: where the request came by https, under the framework's proxy trust. */
  readonly secure?: boolean | 'auto' | undefined
  /** Out of reach of scripts. */
  readonly httpOnly?: boolean | undefined
  /** `true` is `'strict'`. */
  readonly sameSite?: boolean | 'strict' | 'lax' | 'none' | undefined
  /** Which cookies Chromium removes first if a site has too many. */
  readonly priority?: 'low' | 'medium' | 'high' | undefined
  /** Kept apart for each top-level site (CHIPS). */
  readonly partitioned?: boolean | undefined
  /** Signed in the framework's own format: cookie-parser's `s:` in Express, the `.sig` companion in Koa. */
  readonly signed?: boolean | undefined
  /** AES-256-GCM, bound to the cookie's name. It is authenticated by that: `signed` adds nothing. */
  readonly encrypted?: boolean | undefined
  /** Instead of `encodeURIComponent`. */
  readonly encode?: ((text: string) => string) | undefined
}

/** The attributes of one Set-Cookie line, checked and complete. */
export type ResolvedAttributes = Omit<SetCookie, 'name' | 'value' | 'path' | 'secure'> & {
  path: string
  secure: boolean
}

/** What a line of these attributes says, the defaults filled in, once all the rules between them hold. */
export function resolveAttributes(
  name: string,
  given: CookieAttributes,
  defaults: CookieAttributes,
  isSecureRequest: boolean,
): ResolvedAttributes {
  const merged: CookieAttributes = { ...defaults, ...definedOf(given) }
  const demands = prefixDemands(name)
  const { maxAge, expires, httpOnly = false, sameSite, priority, partitioned = false } = merged
  // What a prefix forbids is an error where the call says so; a default gives way to it.
  const domain = demands?.hostOnly ? given.domain : merged.domain
  const path = (demands?.hostOnly ? given.path : merged.path) ?? '/'
  const secure = merged.secure === 'auto' ? isSecureRequest : (merged.secure ?? false)
  const resolved: ResolvedAttributes = { path, secure, httpOnly, partitioned }
  if (maxAge !== undefined) resolved.maxAge = Math.max(0, durationSeconds(maxAge, 'maxAge'))
  if (resolved.maxAge === 0) resolved.expires = new Date(0)
  else if (expires !== undefined) resolved.expires = expires
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
