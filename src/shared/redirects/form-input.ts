import type { Exchange } from '../exchange/exchange.js'

/** Fields that must not come back in a page, nor lie in a session or cookie. */
const SECRET = /pass(?:word|wd|phrase|code)|pwd|secret|token|csrf|cvc|cvv|card-?_?number/i

/** The form fields of this request that may be shown again. */
export function formInput({ form, settings }: Exchange): Record<string, unknown> {
  if (typeof form !== 'object' || form === null) return {}
  const fields = Object.entries(form).filter(([name]) => name !== settings.back.field && !SECRET.test(name))
  return Object.fromEntries(fields)
}
