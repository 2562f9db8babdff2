import type { RequestFacts } from '../exchange/request-facts.js'
import { stronglyEqual } from '../fields/entity-tag.js'
import { parseHttpDate } from '../fields/http-date.js'
import { evaluatePreconditions } from '../fields/preconditions.js'
import { type ByteRange, selectRanges } from '../fields/range.js'
import type { Content } from './content.js'
import type { FileSendOptions } from './file-options.js'
import type { FileValidators } from './validators.js'

export interface FileAnswer {
  /** `undefined`: the whole, under the staged status. */
  readonly status: undefined | 206 | 304 | 412 | 416
  /** What a 206 consists of, else none. */
  readonly ranges: readonly ByteRange[]
}

export const WHOLE: FileAnswer = { status: undefined, ranges: [] }

/** Preconditions, then ranges, in the order of RFC 9110 §13.2.2. */
export function selectFileAnswer(
  facts: RequestFacts,
  content: Content,
  options: FileSendOptions,
  validators: FileValidators,
): FileAnswer {
  const { method } = facts
  const status = facts.stagedStatus ?? 200
  // Another method has done its work by now: preconditions are asked before the action (§13.2.1), Range is for GET (§14.2).
  if ((method !== 'GET' && method !== 'HEAD') || status < 200 || status > 299) return WHOLE
  const result = evaluatePreconditions(facts, validators)
  if (result === 'failed') return { status: 412, ranges: [] }
  if (result === 'not-modified') return { status: 304, ranges: [] }
  const range = facts.field('range')
  if (range === undefined || method !== 'GET' || status !== 200) return WHOLE
  if (!options.acceptRanges || !content.isSeekable || content.size === undefined) return WHOLE
  if (!isRangeFresh(facts.field('if-range'), validators)) return WHOLE
  const ranges = selectRanges(range, content.size)
  if (ranges === 'ignored') return WHOLE
  if (ranges === 'unsatisfiable') return { status: 416, ranges: [] }
  return { status: 206, ranges }
}

/** If-Range (RFC 9110 §13.1.5): the same strong entity-tag, or exactly the date, if that is a strong validator. */
function isRangeFresh(ifRange: string | undefined, validators: FileValidators): boolean {
  if (ifRange === undefined) return true
  const { entityTag, lastModified, isDateWeak = false } = validators
  if (ifRange.endsWith('"')) return entityTag !== undefined && stronglyEqual(ifRange, entityTag)
  if (isDateWeak) return false
  return lastModified !== undefined && parseHttpDate(ifRange) === lastModified && lastModified + 1000 <= Date.now()
}
