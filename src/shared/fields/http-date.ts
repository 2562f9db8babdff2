import { BoundedMemo } from '../checks/bounded-memo.js'
import { timeOf } from '../checks/date.js'
import { type ErrorCode, invalidType } from '../checks/errors.js'

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const LONG_DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

// HTTP-date = IMF-fixdate / rfc850-date / asctime-date (RFC 9110 §5.6.7)
const IMF_FIXDATE = /^(\w{3}), (\d{2}) (\w{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/
const RFC850_DATE = /^(\w{6,9}), (\d{2})-(\w{3})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT$/
const ASCTIME_DATE = /^(\w{3}) (\w{3}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/

/** Milliseconds since 1970. `undefined` if the text has none of the three forms, or is no real date. */
export function parseHttpDate(text: string, now: number = Date.now()): number | undefined {
  const imf = IMF_FIXDATE.exec(text)
  if (imf !== null) {
    const [, day, date, month, year, hour, minute, second] = imf
    return timeOfParts(DAYS, day, year, month, date, hour, minute, second)
  }
  const rfc850 = RFC850_DATE.exec(text)
  if (rfc850 !== null) {
    const [, day, date, month, year, hour, minute, second] = rfc850
    return timeOfParts(LONG_DAYS, day, fullYear(Number(year), now), month, date, hour, minute, second)
  }
  const asctime = ASCTIME_DATE.exec(text)
  if (asctime !== null) {
    const [, day, month, date, hour, minute, second, year] = asctime
    return timeOfParts(DAYS, day, year, month, date, hour, minute, second)
  }
  return undefined
}

/** The IMF-fixdate of a time, without a fraction of a second. */
export function formatHttpDate(ms: number): string {
  const second = Math.floor(ms / 1000)
  const known = formatted.get(second)
  if (known !== undefined) return known
  const text = new Date(second * 1000).toUTCString()
  formatted.set(second, text)
  return text
}

/** The files of an app have few dates, and each is sent again and again. */
const formatted = new BoundedMemo<number, string>({ maxEntries: 500 })

/** The milliseconds of a Date that a caller gave for a field. Such a date has a year of four digits (RFC 9110 §5.6.7). */
export function checkHttpDate(subject: string, date: unknown, code?: ErrorCode): number {
  const time = timeOf(date)
  const year = new Date(time).getUTCFullYear()
  if (year >= 0 && year <= 9999) return time
  throw invalidType(subject, 'a valid Date', date, code)
}

/** A two-digit year that would be more than 50 years ahead is one of the past (RFC 9110 §5.6.7). */
function fullYear(twoDigits: number, now: number): number {
  const thisYear = new Date(now).getUTCFullYear()
  const year = thisYear - (thisYear % 100) + twoDigits
  return year > thisYear + 50 ? year - 100 : year
}

function timeOfParts(
  days: readonly string[],
  day: string | undefined,
  year: string | number | undefined,
  month: string | undefined,
  ...rest: (string | undefined)[]
): number | undefined {
  const [date, hour, minute, second] = rest.map(Number)
  const monthIndex = MONTHS.indexOf(month ?? '')
  if (!days.includes(day ?? '') || monthIndex < 0 || date === undefined || hour === undefined) return undefined
  if (hour > 23 || (minute ?? 60) > 59 || (second ?? 61) > 60) return undefined
  const time = new Date(0)
  time.setUTCFullYear(Number(year), monthIndex, date)
  if (time.getUTCDate() !== date) return undefined
  time.setUTCHours(hour, minute, Math.min(second ?? 0, 59)) // a leap second counts as the one before it
  return time.getTime()
}
