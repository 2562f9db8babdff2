import { checkKeys } from '../checks/check-keys.js'
import { invalidType } from '../checks/errors.js'
import type { Exchange } from '../exchange/exchange.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { describeRedirect, type RedirectOptions } from './redirect.js'
import { returnTarget } from './return-target.js'
import { afterSession } from './save-session.js'

/** Options of `back` and `toIntended`. */
export interface BackCallOptions extends RedirectOptions {
  /** Where to go when nothing else counts: used as it is. Default: the option `back.fallback`. */
  readonly fallback?: string | undefined
}

/** A redirect to where the user came from; a promise where a session has to be stored first. */
export function describeBack(
  exchange: Exchange,
  options?: string | BackCallOptions,
): ResponseDescription | Promise<ResponseDescription> {
  const { toFallback, status } = readFallback(exchange, 'back', options)
  const target = returnTarget(exchange, backCandidates(exchange))
  return afterSession(exchange, target === undefined ? toFallback : describeRedirect(exchange, target, { status }))
}

/** The fallback is judged even where it is not needed: misuse must not wait for a request that needs it. */
export function readFallback(
  exchange: Exchange,
  call: string,
  given: string | BackCallOptions = {},
): { readonly toFallback: ResponseDescription; readonly status: number | undefined } {
  const options = typeof given === 'string' ? { fallback: given } : given
  if (typeof options !== 'object' || options === null) throw invalidType(`${call}: fallback`, 'a string', given)
  checkKeys(`${call}()`, options, ['fallback', 'status'])
  const { fallback = exchange.settings.back.fallback, status } = options
  if (typeof fallback !== 'string') throw invalidType(`${call}: option 'fallback'`, 'a string', fallback)
  return { toFallback: describeRedirect(exchange, fallback, { status }), status }
}

/** Form field, query field, Referer, session: read one after the other, as far as needed. */
export function* backCandidates(exchange: Exchange): Iterable<unknown> {
  const { field, session } = exchange.settings.back
  yield ownProperty(exchange.form, field)
  yield queryField(exchange, field)
  yield exchange.field('referer')
  yield exchange.field('referrer') // which Express and Koa read as well
  if (session !== undefined) yield ownProperty(exchange.session, session)
}

function queryField({ url }: Exchange, field: string): string | null | undefined {
  const start = url.indexOf('?')
  return start < 0 ? undefined : new URLSearchParams(url.slice(start)).get(field)
}

function ownProperty(holder: unknown, name: string): unknown {
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, name)) return undefined
  return Reflect.get(holder, name)
}
