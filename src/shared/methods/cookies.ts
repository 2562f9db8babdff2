import type { CookieAttributes } from '../cookies/cookie-attributes.js'
import type { CookieValue, StoredCookieValue } from '../cookies/cookie-value.js'
import { deleteCookie, type ReadCookieOptions, readCookie, setCookie } from '../cookies/cookies.js'
import { EXCHANGE } from '../exchange/exchange.js'
import type { KitTarget } from './target.js'

/** The methods that set and read cookies. */
export interface CookieMethods {
  /**
   * Sets a cookie, in place of a pending one of the same name, domain and path (RFC 6265bis §5.7). What a browser would
   * ignore is an error before anything is written.
   *
   * @param name A token, in just these letters.
   * @param value A string, number, boolean, or a plain object or array, which is stored as JSON.
   * @param attributes `maxAge` is in seconds or a string with its unit, such as `'30m'`. Default: `path` is `'/'`.
   * @throws `INVALID_COOKIE` for a bad name, value or attribute, for more than 4,096 bytes or 400 days;
   *   `NOT_CONFIGURED` for a signed or encrypted cookie without keys.
   * @example
   * res.setCookie('theme', 'dark', { maxAge: '7d', httpOnly: true })
   */
  setCookie(name: string, value: CookieValue, attributes?: CookieAttributes): this
  /**
   * Expires a cookie that the client has (RFC 6265bis §5.7).
   *
   * @param name A token, in just these letters.
   * @param attributes `path` and `domain` that the cookie was set with. What the prefix of the name demands is added.
   * @throws `INVALID_COOKIE` for a bad name or attribute.
   * @example
   * res.deleteCookie('theme')
   */
  deleteCookie(name: string, attributes?: CookieAttributes): this
  /**
   * Reads what the client will hold after this response: the value set on it, else the one of the request.
   *
   * @param name A token, in just these letters.
   * @param options `signed` or `encrypted`: only a genuine value counts.
   * @returns A string, or the object or array that was set. `undefined`: there is none, it is deleted, or not genuine.
   * @throws `INVALID_ARGUMENT` for a name that is no string, `INVALID_OPTION` for a bad option.
   * @example
   * const theme = res.getCookie('theme')
   */
  getCookie(name: string, options?: ReadCookieOptions): StoredCookieValue | undefined
}

export const cookieMethods: CookieMethods & ThisType<KitTarget & CookieMethods> = {
  setCookie(name, value, attributes) {
    setCookie(this[EXCHANGE], name, value, attributes)
    return this
  },
  deleteCookie(name, attributes) {
    deleteCookie(this[EXCHANGE], name, attributes)
    return this
  },
  getCookie(name, options) {
    return readCookie(this[EXCHANGE].facts, name, options)
  },
}
