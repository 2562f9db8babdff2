import { invalidRange, invalidType } from '../checks/errors.js'

const YEAR = 365.25 * 86_400_000
const MS_PER_UNIT: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: YEAR,
}
const LONG_UNITS: readonly (readonly [RegExp, string])[] = [
  [/^(?:milliseconds?|msecs?)$/, 'ms'],
  [/^(?:seconds?|secs?)$/, 's'],
  [/^(?:minutes?|mins?)$/, 'm'],
  [/^(?:hours?|hrs?)$/, 'h'],
  [/^days?$/, 'd'],
  [/^weeks?$/, 'w'],
  [/^(?:years?|yrs?)$/, 'y'],
]
const MAX_AGE_MS = 365 * 86_400_000

// 1*DIGIT [ "." 1*DIGIT ] [ unit ]: what `send` takes, through the package `ms`
const AGE = /^(-?\d{0,15}\.?\d{1,15}) ?([a-z]{0,12})$/i

/** The `maxAge` of `send`, in whole seconds: a number counts milliseconds, a string its unit; a year at most. */
export function maxAgeSeconds(subject: string, value: unknown): number {
  return Math.floor(Math.min(Math.max(0, readMs(subject, value)), MAX_AGE_MS) / 1000)
}

function readMs(subject: string, value: unknown): number {
  if (typeof value === 'number') {
    if (Number.isNaN(value)) throw invalidRange(subject, 'a number of milliseconds', value)
    return value
  }
  if (typeof value !== 'string') throw invalidType(subject, "a number of milliseconds or a string such as '4h'", value)
  const [, amount, unit = ''] = AGE.exec(value) ?? []
  const factor = MS_PER_UNIT[shortUnit(unit.toLowerCase())]
  if (amount === undefined || factor === undefined) throw invalidRange(subject, "such as '30s', '4h' or '7d'", value)
  return Number(amount) * factor
}

function shortUnit(unit: string): string {
  if (unit === '') return 'ms'
  return LONG_UNITS.find(([pattern]) => pattern.test(unit))?.[1] ?? unit
}
