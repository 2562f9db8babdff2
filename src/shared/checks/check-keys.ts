import { invalidType } from './errors.js'
import { didYouMean } from './nearest.js'

/** Refuses a key that is not among `known`, naming it and the likely right one. */
export function checkKeys(subject: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidType(`${subject} options`, 'an object', value, 'INVALID_OPTION')
  }
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue
    const message = `${subject}: unknown option '${key}'${didYouMean(key, known)}`
    throw Object.assign(new TypeError(message), { code: 'INVALID_OPTION' })
  }
}
