import { isBytes, viewBytes } from '../checks/bytes.js'
import { checkKeys } from '../checks/check-keys.js'
import { invalidType } from '../checks/errors.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import type { FieldLine, ResponseDescription } from '../exchange/response-description.js'
import { describePreconditionFailed } from '../exchange/staged-preconditions.js'
import { MOST_HASHED_AT_ONCE } from '../fields/entity-tag.js'
import { parseHttpDate } from '../fields/http-date.js'
import { checkMediaType } from '../fields/media-type.js'
import { evaluatePreconditions, isConditional } from '../fields/preconditions.js'

/** Text as a string, or as bytes in UTF-8. */
export type TextBody = string | ArrayBufferView | ArrayBufferLike

const TEXT: MemoryBodyOptions = { inferredType: 'text/plain; charset=utf-8' }

export function describeText(facts: RequestFacts, body: TextBody): ResponseDescription {
  return describeMemoryBody(facts, readTextBody('text', body), TEXT)
}

/** Refuses a value that is neither a string nor bytes. */
export function readTextBody(call: string, body: TextBody, expected = 'a string or bytes'): string | Uint8Array {
  if (typeof body === 'string') return body
  if (!isBytes(body)) throw invalidType(`${call}: body`, expected, body)
  return viewBytes(`${call}: body`, body)
}

/** Bytes as they are, with a Content-Type that the caller may choose. */
export function describeBytes(
  facts: RequestFacts,
  data: ArrayBufferView | ArrayBufferLike,
  options: { readonly type?: string } = {},
): ResponseDescription {
  checkKeys('bytes()', options, ['type'])
  const { type } = options
  if (type !== undefined) checkMediaType("bytes: option 'type'", type)
  return describeMemoryBody(facts, readBytes(data), { type, inferredType: 'application/octet-stream' })
}

/** Refuses a value that is not bytes in memory. */
export function readBytes(data: ArrayBufferView | ArrayBufferLike): Uint8Array {
  if (!isBytes(data)) throw invalidType('bytes: data', 'a Buffer, typed array or ArrayBuffer', data)
  return viewBytes('bytes: data', data)
}

/** What a call decides about a body in memory. */
export interface MemoryBodyOptions {
  readonly status?: number | undefined
  /** What the caller decided. Absent: the type that the handler staged, else `inferredType`. */
  readonly type?: string | undefined
  readonly inferredType: string
}

/**
 * A body in memory, or 304 or 412 if the preconditions of the request say so. It has a weak entity-tag if it is short enough
 * to be hashed at once.
 */
export function describeMemoryBody(
  facts: RequestFacts,
  body: string | Uint8Array,
  { status, type, inferredType }: MemoryBodyOptions,
): ResponseDescription {
  const stagedTag = facts.stagedField('etag')
  const entityTag = stagedTag ?? (isLong(body) ? undefined : facts.entityTag(body))
  const fields: readonly FieldLine[] = type === undefined ? NONE : [['Content-Type', type]]
  const defaults: FieldLine[] = type === undefined ? [['Content-Type', inferredType]] : []
  if (stagedTag === undefined && entityTag !== undefined) defaults.push(['ETag', entityTag])
  if (isConditional(facts.req.headers)) {
    const result = evaluateBody(facts, status ?? facts.stagedStatus ?? 200, entityTag)
    if (result === 'not-modified') return { status: 304, fields: NONE, defaults, body: undefined }
    if (result === 'failed') return describePreconditionFailed(facts)
  }
  return { status, fields, defaults, body }
}

const NONE: readonly FieldLine[] = []

/** Whether a hash of the body would hold the event loop. Most bodies are too short for their bytes to be counted. */
function isLong(body: string | Uint8Array): boolean {
  return body.length > MOST_HASHED_AT_ONCE / 3 && Buffer.byteLength(body) > MOST_HASHED_AT_ONCE // UTF-8: at most 3 for each
}

function evaluateBody(facts: RequestFacts, status: number, entityTag: string | undefined) {
  const { method } = facts
  // RFC 9110 §13.2.1 evaluates before the action. The handler of an unsafe method has acted already: a 412 would say that it has not.
  if ((method !== 'GET' && method !== 'HEAD') || status < 200 || status > 299) return 'proceed'
  const staged = facts.stagedField('last-modified')
  const lastModified = staged === undefined ? undefined : parseHttpDate(staged)
  return evaluatePreconditions(facts, { entityTag, lastModified })
}
