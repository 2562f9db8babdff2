import { parseHttpDate } from '../fields/http-date.js'
import { evaluatePreconditions, isConditional } from '../fields/preconditions.js'
import type { RequestFacts } from './request-facts.js'
import { isBodySource, type ResponseDescription } from './response-description.js'
import { withoutWithdrawnFields } from './withdrawn-fields.js'

/** 304: the fields that are staged, and no content (RFC 9110 §15.4.5). */
export const NOT_MODIFIED: ResponseDescription = { status: 304, fields: [], defaults: [], body: undefined }

/** 412 (RFC 9110 §15.5.13), without the fields that were staged for the answer that it replaces. */
export function describePreconditionFailed({ res }: RequestFacts): ResponseDescription {
  return withoutWithdrawnFields(res, { status: 412, fields: [], defaults: [], body: undefined })
}

/**
 * What the preconditions of the request make of the validators that the handler has staged: a 304, a 412, or nothing.
 * Without a staged validator nothing can be compared. Only a 2xx answer has preconditions (RFC 9110 §13.2.1).
 */
export function evaluateStaged(facts: RequestFacts, status?: number): ResponseDescription | undefined {
  if (!isConditional(facts.req.headers)) return undefined
  const entityTag = facts.stagedField('etag')
  const date = facts.stagedField('last-modified')
  if (entityTag === undefined && date === undefined) return undefined
  const decided = status ?? facts.stagedStatus ?? 200
  if (decided < 200 || decided > 299) return undefined
  const lastModified = date === undefined ? undefined : parseHttpDate(date)
  const result = evaluatePreconditions(facts, { entityTag, lastModified })
  if (result === 'not-modified') return NOT_MODIFIED
  return result === 'failed' ? describePreconditionFailed(facts) : undefined
}

/**
 * The same when the handler has done its work. RFC 9110 §13.2.1 evaluates before the action, so an unsafe method has acted
 * already: a 412 would say that it has not.
 */
export function evaluateStagedAfterHandler(facts: RequestFacts, status?: number): ResponseDescription | undefined {
  return facts.method === 'GET' || facts.method === 'HEAD' ? evaluateStaged(facts, status) : undefined
}

/** The description, or the 304 or 412 that the staged validators decide. In that case the source is closed. */
export function withStagedPreconditions(facts: RequestFacts, description: ResponseDescription): ResponseDescription {
  const decided = evaluateStagedAfterHandler(facts, description.status)
  if (decided === undefined) return description
  if (isBodySource(description.body)) description.body.cancel()
  return decided
}
