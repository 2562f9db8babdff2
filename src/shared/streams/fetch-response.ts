import { hasClassTag } from '../checks/class-tag.js'

/** A WHATWG `Response`, of any implementation and realm. */
export function isFetchResponse(value: unknown): value is Response {
  if (!hasClassTag(value, 'Response')) return false
  const { headers, status } = value as { readonly headers?: unknown; readonly status?: unknown } // anything may have the tag
  return typeof status === 'number' && typeof headers === 'object' && headers !== null && 'get' in headers
}

/** The codings that `fetch` takes off. It leaves the body as it is if one of its codings is another. */
const DECODED: ReadonlySet<string> = new Set(['gzip', 'x-gzip', 'deflate', 'br'])

/**
 * Whether `fetch` has decoded the body: then Content-Encoding, Content-Length and a strong entity-tag of the response are
 * those of other bytes. A response that the app made itself has no URL, and its body is as it says.
 */
export function isDecodedByFetch({ url, headers, body }: Response): boolean {
  const codings = headers.get('Content-Encoding')?.trim() ?? ''
  if (!url || body === null || codings === '') return false
  return codings.split(',').every((coding) => DECODED.has(coding.trim().toLowerCase()))
}
