import { checkKeys } from '../checks/check-keys.js'
import { invalidType } from '../checks/errors.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { evaluateStaged } from '../exchange/staged-preconditions.js'
import { quoteEntityTag } from '../fields/entity-tag.js'
import { checkHttpDate, formatHttpDate } from '../fields/http-date.js'

/** Validators of what a handler is about to send (RFC 9110 §8.8). */
export interface ValidatorOptions {
  /** An entity-tag, quoted or to be quoted; `W/"…"` is a weak one. Default: none. */
  readonly etag?: string | undefined
  /** The time of the last change. A time in the future counts as now. Default: none. */
  readonly lastModified?: Date | undefined
}

/** Stages the validators, and returns the 304 or 412 that they decide. `undefined`: the handler goes on. */
export function stageValidators(facts: RequestFacts, validators: ValidatorOptions): ResponseDescription | undefined {
  const { tag, date } = checkValidators(validators)
  if (tag !== undefined) facts.res.setHeader('ETag', tag)
  if (date !== undefined) facts.res.setHeader('Last-Modified', date)
  return evaluateStaged(facts)
}

/** The text of both fields. Refuses what is no validator. */
export function checkValidators(validators: ValidatorOptions): { readonly tag?: string; readonly date?: string } {
  checkKeys('notModified()', validators, ['etag', 'lastModified'])
  const { etag, lastModified } = validators
  return {
    ...(etag !== undefined && { tag: readTag(etag) }),
    ...(lastModified !== undefined && { date: readDate(lastModified) }),
  }
}

function readTag(etag: unknown): string {
  const quoted = typeof etag === 'string' ? quoteEntityTag(etag) : undefined
  if (quoted !== undefined) return quoted
  throw invalidType("notModified: option 'etag'", 'an entity-tag, quoted or to be quoted', etag)
}

function readDate(date: unknown): string {
  const time = checkHttpDate("notModified: option 'lastModified'", date)
  return formatHttpDate(Math.min(time, Date.now())) // never later than the response (RFC 9110 §8.8.2.1)
}
