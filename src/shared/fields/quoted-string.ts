// tchar (RFC 9110 §5.6.2)
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

// qdtext, and what a quoted-pair may hold (RFC 9110 §5.6.4), without obs-text: clients decode it in different ways.
const QUOTABLE = /^[\t\x20-\x7e]*$/

export function isToken(text: string): boolean {
  return TOKEN.test(text)
}

export function isQuotable(text: string): boolean {
  return QUOTABLE.test(text)
}

/** The quoted-string (RFC 9110 §5.6.4) of a text for which `isQuotable` holds. */
export function quoteString(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
