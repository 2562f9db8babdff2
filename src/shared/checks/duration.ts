import { type ErrorCode, invalidRange, invalidType } from './errors.js'

/** A number of seconds, or a string with its unit: `'100ms' '15s' '30m' '12h' '7d'`. */
export type Duration = number | string

const MS_PER_UNIT = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

// 1*DIGIT [ "." 1*DIGIT ] unit
const DURATION = /^(-?\d{1,15}(?:\.\d{1,6})?)(ms|s|m|h|d)$/

/** Reads a duration into milliseconds; `subject` names the option in the error. */
export function durationMs(value: Duration, subject: string, code?: ErrorCode): number {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw invalidRange(subject, 'a finite number of seconds', value, code)
    return value * 1000
  }
  if (typeof value !== 'string')
    throw invalidType(subject, "a number of seconds or a string such as '30m'", value, code)
  const match = DURATION.exec(value)
  if (match === null) throw invalidRange(subject, "a number followed by 'ms', 's', 'm', 'h' or 'd'", value, code)
  return Number(match[1]) * MS_PER_UNIT[match[2] as keyof typeof MS_PER_UNIT] // the pattern admits only these units
}

/** Reads a duration into whole seconds, rounded down. */
export function durationSeconds(value: Duration, subject: string): number {
  return Math.floor(durationMs(value, subject) / 1000)
}
