import { createHmac, randomUUID } from 'node:crypto'
import { equalInConstantTime } from '../checks/equal-in-constant-time.js'
import type { Secrets } from '../checks/secrets.js'
import { serializeQuery } from '../fields/query-string.js'

export interface SignatureClaims {
  /** Unix time in seconds. */
  readonly expires?: number | undefined
  /** Identifies a URL that can be used once. */
  readonly once?: string | undefined
}

export type Verdict = { readonly result: 'invalid' | 'expired' } | ({ readonly result: 'valid' } & SignatureClaims)

/** The query parameters a signed URL has beside its own. */
export const SIGNATURE_PARAMETERS = { expires: 'expires', once: 'once', signature: 'signature' } as const
const { expires: EXPIRES, once: ONCE, signature: SIGNATURE } = SIGNATURE_PARAMETERS

/** Path and query with what is claimed of them and the signature that covers it all: HMAC-SHA256 (RFC 2104). */
export function signUrl(
  path: string,
  query: string,
  expires: number | undefined,
  once: boolean,
  secrets: Secrets,
): string {
  const claims = serializeQuery({ [EXPIRES]: expires, [ONCE]: once ? randomUUID() : undefined })
  const all = [query, claims].filter((part) => part !== '').join('&')
  const signature = signatureOf(path, all, secrets[0])
  return `${path}?${all}${all === '' ? '' : '&'}${SIGNATURE}=${signature}`
}

/** What a signature on this path and query is worth at a time in seconds. */
export function verifyUrl(path: string, query: string, now: number, secrets: Secrets): Verdict {
  const pairs = query.split('&')
  const signatures = pairs.filter((pair) => pair.startsWith(`${SIGNATURE}=`))
  const [first, ...others] = signatures
  if (first === undefined || others.length > 0) return { result: 'invalid' }
  const signed = pairs.filter((pair) => pair !== first).join('&')
  const given = first.slice(SIGNATURE.length + 1)
  if (!secrets.some((secret) => equalInConstantTime(given, signatureOf(path, signed, secret))))
    return { result: 'invalid' }
  const values = new URLSearchParams(signed)
  const expires = values.get(EXPIRES) ?? undefined
  if (expires !== undefined && !(Number(expires) > now)) return { result: 'expired' }
  return {
    result: 'valid',
    expires: expires === undefined ? undefined : Number(expires),
    once: values.get(ONCE) ?? undefined,
  }
}

function signatureOf(path: string, query: string, secret: string): string {
  // The first line keeps what the same secret signs elsewhere apart.
  return createHmac('sha256', secret)
    .update(`response-kit signed url v1\n${path}\n${canonicalQuery(query)}`)
    .digest('base64url')
}

/** Ordered by name, each spelt one way: clients and proxies may reorder and encode anew. */
function canonicalQuery(query: string): string {
  const values = new URLSearchParams(query)
  values.sort() // stable: a repeated name keeps its order
  return values.toString()
}
