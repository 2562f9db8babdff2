import type { CookieAttributes } from '../cookies/cookie-attributes.js'
import type { CookieValue, StoredCookieValue } from '../cookies/cookie-value.js'
import { deleteCookie, type ReadCookieOptions, readCookie, setCookie } from '../cookies/cookies.js'
import { EXCHANGE } from '../exchange/exchange.js'
import type { KitTarget } from './target.js'

/** The methods that set and read cookies. */
export interface CookieMethods {
  /**
   * Sets a cookie, in place of a pending one of the same name, domain and path (RFC 6265bis). `maxAge` is in seconds or
   * carries its unit: `'30m' '12h' '7d'`. What a user agent would ignore is an error before anything is written: a bad
   * name, domain or path, what the name's prefix or SameSite=None demands, more than 4096 bytes or 400 days.
   */
  setCookie(name: string, value: CookieValue, attributes?: CookieAttributes): this
  /** Expires a cookie; `path` and `domain` as it was set with. What the name's prefix demands is added. */
  deleteCookie(name: string, attributes?: CookieAttributes): this
  /**
   * What the client will hold after this response: the value set on it, else the request's. `undefined` where there is
   * none, where it is deleted, or where it is not genuine. The object or array of a `j:` value, else a string.
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
    return readCookie(this[EXCHANGE], name, options)
  },
}
