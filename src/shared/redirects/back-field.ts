import type { Exchange } from '../exchange/exchange.js'
import { escapeHtml } from '../fields/html-text.js'
import { parseCandidate } from './return-target.js'

/** A hidden form field that tells `back` where the form stood: the current URL. */
export function backField(exchange: Exchange): string {
  const { url, origin, settings } = exchange
  // A form shown again by the answer to a POST still stands where it stood before.
  const carried = exchange.method === 'GET' || exchange.method === 'HEAD' ? undefined : formValue(exchange)
  const value = carried ?? (parseCandidate(url, origin || 'http://localhost') ? url : settings.back.fallback)
  return `<input type="hidden" name="${escapeHtml(settings.back.field)}" value="${escapeHtml(value)}">`
}

function formValue({ form, origin, settings }: Exchange): string | undefined {
  if (typeof form !== 'object' || form === null || !Object.hasOwn(form, settings.back.field)) return undefined
  const value: unknown = Reflect.get(form, settings.back.field)
  const url = parseCandidate(value, origin)
  return typeof value === 'string' && url?.origin === origin ? value : undefined
}
