import type { Exchange } from '../exchange/exchange.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { clientUrl } from '../routes/client-url.js'
import { type BackCallOptions, backCandidates, describeReturn, isOwn, parseCandidate, returnTarget } from './back.js'
import { drop, keep, kept, TooLargeForCookie } from './kept-value.js'

const KEY = 'intended'

/** Remembers the page that a guest asked for. For a form that was sent, it is the page with the form. */
export function rememberIntended(exchange: Exchange): void {
  const { facts } = exchange
  if (!isNavigation(facts)) return
  const isPage = facts.method === 'GET' || facts.method === 'HEAD'
  const url = isPage ? ownUrl(facts) : returnTarget(facts, backCandidates(facts))
  if (url === undefined) return
  try {
    keep(exchange, KEY, { url }, 'intended()')
  } catch (error) {
    if (!(error instanceof TooLargeForCookie)) throw error // the guest chose the URL: one that is too long is not kept
  }
}

/** The URL of this page as the client sees it; `undefined` for a request target in absolute form that names another host. */
export function ownUrl(facts: RequestFacts): string | undefined {
  const { origin, url } = facts
  const parsed = parseCandidate(url, origin)
  return parsed !== undefined && isOwn(parsed, origin) ? clientUrl(facts) : undefined
}

/** What a browser names as the destination of a page. */
const PAGES: readonly string[] = ['document', 'iframe', 'frame']

/** Whether the browser asks for a page that the user may open later. */
export function isFetchedAhead(facts: RequestFacts): boolean {
  // https://wicg.github.io/nav-speculation/prefetch.html#sec-purpose-header. Older browsers send `Purpose`.
  const purpose = facts.field('sec-purpose') ?? facts.field('purpose') ?? facts.field('x-moz')
  return purpose !== undefined && /\bprefetch\b/i.test(purpose)
}

/**
 * Whether the browser shows the answer as a page. Images, scripts, `fetch()` and `/favicon.ico` of the login page come
 * with the same cookies, but no guest asked for them as a page. Nor did a guest ask for a page that is fetched ahead.
 */
export function isNavigation(facts: RequestFacts, destinations: readonly string[] = PAGES): boolean {
  if (isFetchedAhead(facts)) return false
  // https://www.w3.org/TR/fetch-metadata/#sec-fetch-dest-header and #sec-fetch-mode-header
  const mode = facts.field('sec-fetch-mode')
  const destination = facts.field('sec-fetch-dest')
  if (mode !== undefined && mode !== 'navigate') return false
  if (destination !== undefined) return destinations.includes(destination)
  if (mode !== undefined) return true
  if (facts.field('x-requested-with')?.toLowerCase() === 'xmlhttprequest') return false
  // A browser names text/html in the Accept field of a navigation alone.
  const accept = facts.field('accept')
  return accept === undefined || /\btext\/html\b|\bapplication\/xhtml\+xml\b/i.test(accept)
}

/** A redirect to the page that a guest asked for before the login. It is a promise if a session has to be stored first. */
export function describeToIntended(
  exchange: Exchange,
  options?: string | BackCallOptions,
): ResponseDescription | Promise<ResponseDescription> {
  return describeReturn(exchange, 'toIntended', () => takeIntended(exchange), options)
}

/** The pages that guests asked for, the latest first. Reading them also removes them. */
function takeIntended(exchange: Exchange): readonly unknown[] {
  const urls = kept(exchange.facts, KEY).map(({ url }) => url)
  if (urls.length > 0) drop(exchange, KEY)
  return urls.reverse()
}
