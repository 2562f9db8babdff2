import type { RequestFacts } from '../exchange/request-facts.js'
import type { FieldLine, ResponseDescription } from '../exchange/response-description.js'
import { describePreconditionFailed } from '../exchange/staged-preconditions.js'
import { parseHttpDate } from '../fields/http-date.js'
import { evaluatePreconditions, isConditional } from '../fields/preconditions.js'

export interface DynamicBodyOptions {
  readonly status?: number | undefined
  /** What the caller decided. Absent: the type that the handler staged, else `inferredType`. */
  readonly type?: string | undefined
  readonly inferredType: string
}

/** A body in memory with its weak entity-tag, or 304 or 412 if the preconditions of the request say so. */
export function describeDynamicBody(
  facts: RequestFacts,
  body: string | Uint8Array,
  { status, type, inferredType }: DynamicBodyOptions,
): ResponseDescription {
  const stagedTag = facts.stagedField('etag')
  const entityTag = stagedTag ?? facts.entityTag(body)
  const fields: readonly FieldLine[] = type === undefined ? NONE : [['Content-Type', type]]
  const defaults: FieldLine[] = type === undefined ? [['Content-Type', inferredType]] : []
  if (stagedTag === undefined && entityTag !== undefined) defaults.push(['ETag', entityTag])
  if (isConditional(facts.req.headers)) {
    const result = evaluateDynamic(facts, status ?? facts.stagedStatus ?? 200, entityTag)
    if (result === 'not-modified') return { status: 304, fields: NONE, defaults, body: undefined }
    if (result === 'failed') return describePreconditionFailed(facts)
  }
  return { status, fields, defaults, body }
}

const NONE: readonly FieldLine[] = []

function evaluateDynamic(facts: RequestFacts, status: number, entityTag: string | undefined) {
  const { method } = facts
  // RFC 9110 §13.2.1 evaluates before the action. The handler of an unsafe method has acted already: a 412 would say that it has not.
  if ((method !== 'GET' && method !== 'HEAD') || status < 200 || status > 299) return 'proceed'
  const staged = facts.stagedField('last-modified')
  const lastModified = staged === undefined ? undefined : parseHttpDate(staged)
  return evaluatePreconditions(facts, { entityTag, lastModified })
}
