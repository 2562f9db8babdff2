import { checkKeys } from '../checks/check-keys.js'
import { invalidType, showValue } from '../checks/errors.js'
import { debug, type Exchange } from '../exchange/exchange.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { escapeHtml } from '../fields/html-text.js'
import { clientUrl, proxyBase } from '../routes/client-url.js'
import { describeEncodedRedirect, describeRedirect, type RedirectOptions } from './redirect.js'
import { afterSession } from './save-session.js'

/** Options of `back` and `toIntended`. */
export interface BackCallOptions extends RedirectOptions {
  /** Where to go if no candidate counts: used as it is. Default: the option `back.fallback`. */
  readonly fallback?: string | undefined
}

const MAX_LENGTH = 8192
const CONTROL = /\p{Cc}/u
const BACKSLASH_IN_PATH = /^[^?#]*\\/

/** A redirect to where the user came from; a promise if a session has to be stored first. */
export function describeBack(
  exchange: Exchange,
  options?: string | BackCallOptions,
): ResponseDescription | Promise<ResponseDescription> {
  const { toFallback, status } = readFallback(exchange, 'back', options)
  const target = returnTarget(exchange, backCandidates(exchange))
  return afterSession(
    exchange,
    target === undefined ? toFallback : describeEncodedRedirect(exchange, target, status, 'back'),
  )
}

/** A redirect to a URL that a user gave, by the rules of `back`; a promise if a session has to be stored first. */
export function describeRedirectLocal(
  exchange: Exchange,
  url: unknown,
  fallback: string | undefined,
  options: RedirectOptions = {},
): ResponseDescription | Promise<ResponseDescription> {
  checkKeys('redirectLocal()', options, ['status'])
  const { toFallback, status } = readFallback(exchange, 'redirectLocal', {
    fallback: fallback ?? `${proxyBase(exchange)}/`,
    status: options.status,
  })
  const target = returnTarget(exchange, [url])
  return afterSession(
    exchange,
    target === undefined ? toFallback : describeEncodedRedirect(exchange, target, status, 'redirectLocal'),
  )
}

/** The fallback is checked even if no request needs it: a mistake must not wait for the request that does. */
export function readFallback(
  exchange: Exchange,
  call: string,
  given: string | BackCallOptions = {},
): { readonly toFallback: ResponseDescription; readonly status: number | undefined } {
  const options = typeof given === 'string' ? { fallback: given } : given
  if (typeof options !== 'object' || options === null) throw invalidType(`${call}: fallback`, 'a string', given)
  checkKeys(`${call}()`, options, ['fallback', 'status'])
  const { fallback = optionFallback(exchange), status } = options
  if (typeof fallback !== 'string') throw invalidType(`${call}(): option 'fallback'`, 'a string', fallback)
  return { toFallback: describeRedirect(exchange, fallback, { status }, call), status }
}

/** What the developer gave is used as it is; the root that the kit falls back to is the app's, as the client sees it. */
function optionFallback(exchange: Exchange): string {
  const { back, given } = exchange.settings
  return given.back?.fallback === undefined ? proxyBase(exchange) + back.fallback : back.fallback
}

/** Form field, query field, Referer, session: read one after the other, as far as needed. */
export function* backCandidates(exchange: Exchange): Iterable<unknown> {
  const { field, session } = exchange.settings.back
  yield ownProperty(exchange.form, field)
  yield queryField(exchange, field)
  yield exchange.field('referer')
  yield exchange.field('referrer') // Express and Koa read this spelling as well
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

/**
 * The first candidate that counts, as Location carries it: path, query and fragment, or the whole URL of a listed foreign
 * origin. `undefined` means the fallback, also if a GET would return to itself.
 */
export function returnTarget(exchange: Exchange, candidates: Iterable<unknown>): string | undefined {
  const { origin } = exchange
  const origins = exchange.settings.back.origins
  if (origin === '' && origins.length === 0) return undefined
  for (const candidate of candidates) {
    const url = parseCandidate(candidate, origin)
    if (url !== undefined && isOwn(url, origin)) return isItself(exchange, url) ? undefined : pathOf(url)
    if (url !== undefined && origins.includes(url.origin)) return url.href
    if (candidate !== undefined && candidate !== null) {
      debug('%s %s: no place to return to: %s', exchange.method, exchange.url, showValue(candidate))
    }
  }
  return undefined
}

/**
 * The path, query and fragment of a URL that a user gave, if it is one of this site; else `undefined`. Without an origin
 * only a path counts.
 */
export function localUrl(url: unknown, origin?: string): string | undefined {
  if (origin === undefined && (typeof url !== 'string' || !url.startsWith('/'))) return undefined
  const base = origin ?? 'http://localhost'
  const parsed = base === '' ? undefined : parseCandidate(url, base)
  return parsed !== undefined && isOwn(parsed, base) ? pathOf(parsed) : undefined
}

/** An http(s) URL without userinfo and without anything that clients read differently; a path is one of `origin`. */
export function parseCandidate(candidate: unknown, origin: string): URL | undefined {
  if (typeof candidate !== 'string' || candidate === '' || candidate.length > MAX_LENGTH) return undefined
  if (CONTROL.test(candidate) || BACKSLASH_IN_PATH.test(candidate)) return undefined
  const text = candidate.startsWith('/') ? origin + candidate : candidate
  if (candidate.startsWith('//') || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.username !== '' || url.password !== '' || url.pathname.startsWith('//')) return undefined
  const sent = isOwn(url, origin) ? pathOf(url) : url.href
  return sent.length > MAX_LENGTH ? undefined : url
}

/** TLS may end at a proxy that the app does not know: only a path is sent, so the other scheme counts as well. */
export function isOwn(url: URL, origin: string): boolean {
  return url.origin === origin || (origin !== '' && url.host === origin.slice(origin.indexOf('//') + 2))
}

/** As the URL parser writes it: what came percent-encoded, even wrongly, is not encoded again. */
function pathOf(url: URL): string {
  return url.pathname + url.search + url.hash
}

/** The fragment never reaches the server: without it, the target is the URL of this request. */
function isItself(exchange: Exchange, target: URL): boolean {
  if (exchange.method !== 'GET' && exchange.method !== 'HEAD') return false
  const self = parseCandidate(clientUrl(exchange), exchange.origin)
  return self !== undefined && self.pathname + self.search === target.pathname + target.search
}

/** A hidden form field that tells `back` the URL of the page with the form. */
export function backField(exchange: Exchange): string {
  const { origin, settings } = exchange
  const url = clientUrl(exchange)
  // The answer to a POST may show the form again: it still belongs to the page on which it first stood.
  const carried = exchange.method === 'GET' || exchange.method === 'HEAD' ? undefined : formValue(exchange)
  const value = carried ?? (parseCandidate(url, origin || 'http://localhost') ? url : optionFallback(exchange))
  return `<input type="hidden" name="${escapeHtml(settings.back.field)}" value="${escapeHtml(value)}">`
}

function formValue({ form, origin, settings }: Exchange): string | undefined {
  const value = ownProperty(form, settings.back.field)
  const url = parseCandidate(value, origin)
  return typeof value === 'string' && url !== undefined && isOwn(url, origin) ? value : undefined
}
