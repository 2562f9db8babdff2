import ms, { type StringValue } from 'ms'
import { type ErrorCode, invalidRange, invalidType } from './errors.js'

/** A number of seconds, or a string with its unit in the grammar of the package `ms`: `'100ms' '1.5h' '2 weeks' '1y'`. */
export type Duration = number | string

const EXPECTED = "a number of seconds, or a number with a unit such as '30s', '1.5h', '7d' or '2 weeks'"
const EXPECTED_AGE = "a number of milliseconds, or a number with a unit such as '30s', '1.5h', '7d' or '2 weeks'"

const DAY_MS = 86_400_000
/** A Date that is as far from now is valid. A much larger number is written as `1e+21`, which no field allows. */
const LONGEST_MS = 100_000 * 365.25 * DAY_MS

/** Reads a duration into milliseconds; `subject` names the option in the error. */
export function durationMs(value: Duration, subject: string, code?: ErrorCode): number {
  const time = typeof value === 'number' ? finiteMs(value, subject, code) : textMs(value, subject, code)
  if (Math.abs(time) > LONGEST_MS) throw invalidRange(subject, 'a time of at most 100,000 years', value, code)
  return time
}

function finiteMs(value: number, subject: string, code: ErrorCode | undefined): number {
  if (Number.isFinite(value)) return value * 1000
  throw invalidRange(subject, 'a finite number of seconds', value, code)
}

function textMs(value: unknown, subject: string, code: ErrorCode | undefined): number {
  if (typeof value !== 'string') throw invalidType(subject, EXPECTED, value, code)
  const time = endsWithUnit(value) ? parseDuration(value) : undefined
  if (time === undefined) throw invalidRange(subject, EXPECTED, value, code)
  return time
}

/** Reads a duration into whole seconds. It rounds down, but what is above 0 stays above 0. */
export function durationSeconds(value: Duration, subject: string, code?: ErrorCode): number {
  const time = durationMs(value, subject, code)
  return time > 0 ? Math.max(1, Math.floor(time / 1000)) : Math.ceil(time / 1000)
}

// The package `send`, and so Express, allows no more.
const MAX_FILE_AGE_MS = 365 * DAY_MS

/**
 * Reads the `maxAge` of `file` and `download` into whole seconds, at most one year. As in Express's `res.download`, a
 * number is milliseconds, and so is a string without a unit.
 */
export function fileMaxAgeSeconds(value: unknown, subject: string): number {
  let time: number | undefined
  if (typeof value === 'number') time = Number.isNaN(value) ? undefined : value
  else if (typeof value === 'string') time = parseDuration(value)
  else throw invalidType(subject, EXPECTED_AGE, value)
  if (time === undefined) throw invalidRange(subject, EXPECTED_AGE, value)
  return Math.floor(Math.min(Math.max(0, time), MAX_FILE_AGE_MS) / 1000)
}

/** `undefined` if the text is no duration. `ms` itself refuses texts of more than 100 characters. */
function parseDuration(text: string): number | undefined {
  return text === '' ? undefined : ms(text as StringValue) // it returns undefined for any other text
}

function endsWithUnit(text: string): boolean {
  return /[a-z]$/i.test(text.slice(-1))
}
