import { isWithoutNames } from '../checks/check-keys.js'
import { invalidType, isError } from '../checks/errors.js'
import { EXCHANGE } from '../exchange/exchange.js'
import type { Sent } from '../exchange/sent.js'
import type { BackCallOptions } from '../redirects/back.js'
import { addFlash, type Flash, keepFlash, takeFlash } from '../redirects/flash.js'
import { formInput, type InputOptions } from '../redirects/form-input.js'
import { describeToIntended, rememberIntended } from '../redirects/intended.js'
import { redirectAfterSession } from '../redirects/save-session.js'
import { finishEither } from './finish-either.js'
import type { KitTarget } from './target.js'

/** The methods that keep values for the next request. */
export interface FlashMethods {
  /**
   * Leaves values for the next request, which reads them once with `flash()`. They are kept in the session, else in an
   * encrypted cookie of at most 4,096 bytes.
   *
   * @param values What JSON can hold.
   * @throws `INVALID_ARGUMENT`; `INVALID_COOKIE` if a cookie has no room; `NOT_CONFIGURED` without session and secrets.
   * @example res.withFlash({ notice: 'Saved' }).redirectTo('home')
   */
  withFlash(values: Readonly<Record<string, unknown>>): this
  /**
   * Leaves the form fields as `flash().input`, without passwords, tokens and other secrets at any depth. Input that
   * does not fit in a cookie is left out.
   *
   * @param options `hide`: further names. `allow`: names that look secret and are not.
   * @throws `INVALID_OPTION` for a bad option; `NOT_CONFIGURED` without session and secrets.
   * @example
   * res.withInput({ hide: ['salary'] }).withErrors(errors).back()
   */
  withInput(options?: InputOptions): this
  /**
   * Leaves errors as `flash().errors`.
   *
   * @param errors An object of what JSON can hold, mostly messages by the name of the field.
   * @throws `INVALID_ARGUMENT`; `INVALID_COOKIE` if a cookie has no room; `NOT_CONFIGURED` without session and secrets.
   * @example
   * res.withErrors({ email: 'is taken' }).back('/signup')
   */
  withErrors(errors: object): this
  /**
   * What an earlier request left. The first request that asks takes it. Views have it as well.
   *
   * @throws `INVALID_ARGUMENT` if it is given a value: `withFlash` leaves values.
   * @example
   * const { notice, errors, input } = res.flash()
   */
  flash(): Flash
  /**
   * Leaves what this request has read for one more request.
   *
   * @throws `INVALID_ARGUMENT` if it is given a value.
   * @example
   * res.reflash().redirectTo('home')
   */
  reflash(): this
  /**
   * Remembers the page that a guest asked for, before a redirect to the login. What a page loads does not count.
   *
   * @throws `INVALID_ARGUMENT` if it is given a value; `NOT_CONFIGURED` without session and secrets.
   * @example
   * if (req.user === undefined) return res.intended().redirectTo('login')
   */
  intended(): this
  /**
   * Redirects to the page that `intended()` remembered, by the rules of `back`, else to the fallback. The promise never
   * rejects.
   *
   * @param fallback A URL, or `{ fallback, status }`. Default: the option `back.fallback`, else `'/'`.
   * @throws `INVALID_ARGUMENT`, `INVALID_OPTION`, `ALREADY_SENT` after another finishing call.
   * @example
   * res.toIntended('/home')
   */
  toIntended(fallback?: string | BackCallOptions): Sent
}

export const flashMethods: FlashMethods & ThisType<KitTarget & FlashMethods> = {
  withFlash(values) {
    addFlash(this[EXCHANGE], values, 'withFlash')
    redirectAfterSession(this, this[EXCHANGE])
    return this
  },
  withInput(options) {
    const exchange = this[EXCHANGE]
    addFlash(exchange, { input: formInput(exchange.facts, options) }, 'withInput')
    redirectAfterSession(this, exchange)
    return this
  },
  withErrors(errors) {
    const isEmptyList = Array.isArray(errors) && errors.length === 0
    if (typeof errors !== 'object' || errors === null || isError(errors) || (!isEmptyList && isWithoutNames(errors))) {
      throw invalidType('withErrors: errors', 'an object or a list', errors)
    }
    addFlash(this[EXCHANGE], { errors }, 'withErrors')
    redirectAfterSession(this, this[EXCHANGE])
    return this
  },
  flash() {
    return takeFlash(this[EXCHANGE])
  },
  reflash() {
    keepFlash(this[EXCHANGE])
    redirectAfterSession(this, this[EXCHANGE])
    return this
  },
  intended() {
    rememberIntended(this[EXCHANGE])
    redirectAfterSession(this, this[EXCHANGE])
    return this
  },
  toIntended(fallback) {
    const exchange = this[EXCHANGE]
    return exchange.unlessAnswered('toIntended()', () => finishEither(exchange, describeToIntended(exchange, fallback)))
  },
}
