const warned = new Set<string>()

/** Tells the developer once, by Node's `warning` event and on stderr. Two warnings of one code differ by their `subject`. */
export function warnOnce(code: WarningCode, message: string, subject = ''): void {
  const key = `${code} ${subject}`
  if (warned.has(key)) return
  warned.add(key)
  process.emitWarning(message, { type: 'ResponseKitWarning', code })
}

/** The `code` of each warning; `subject` is chosen by the kit, never by a client. */
export type WarningCode = 'RESPONSE_KIT_SHORT_SECRET' | 'RESPONSE_KIT_SIGNED_ONLY' | 'RESPONSE_KIT_LATE_FLASH'
