import { checkKeys } from '../checks/check-keys.js'
import { invalidType, showValue } from '../checks/errors.js'
import { adoptPromise } from '../checks/promise.js'
import { debug, type Exchange } from '../exchange/exchange.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { escapeHtml } from '../fields/html-text.js'
import { clientUrl, proxyBase } from '../routes/client-url.js'
import { describeEncodedRedirect, describeRedirect, type RedirectOptions } from './redirect.js'
import { afterSession } from './save-session.js'

/** Options of `back` and `toIntended`. */
export interface BackCallOptions extends RedirectOptions {
  /** The URL of the redirect if no candidate counts. It is used as it is. Default: the option `back.fallback`. */
  readonly fallback?: string | undefined
}

const MAX_LENGTH = 8192
const CONTROL = /\p{Cc}/u
const BACKSLASH_IN_PATH = /^[^?#]*\\/

/** A redirect to the page that the user came from. It is a promise if a session has to be stored first. */
export function describeBack(
  exchange: Exchange,
  options?: string | BackCallOptions,
): ResponseDescription | Promise<ResponseDescription> {
  return describeReturn(exchange, 'back', () => backCandidates(exchange.facts), options)
}

/** A redirect to a URL that a user gave, by the rules of `back`. It is a promise if a session has to be stored first. */
export function describeRedirectLocal(
  exchange: Exchange,
  url: unknown,
  fallback: string | undefined,
  options: RedirectOptions = {},
): ResponseDescription | Promise<ResponseDescription> {
  adoptPromise(url) // it leads to the fallback
  checkKeys('redirectLocal()', options, ['status'])
  const { status } = options
  return describeReturn(exchange, 'redirectLocal', () => [url], {
    fallback: fallback ?? `${proxyBase(exchange.facts)}/`,
    status,
  })
}

/** A redirect to the first candidate that counts, else to the fallback. `call` names the call in an error. */
export function describeReturn(
  exchange: Exchange,
  call: string,
  readCandidates: () => Iterable<unknown>,
  given: string | BackCallOptions = {},
): ResponseDescription | Promise<ResponseDescription> {
  const { facts } = exchange
  const options = typeof given === 'string' ? { fallback: given } : given
  if (typeof options !== 'object' || options === null) throw invalidType(`${call}: fallback`, 'a string', given)
  checkKeys(`${call}()`, options, ['fallback', 'status'])
  const { fallback = optionFallback(facts), status } = options
  if (typeof fallback !== 'string') throw invalidType(`${call}(): option 'fallback'`, 'a string', fallback)
  // The fallback is checked at each call, so that a mistake shows before a request needs it.
  const toFallback = describeRedirect(facts, fallback, { status }, call)
  const target = returnTarget(facts, readCandidates())
  return afterSession(
    exchange,
    target === undefined ? toFallback : describeEncodedRedirect(facts, target, status, call),
  )
}

/** The developer's own fallback is used as it is. Without one, it is the root of the app as the client sees it. */
function optionFallback(facts: RequestFacts): string {
  const { back, given } = facts.settings
  return given.back?.fallback === undefined ? proxyBase(facts) + back.fallback : back.fallback
}

/** Form field, query field, Referer, session: read one after the other, as far as needed. */
export function* backCandidates(facts: RequestFacts): Iterable<unknown> {
  const { field, session } = facts.settings.back
  yield ownProperty(facts.form, field)
  yield queryField(facts, field)
  yield facts.field('referer')
  yield facts.field('referrer') // Express and Koa read this spelling as well
  if (session !== undefined) yield ownProperty(facts.session, session)
}

function queryField({ url }: RequestFacts, field: string): string | null | undefined {
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
export function returnTarget(facts: RequestFacts, candidates: Iterable<unknown>): string | undefined {
  const { origin } = facts
  const origins = facts.settings.back.origins
  if (origin === '' && origins.length === 0) return undefined
  for (const candidate of candidates) {
    const url = parseCandidate(candidate, origin)
    if (url !== undefined && isOwn(url, origin)) return isItself(facts, url) ? undefined : pathOf(url)
    if (url !== undefined && origins.includes(url.origin)) return url.href
    if (candidate !== undefined && candidate !== null) {
      debug('%s %s: no place to return to: %s', facts.method, facts.url, showValue(candidate))
    }
  }
  return undefined
}

/**
 * The path, query and fragment of a URL that a user gave, if it is one of this site; else `undefined`. Without an
 * origin only a path counts.
 *
 * @param url Any value of a query or form.
 * @param origin The origin of the site, such as `https://shop.example`. Default: none.
 * @throws `INVALID_ARGUMENT` for an origin that is no string.
 * @example
 * const next = localUrl(query.next, 'https://shop.example') ?? '/'
 */
export function localUrl(url: unknown, origin?: string): string | undefined {
  if (origin !== undefined && typeof origin !== 'string') throw invalidType('localUrl: origin', 'a string', origin)
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

/**
 * TLS may end at a proxy that the app does not know. Only a path is sent, so both schemes count as the own origin. Such a
 * proxy may name its own port 443 in the Host field, which a browser leaves out of a Referer.
 */
export function isOwn(url: URL, origin: string): boolean {
  if (url.origin === origin) return true
  if (!URL.canParse(origin)) return false
  const own = new URL(origin)
  return url.host === own.host || (url.hostname === own.hostname && portOf(url) === portOf(own))
}

function portOf({ port, protocol }: URL): string {
  return port !== '' ? port : protocol === 'https:' ? '443' : '80'
}

/** The URL as the parser writes it. Text that is percent-encoded already, even wrongly, is not encoded again. */
function pathOf(url: URL): string {
  return url.pathname + url.search + url.hash
}

/** The fragment never reaches the server: without it, the target is the URL of this request. */
function isItself(facts: RequestFacts, target: URL): boolean {
  if (facts.method !== 'GET' && facts.method !== 'HEAD') return false
  const self = parseCandidate(clientUrl(facts), facts.origin)
  return self !== undefined && self.pathname + self.search === target.pathname + target.search
}

/** A hidden form field that tells `back` the URL of the page with the form. */
export function backField(facts: RequestFacts): string {
  const { origin, settings } = facts
  const url = clientUrl(facts)
  // The answer to a POST may show the form again. The form still belongs to the page that showed it first.
  const carried = facts.method === 'GET' || facts.method === 'HEAD' ? undefined : formValue(facts)
  const value = carried ?? (parseCandidate(url, origin || 'http://localhost') ? url : optionFallback(facts))
  return `<input type="hidden" name="${escapeHtml(settings.back.field)}" value="${escapeHtml(value)}">`
}

function formValue({ form, origin, settings }: RequestFacts): string | undefined {
  const value = ownProperty(form, settings.back.field)
  const url = parseCandidate(value, origin)
  return typeof value === 'string' && url !== undefined && isOwn(url, origin) ? value : undefined
}
