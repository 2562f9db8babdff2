// tchar (RFC 9110 §5.6.2)
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

// qdtext and what a quoted-pair may hold (RFC 9110 §5.6.4), without obs-text: its decoding is anyone's guess.
const QUOTABLE = /^[\t\x20-\x7e]*$/

export function isToken(text: string): boolean {
  return TOKEN.test(text)
}

export function isQuotable(text: string): boolean {
  return QUOTABLE.test(text)
}

/** quoted-string (RFC 9110 §5.6.4) of a text that `isQuotable`. */
export function quoteString(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** Adds a member to a list-based field (RFC 9110 §5.6.1), unless it is among what is staged already. */
export function addMember(staged: string | number | readonly string[] | undefined, member: string): string {
  const before = typeof staged === 'object' ? staged.join(', ') : `${staged ?? ''}`
  if (before === '') return member
  return `, ${before}, `.includes(`, ${member}, `) ? before : `${before}, ${member}`
}
