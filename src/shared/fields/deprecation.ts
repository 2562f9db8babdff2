import { checkKeys } from '../checks/check-keys.js'
import { invalidRange, invalidType } from '../checks/errors.js'
import { checkHttpDate, formatHttpDate } from './http-date.js'
import { serializeLink } from './link.js'

/** When a resource is deprecated, when it ends, and the page that explains it (RFC 9745, RFC 8594). */
export interface DeprecationInit {
  /** From this time on the resource is deprecated. It may be in the future. */
  readonly since: Date
  /** From this time on the resource may be gone. Not before `since`. Default: none. */
  readonly sunset?: Date | undefined
  /** A page that explains it. Default: none. */
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
  const start = checkHttpDate("deprecation: option 'since'", since)
  const end = sunset === undefined ? undefined : checkHttpDate("deprecation: option 'sunset'", sunset)
  // RFC 9745 §4: the sunset must not be earlier.
  if (end !== undefined && end < start) {
    throw invalidRange("deprecation: option 'sunset'", "a Date not before 'since'", sunset)
  }
  if (link === null) throw invalidType("deprecation: option 'link'", 'a URL', link)
  return {
    deprecation: `@${Math.floor(start / 1000)}`, // a Date of structured fields (RFC 9651 §3.3.7)
    sunset: end === undefined ? undefined : formatHttpDate(end),
    link:
      link === undefined ? undefined : serializeLink('deprecation', link, { rel: 'deprecation', type: 'text/html' }),
  }
}
