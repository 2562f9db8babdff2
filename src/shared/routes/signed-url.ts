import { type Duration, durationMs } from '../checks/duration.js'
import { invalidRange, invalidType } from '../checks/errors.js'
import type { Secrets } from '../checks/secrets.js'
import { serializeQuery } from '../fields/query-string.js'
import { appendUrlParts } from './append-url-parts.js'
import type { UrlOptions } from './route-source.js'
import { SIGNATURE_PARAMETERS, signUrl } from './url-signer.js'

export interface SignedUrlOptions extends UrlOptions {
  /** How long the URL is good: seconds, or `'15m' '7d'`. Absent: for ever. */
  readonly expiresIn?: Duration | undefined
  /** Good for one request alone; `verifySignedUrl` then needs its option `claim`. */
  readonly once?: boolean | undefined
}

/** A path with its query, signed. */
export function createSignedUrl(path: string, options: SignedUrlOptions, secrets: Secrets): string {
  const { expiresIn, once = false, query, ...rest } = options
  if (typeof once !== 'boolean') throw invalidType("signedUrl: option 'once'", 'a boolean', once)
  for (const name of Object.values(SIGNATURE_PARAMETERS)) {
    if (query !== undefined && Object.hasOwn(query, name)) {
      throw invalidRange(`signedUrl: query parameter '${name}'`, 'left to the signature', name)
    }
  }
  const signed = signUrl(path, query === undefined ? '' : serializeQuery(query), expiryOf(expiresIn), once, secrets)
  return appendUrlParts(signed, rest)
}

function expiryOf(expiresIn: Duration | undefined): number | undefined {
  if (expiresIn === undefined) return undefined
  const lifetimeMs = durationMs(expiresIn, "signedUrl: option 'expiresIn'")
  if (!(lifetimeMs > 0)) throw invalidRange("signedUrl: option 'expiresIn'", 'more than 0 seconds', expiresIn)
  return Math.ceil((Date.now() + lifetimeMs) / 1000)
}
