/** By character code: what encodeURIComponent leaves as it is. */
const PLAIN = Uint8Array.from({ length: 128 }, (_, code) => (/[\w\-.!~*'()]/.test(String.fromCharCode(code)) ? 1 : 0))

/** A short text that needs no encoding: told faster by looking than by encoding it. */
export function isPlainSegment(text: string): boolean {
  if (text.length > 40) return false
  for (let index = 0; index < text.length; index++) if (PLAIN[text.charCodeAt(index)] !== 1) return false
  return true
}

/** A value as the text of one segment, not yet encoded; `undefined` where it is none. */
export function segmentText(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined
  return typeof value === 'bigint' || typeof value === 'boolean' ? String(value) : undefined
}

/** Percent-encoded so that it stays one segment. Throws `URIError` on a lone surrogate. */
export function encodeSegment(text: string): string {
  return isPlainSegment(text) ? text : encodeURIComponent(text)
}

/** Half of a character: has no UTF-8 form. */
export const LONE_SURROGATE: RegExp = /\p{Surrogate}/u
