import encodeUrl from 'encodeurl'

// Clients drop some control characters before they resolve the reference.
const CONTROL = /\p{Cc}/u

// path-absolute of what needs no encoding (RFC 3986 §3.3, §3.4), as nearly all references of an app are.
const PLAIN_PATH = /^\/(?:[\w~!$&'()*+,;=:@.?-][\w~!$&'()*+,;=:@.?/-]*)?$/

/**
 * A URL reference as Location carries it (RFC 9110 §10.2.2): percent-encoded where it must be. `undefined` where it has
 * control characters, or leads to another host by beginning with two slashes of either kind.
 */
export function serializeLocation(reference: string): string | undefined {
  if (PLAIN_PATH.test(reference)) return reference
  if (CONTROL.test(reference) || /^[/\\]{2}/.test(reference)) return undefined
  return encodeUrl(reference)
}
