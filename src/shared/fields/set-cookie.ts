/** Beyond it user agents ignore the cookie: octets of name and value together (RFC 6265bis §5.6). */
export const MAX_PAIR_OCTETS = 4096
/** Beyond it user agents ignore the attribute (RFC 6265bis §5.6). */
export const MAX_ATTRIBUTE_OCTETS = 1024
/** User agents keep no cookie longer: 400 days (RFC 6265bis §5.5). */
export const MAX_AGE_SECONDS: number = 400 * 86_400

// cookie-name = token (RFC 6265bis §4.1.1, RFC 9110 §5.6.2)
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

// cookie-octet = %x21 / %x23-2B / %x2D-3A / %x3C-5B / %x5D-7E (RFC 6265bis §4.1.1)
// Wider by DQUOTE, comma and backslash: user agents give them no meaning, and an `encode` of one's own may keep them.
const VALUE = /^[\x21-\x3a\x3c-\x7e]*$/

// path-value = *av-octet; av-octet = %x20-3A / %x3C-7E (RFC 6265bis §4.1.1)
// Narrower: one that does not begin with "/" is ignored by user agents (§5.6.4), and the serializer refuses "<".
const PATH = /^\/[\x20-\x3a\x3d-\x7e]*$/

// domain-value = <subdomain> (RFC 1034 §3.5, RFC 1123 §2.1): labels of letters, digits and inner hyphens.
// Wider by one leading dot, which user agents drop (RFC 6265bis §5.6.3).
const DOMAIN = /^\.?[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i

export function isCookieName(name: string): boolean {
  return NAME.test(name)
}

/** Whether the text, encoded as it is, may stand as a cookie's value. */
export function isCookieValue(value: string): boolean {
  return VALUE.test(value)
}

export function isCookiePath(path: string): boolean {
  return PATH.test(path)
}

export function isCookieDomain(domain: string): boolean {
  return DOMAIN.test(domain)
}

/** What the prefix of a cookie's name demands of its attributes; each demands Secure. */
export interface PrefixDemands {
  readonly prefix: string
  readonly httpOnly: boolean
  /** Path=/ and no Domain. */
  readonly hostOnly: boolean
}

// User agents compare prefixes without regard to case (RFC 6265bis §5.4).
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
