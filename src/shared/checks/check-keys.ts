import { invalidType, showValue } from './errors.js'
import { didYouMean } from './nearest.js'

/** Refuses an option that is not among `known`. The error names it, and the option that was probably meant. */
export function checkKeys(subject: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidType(`${subject} options`, 'an object', value, 'INVALID_OPTION')
  }
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue
    const message = `${subject}: unknown option ${showValue(key)}${didYouMean(key, known)}`
    throw Object.assign(new TypeError(message), { code: 'INVALID_OPTION' })
  }
}
