// unreserved and sub-delims that encodeURIComponent leaves as they are.
const PLAIN = /^[\w\-.!~*'()]+$/

/** A value as the text of one segment, not yet encoded; `undefined` where it is none. */
export function segmentText(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined
  return typeof value === 'bigint' || typeof value === 'boolean' ? String(value) : undefined
}

/** Percent-encoded so that it stays one segment. Throws `URIError` on a lone surrogate. */
export function encodeSegment(text: string): string {
  return PLAIN.test(text) ? text : encodeURIComponent(text)
}

/** Half of a character: has no UTF-8 form. */
export const LONE_SURROGATE: RegExp = /\p{Surrogate}/u
