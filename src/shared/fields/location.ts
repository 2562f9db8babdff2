import encodeUrl from 'encodeurl'

// Browsers drop some control characters before they resolve a reference.
const CONTROL = /\p{Cc}/u

// A path and query that need no encoding (RFC 3986 §3.3, §3.4). Most references of an app are of this kind.
const PLAIN_PATH = /^\/(?:[\w~!$&'()*+,;=:@.?-][\w~!$&'()*+,;=:@.?/-]*)?$/

/**
 * A URL reference for a Location field (RFC 9110 §10.2.2), percent-encoded as needed. `undefined` if it has control
 * characters, or if it leads to another host because it begins with two slashes or backslashes.
 */
export function serializeLocation(reference: string): string | undefined {
  if (PLAIN_PATH.test(reference)) return reference
  if (CONTROL.test(reference) || /^[/\\]{2}/.test(reference)) return undefined
  // A lone surrogate becomes U+FFFD here, as encodeUrl would do it, but in linear time.
  return encodeUrl(Buffer.from(reference).toString())
}
