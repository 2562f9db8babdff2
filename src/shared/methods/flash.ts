import { invalidType, isError } from '../checks/errors.js'
import { EXCHANGE } from '../exchange/exchange.js'
import type { BackCallOptions } from '../redirects/back.js'
import { addFlash, type Flash, takeFlash } from '../redirects/flash.js'
import { formInput } from '../redirects/form-input.js'
import { rememberIntended } from '../redirects/intended.js'
import { describeToIntended } from '../redirects/to-intended.js'
import { finishEither } from './finish-either.js'
import type { KitTarget } from './target.js'

export interface FlashMethods {
  /**
   * Keeps values for the next request, which reads them once with `flash()`: in the session, else in an encrypted or
   * signed cookie of at most 4,096 bytes. Values are what JSON can hold.
   */
  withFlash(values: Readonly<Record<string, unknown>>): this
  /** Flashes the form fields as `flash().input`, without passwords, tokens and their like. */
  withInput(): this
  /** Flashes errors as `flash().errors`. */
  withErrors(errors: object): this
  /** What the request before has flashed; whoever asks first takes it. Also among the view variables. */
  flash(): Flash
  /** Remembers where a guest was going, before a redirect to the login. */
  intended(): this
  /** Redirects to where the guest was going, by the rules of `back`, else to the fallback. The promise never rejects. */
  toIntended(fallback?: string | BackCallOptions): Promise<void>
}

export const flashMethods: FlashMethods & ThisType<KitTarget & FlashMethods> = {
  withFlash(values) {
    addFlash(this[EXCHANGE], values, 'withFlash')
    return this
  },
  withInput() {
    const exchange = this[EXCHANGE]
    addFlash(exchange, { input: formInput(exchange) }, 'withInput')
    return this
  },
  withErrors(errors) {
    if (typeof errors !== 'object' || errors === null || isError(errors)) {
      throw invalidType('withErrors: errors', 'an object or a list', errors)
    }
    addFlash(this[EXCHANGE], { errors }, 'withErrors')
    return this
  },
  flash() {
    return takeFlash(this[EXCHANGE])
  },
  intended() {
    rememberIntended(this[EXCHANGE])
    return this
  },
  toIntended(fallback) {
    const exchange = this[EXCHANGE]
    exchange.begin('toIntended()')
    return finishEither(exchange, describeToIntended(exchange, fallback))
  },
}
