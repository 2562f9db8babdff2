import { invalidSecretType, showValue } from './errors.js'
import { didYouMean } from './nearest.js'
import { adoptPromise } from './promise.js'

/**
 * Refuses an option that is not among `known`. The error names it, and the option that was probably meant. It shows nothing
 * that stands in the place of the options: an easy mistake is to give a secret, or the URL of a server, without its name.
 */
export function checkKeys(subject: string, value: unknown, known: readonly string[]): void {
  if (!isRecord(value)) {
    const what = subject.includes("option '") ? subject : `${subject} options`
    throw invalidSecretType(what, 'an object', value, 'INVALID_OPTION')
  }
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue
    adoptPromise(Reflect.get(value, key))
    const message = `${subject}: unknown option ${showValue(key)}${didYouMean(key, known)}`
    throw Object.assign(new TypeError(message), { code: 'INVALID_OPTION' })
  }
}

/** Whether a value is an object that names its members: no list, and nothing of a class of the platform that has no names. */
export function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isWithoutNames(value)
}

/**
 * Whether an object has no names, and is of a class of the platform: a date, a `Map`, a promise that was not awaited.
 * In the place of a record, what it holds would be lost in silence.
 */
export function isWithoutNames(value: object): boolean {
  return Object.keys(value).length === 0 && Object.prototype.toString.call(value) !== '[object Object]'
}
