/** Text as ASCII without the characters that have a meaning in an id. A lone surrogate has no UTF-8: it becomes U+FFFD. */
export function encodePercent(text: string): string {
  return encodeUri(text).replaceAll('~', '%7E')
}

function encodeUri(text: string): string {
  try {
    return encodeURIComponent(text)
  } catch {
    return encodeURIComponent(Buffer.from(text).toString())
  }
}

/** The text again, or `undefined` if this is no such ASCII. */
export function decodePercent(ascii: string): string | undefined {
  try {
    return decodeURIComponent(ascii)
  } catch {
    return undefined
  }
}
