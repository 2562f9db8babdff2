import type { ServerResponse } from 'node:http'
import { restrictionsOf } from '../fields/cache-control.js'
import type { FieldLine, ResponseDescription } from './response-description.js'

/** Fields that describe the content of the withdrawn answer, its Location, and how long caches keep it. */
const WITHDRAWN =
  /^(?:content-(?!security-policy)|repr-digest$|digest$|etag$|last-modified$|accept-ranges$|transfer-encoding$|trailer$|location$|expires$|age$|surrogate-control$|edge-control$|x-accel-expires$)/
/** Cache-Control, and the same for one kind of cache, such as CDN-Cache-Control (RFC 9213 §2). */
const CACHE_CONTROL = /(?:^|-)cache-control$/

/**
 * The description of an error that replaces an answer: the fields that were staged for that answer leave with it. A cache
 * that got them would keep the error as long as the answer (RFC 9111 §3).
 */
export function withoutWithdrawnFields(res: ServerResponse, error: ResponseDescription): ResponseDescription {
  const { removed, kept } = readWithdrawnFields(res)
  return { ...error, removed: [...(error.removed ?? []), ...removed], fields: [...kept, ...error.fields] }
}

/** Removes the same fields from a response that the error handling of the app or of the framework will answer. */
export function removeWithdrawnFields(res: ServerResponse): void {
  const { removed, kept } = readWithdrawnFields(res)
  for (const name of removed) res.removeHeader(name)
  for (const [name, value] of kept) res.setHeader(name, value)
}

/** `kept`: what is left of fields that do not leave as a whole. */
function readWithdrawnFields(res: ServerResponse): { readonly removed: string[]; readonly kept: FieldLine[] } {
  const removed: string[] = []
  const kept: FieldLine[] = []
  for (const name of res.getHeaderNames()) {
    if (WITHDRAWN.test(name)) removed.push(name)
    else if (CACHE_CONTROL.test(name)) {
      const restrictions = restrictionsOf(String(res.getHeader(name)))
      if (restrictions === '') removed.push(name)
      else kept.push([name === 'cache-control' ? 'Cache-Control' : name, restrictions])
    }
  }
  return { removed, kept }
}
