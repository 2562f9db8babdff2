import { parseSetCookie, type SetCookie } from 'cookie'
import { isToken } from './quoted-string.js'

/** Browsers ignore a cookie with more bytes of name and value together (RFC 6265bis §5.6). */
export const MAX_PAIR_BYTES = 4096
/** Browsers ignore an attribute of more bytes (RFC 6265bis §5.6). */
export const MAX_ATTRIBUTE_BYTES = 1024
/** Browsers keep no cookie longer: 400 days (RFC 6265bis §5.5). */
export const MAX_AGE_SECONDS: number = 400 * 86_400

// cookie-octet = %x21 / %x23-2B / %x2D-3A / %x3C-5B / %x5D-7E (RFC 6265bis §4.1.1)
// DQUOTE, comma and backslash are allowed too: browsers give them no meaning, and an `encode` of the app may keep them.
const VALUE = /^[\x21-\x3a\x3c-\x7e]*$/

// path-value = *av-octet; av-octet = %x20-3A / %x3C-7E (RFC 6265bis §4.1.1)
// Browsers ignore a path that does not begin with "/" (§5.6.4), and the serializer refuses "<".
const PATH = /^\/[\x20-\x3a\x3d-\x7e]*$/

// domain-value = <subdomain> (RFC 1034 §3.5, RFC 1123 §2.1): labels of letters, digits and inner hyphens.
// One leading dot is allowed too: browsers drop it (RFC 6265bis §5.6.3).
const DOMAIN = /^\.?[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i

/** cookie-name = token (RFC 6265bis §4.1.1). */
export function isCookieName(name: string): boolean {
  return isToken(name)
}

// Browsers also keep names that the grammar refuses, such as `a[b]` and `a b`: text without "=", ";" and control characters.
// They remove spaces at both ends (RFC 6265bis §5.6), and Chromium refuses a tab inside.
const KEPT_NAME = /^[\x21-\x3a\x3c\x3e-\x7e](?:[\x20-\x3a\x3c\x3e-\x7e]*[\x21-\x3a\x3c\x3e-\x7e])?$/

/** Whether browsers may hold a cookie of that name, which another program has set. */
export function isKeptCookieName(name: string): boolean {
  return KEPT_NAME.test(name)
}

/** Whether an encoded text may be the value of a cookie. */
export function isCookieValue(value: string): boolean {
  return VALUE.test(value)
}

export function isCookiePath(path: string): boolean {
  return PATH.test(path)
}

export function isCookieDomain(domain: string): boolean {
  return DOMAIN.test(domain)
}

/** What the prefix of a cookie's name demands of its attributes. Every prefix demands Secure. */
export interface PrefixDemands {
  readonly prefix: string
  readonly httpOnly: boolean
  /** Path=/ and no Domain. */
  readonly hostOnly: boolean
}

// Browsers compare prefixes in any letter case (RFC 6265bis §5.4).
const PREFIXES: readonly PrefixDemands[] = [
  { prefix: '__Host-Http-', httpOnly: true, hostOnly: true },
  { prefix: '__Host-', httpOnly: false, hostOnly: true },
  { prefix: '__Http-', httpOnly: true, hostOnly: false },
  { prefix: '__Secure-', httpOnly: false, hostOnly: false },
]

export function prefixDemands(name: string): PrefixDemands | undefined {
  if (!name.startsWith('__')) return undefined
  return PREFIXES.find(({ prefix }) => name.slice(0, prefix.length).toLowerCase() === prefix.toLowerCase())
}

/** A Set-Cookie line as a browser reads it. The value is still encoded. */
export interface SetCookieLine {
  readonly value: string
  /** In lower case, without a leading dot. Empty: the host alone. */
  readonly domain: string
  /** Empty: the default path of the request. */
  readonly path: string
  /** The line deletes the cookie. */
  readonly isExpired: boolean
}

// Browsers read 4,096 bytes of name and value and 1,024 of an attribute (RFC 6265bis §5.6). `parseSetCookie` takes more than
// linear time.
const MAX_LINE_LENGTH = 8192

export function parseSetCookieLine(line: string, now: number = Date.now()): SetCookieLine {
  const parsed = parseSetCookie(line.slice(0, MAX_LINE_LENGTH), { decode: (text) => text })
  const { value, domain, path } = parsed
  return {
    value: value ?? '',
    domain: canonicalDomain(domain),
    path: path?.startsWith('/') === true ? path : '',
    isExpired: isExpired(parsed, now),
  }
}

/** Whether a cookie deletes itself. Max-Age has precedence over Expires (RFC 6265bis §5.7). */
export function isExpired(
  { maxAge, expires }: Pick<SetCookie, 'maxAge' | 'expires'>,
  now: number = Date.now(),
): boolean {
  return maxAge === undefined ? expires !== undefined && expires.getTime() <= now : maxAge <= 0
}

/** Whether a line sets the same cookie for a browser (RFC 6265bis §5.7), if the names are equal. */
export function isSameCookie(line: string, domain: string | undefined, path: string): boolean {
  const parsed = parseSetCookieLine(line)
  return parsed.path === path && parsed.domain === canonicalDomain(domain)
}

/** Whether the line sets the cookie of that name. */
export function setsCookie(line: string, name: string): boolean {
  return line.charCodeAt(name.length) === EQUALS_SIGN && line.startsWith(name)
}

const EQUALS_SIGN = 0x3d

function canonicalDomain(domain: string | undefined): string {
  return domain === undefined ? '' : domain.toLowerCase().replace(/^\./, '')
}

/** Whether browsers send a cookie of that path with a request for that path (RFC 6265bis §5.1.4). */
export function pathMatches(requestPath: string, cookiePath: string): boolean {
  if (!requestPath.startsWith(cookiePath)) return false
  return requestPath.length === cookiePath.length || cookiePath.endsWith('/') || requestPath[cookiePath.length] === '/'
}
