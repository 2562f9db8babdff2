import type { Exchange } from '../exchange/exchange.js'

const MAX_LENGTH = 8192
const CONTROL = /\p{Cc}/u
const BACKSLASH_IN_PATH = /^[^?#]*\\/

/**
 * The first candidate one may be sent back to, as Location carries it: path, query and fragment only, or the whole URL
 * where it lies on a listed foreign origin. `undefined`: the fallback's turn, also where a GET would return to itself.
 */
export function returnTarget(exchange: Exchange, candidates: Iterable<unknown>): string | undefined {
  const { origin } = exchange
  const origins = exchange.settings.back.origins
  if (origin === '' && origins.length === 0) return undefined
  for (const candidate of candidates) {
    const url = parseCandidate(candidate, origin)
    if (url === undefined) continue
    if (url.origin === origin) return isItself(exchange, url) ? undefined : pathOf(url)
    if (origins.includes(url.origin)) return url.href
  }
  return undefined
}

/** An http(s) URL without userinfo and without anything that clients read differently; a path is one of `origin`. */
export function parseCandidate(candidate: unknown, origin: string): URL | undefined {
  if (typeof candidate !== 'string' || candidate === '' || candidate.length > MAX_LENGTH) return undefined
  if (CONTROL.test(candidate) || BACKSLASH_IN_PATH.test(candidate)) return undefined
  const text = candidate.startsWith('/') ? origin + candidate : candidate
  if (candidate.startsWith('//') || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.username !== '' || url.password !== '' || url.pathname.startsWith('//')) return undefined
  const sent = url.origin === origin ? pathOf(url) : url.href
  return sent.length > MAX_LENGTH ? undefined : url
}

function pathOf(url: URL): string {
  return url.pathname + url.search + url.hash
}

/** The fragment never reaches the server: without it, where the request itself went. */
function isItself({ method, url, origin }: Exchange, target: URL): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  const self = parseCandidate(url, origin)
  return self !== undefined && self.pathname + self.search === target.pathname + target.search
}
