import { type ErrorCode, invalidRange } from './errors.js'

/** Refuses what is no status of a final answer: three digits (RFC 9110 §15), and not 1xx. */
export function checkStatus(subject: string, status: unknown, code?: ErrorCode): asserts status is number {
  if (typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 999) return
  const isInterim = typeof status === 'number' && status >= 100 && status < 200
  const hint = isInterim ? ' (a 1xx is no final answer: earlyHints() sends a 103)' : ''
  throw invalidRange(subject, `an integer from 200 to 999${hint}`, status, code)
}

/** The status that an error names, if it is from 400 to 599; else 500. */
export function statusOfError(error: Error & { readonly status?: unknown; readonly statusCode?: unknown }): number {
  for (const status of [error.status, error.statusCode]) {
    if (typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599) return status
  }
  return 500
}
