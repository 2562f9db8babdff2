import type { Exchange } from '../exchange/exchange.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { clientUrl } from '../routes/client-url.js'
import { type BackCallOptions, backCandidates, isOwn, parseCandidate, readFallback, returnTarget } from './back.js'
import { drop, keep, kept, TooLargeForCookie } from './kept-value.js'
import { describeEncodedRedirect } from './redirect.js'
import { afterSession } from './save-session.js'

const KEY = 'intended'

/** Remembers where a guest was going: the URL of this page, or the page that a form was sent from. */
export function rememberIntended(exchange: Exchange): void {
  const { facts } = exchange
  if (!isNavigation(facts)) return
  const isPage = facts.method === 'GET' || facts.method === 'HEAD'
  const url = isPage ? ownUrl(facts) : returnTarget(facts, backCandidates(facts))
  if (url === undefined) return
  try {
    keep(exchange, KEY, { url }, 'intended()')
  } catch (error) {
    if (!(error instanceof TooLargeForCookie)) throw error // the guest chose the URL: too long a one is the same as none
  }
}

/** `undefined` for a request target in absolute form that names another host. */
function ownUrl(facts: RequestFacts): string | undefined {
  const { origin, url } = facts
  const parsed = parseCandidate(url, origin)
  return parsed !== undefined && isOwn(parsed, origin) ? clientUrl(facts) : undefined
}

/**
 * Whether the browser shows the answer as a page. Images, scripts, `fetch()` and `/favicon.ico` of the login page come
 * with the same cookies, and no guest was going there.
 */
export function isNavigation(facts: RequestFacts): boolean {
  // https://www.w3.org/TR/fetch-metadata/#sec-fetch-dest-header and #sec-fetch-mode-header
  const mode = facts.field('sec-fetch-mode')
  const destination = facts.field('sec-fetch-dest')
  if (mode !== undefined && mode !== 'navigate') return false
  if (destination !== undefined)
    return destination === 'document' || destination === 'iframe' || destination === 'frame'
  if (mode !== undefined) return true
  if (facts.field('x-requested-with')?.toLowerCase() === 'xmlhttprequest') return false
  // A browser names text/html in the Accept field of a navigation alone.
  const accept = facts.field('accept')
  return accept === undefined || /\btext\/html\b|\bapplication\/xhtml\+xml\b/i.test(accept)
}

/** A redirect to where a guest was going before the login; a promise if a session has to be stored first. */
export function describeToIntended(
  exchange: Exchange,
  options?: string | BackCallOptions,
): ResponseDescription | Promise<ResponseDescription> {
  const { toFallback, status } = readFallback(exchange.facts, 'toIntended', options)
  const target = takeIntended(exchange)
  return afterSession(
    exchange,
    target === undefined ? toFallback : describeEncodedRedirect(exchange.facts, target, status, 'toIntended'),
  )
}

/** Where the guest was going, judged by the rules of `back`. It is forgotten when it is asked for. */
function takeIntended(exchange: Exchange): string | undefined {
  const urls = kept(exchange.facts, KEY).map(({ url }) => url)
  if (urls.length === 0) return undefined
  drop(exchange, KEY)
  return returnTarget(exchange.facts, urls.reverse())
}
