import { isDate } from 'node:util/types'

/**
 * The milliseconds since 1970 of a Date, or NaN for any other value. A Date of another realm counts, as test runners
 * make them. An object that only has the tag or the methods of a Date does not.
 */
export function timeOf(value: unknown): number {
  return isDate(value) ? Date.prototype.getTime.call(value) : Number.NaN
}
