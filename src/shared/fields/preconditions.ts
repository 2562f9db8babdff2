import type { IncomingHttpHeaders } from 'node:http'
import { parseEntityTagList, stronglyEqual, weaklyEqual } from './entity-tag.js'
import { parseHttpDate } from './http-date.js'

export interface Validators {
  readonly entityTag: string | undefined
  /** Milliseconds since 1970, whole seconds. */
  readonly lastModified: number | undefined
}

export interface ConditionalRequest {
  readonly method: string
  field(name: string): string | undefined
}

export type PreconditionResult = 'proceed' | 'not-modified' | 'failed'

/** Whether the request has a precondition at all: most have none. */
export function isConditional(headers: IncomingHttpHeaders): boolean {
  return (
    headers['if-none-match'] !== undefined ||
    headers['if-modified-since'] !== undefined ||
    headers['if-match'] !== undefined ||
    headers['if-unmodified-since'] !== undefined
  )
}

/** Evaluates the preconditions of a request in the order of RFC 9110 §13.2.2, without If-Range. */
export function evaluatePreconditions(request: ConditionalRequest, validators: Validators): PreconditionResult {
  const ifMatch = request.field('if-match')
  if (ifMatch !== undefined) {
    if (!matchesStrongly(ifMatch, validators.entityTag)) return 'failed' // step 1
  } else {
    const limit = parsedDate(request.field('if-unmodified-since'))
    if (limit !== undefined && validators.lastModified !== undefined && validators.lastModified > limit) return 'failed' // step 2
  }
  const ifNoneMatch = request.field('if-none-match')
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (ifNoneMatch !== undefined) {
    if (!matchesWeakly(ifNoneMatch, validators.entityTag)) return 'proceed' // step 3
    return isRead ? 'not-modified' : 'failed'
  }
  const since = isRead ? parsedDate(request.field('if-modified-since')) : undefined
  const unmodified = since !== undefined && validators.lastModified !== undefined && validators.lastModified <= since
  return unmodified ? 'not-modified' : 'proceed' // step 4
}

function parsedDate(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseHttpDate(text)
}

/** If-Match (RFC 9110 §13.1.1): `*` holds for any representation. */
function matchesStrongly(value: string, tag: string | undefined): boolean {
  if (value.trim() === '*') return true
  return tag !== undefined && parseEntityTagList(value).some((each) => stronglyEqual(each, tag))
}

/** If-None-Match (RFC 9110 §13.1.2). */
function matchesWeakly(value: string, tag: string | undefined): boolean {
  if (value.trim() === '*') return true
  return tag !== undefined && parseEntityTagList(value).some((each) => weaklyEqual(each, tag))
}
