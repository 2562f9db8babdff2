import { checkKeys } from '../checks/check-keys.js'
import { invalidRange, invalidType } from '../checks/errors.js'
import { formatHttpDate } from './http-date.js'
import { serializeLink } from './link.js'

/** When a resource is deprecated, when it ends, and the page that explains it (RFC 9745, RFC 8594). */
export interface DeprecationInit {
  /** From this time on the resource is deprecated. It may be in the future. */
  readonly since: Date
  /** From this time on the resource may be gone. Not before `since`. */
  readonly sunset?: Date | undefined
  /** A page that explains it. */
  readonly link?: string | URL | undefined
}

/** The fields of a deprecated resource: Deprecation (RFC 9745 §2), Sunset (RFC 8594 §3) and the member of a Link. */
export interface DeprecationFields {
  readonly deprecation: string
  readonly sunset: string | undefined
  readonly link: string | undefined
}

export function serializeDeprecation(init: DeprecationInit): DeprecationFields {
  checkKeys('deprecation()', init, ['since', 'sunset', 'link'])
  const { since, sunset, link } = init
  const start = checkTime("deprecation: option 'since'", since)
  // RFC 9745 §4: the sunset must not be earlier.
  if (sunset !== undefined && checkTime("deprecation: option 'sunset'", sunset) < start) {
    throw invalidRange("deprecation: option 'sunset'", "a Date not before 'since'", sunset)
  }
  if (link === null) throw invalidType("deprecation: option 'link'", 'a URL', link)
  return {
    deprecation: `@${Math.floor(start / 1000)}`, // a Date of structured fields (RFC 9651 §3.3.7)
    sunset: sunset && formatHttpDate(sunset.getTime()),
    link:
      link === undefined ? undefined : serializeLink('deprecation', link, { rel: 'deprecation', type: 'text/html' }),
  }
}

/** An HTTP-date has four digits of year (RFC 9110 §5.6.7). */
function checkTime(subject: string, date: unknown): number {
  // A Date of another realm, as test runners make them, is a Date too.
  const isDate = Object.prototype.toString.call(date) === '[object Date]'
  const year = isDate ? (date as Date).getUTCFullYear() : Number.NaN
  if (year >= 0 && year <= 9999) return (date as Date).getTime()
  throw invalidType(subject, 'a valid Date', date)
}
