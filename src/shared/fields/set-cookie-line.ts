import { parseSetCookie } from 'cookie'

/** A Set-Cookie line as a user agent takes it; the value is still encoded. */
export interface SetCookieLine {
  readonly value: string
  /** Lower case, without a leading dot; empty: the host alone. */
  readonly domain: string
  /** Empty: the default path of the request. */
  readonly path: string
  /** The line deletes the cookie. */
  readonly isExpired: boolean
}

// User agents take 4,096 bytes of name and value and 1,024 of an attribute (RFC 6265bis §5.6). `parseSetCookie` takes more
// than linear time.
const MAX_LINE_LENGTH = 8192

export function parseSetCookieLine(line: string, now: number = Date.now()): SetCookieLine {
  const { value, domain, path, maxAge, expires } = parseSetCookie(line.slice(0, MAX_LINE_LENGTH), {
    decode: (text) => text,
  })
  return {
    value: value ?? '',
    domain: canonicalDomain(domain),
    path: path?.startsWith('/') === true ? path : '',
    // Max-Age has precedence over Expires (RFC 6265bis §5.7)
    isExpired: maxAge === undefined ? expires !== undefined && expires.getTime() <= now : maxAge <= 0,
  }
}

/** The same cookie to a user agent (RFC 6265bis §5.7): the names are equal already. */
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
