import { parseCookie } from 'cookie'
import { debug, type Exchange } from '../exchange/exchange.js'
import { isSameCookie, parseSetCookieLine, setsCookie } from '../fields/set-cookie-line.js'
import type { CookiePlan } from './cookie-plan.js'

/** User agents keep at least so many for a domain (RFC 6265bis §6.1), and some no more. */
const MANY_COOKIES = 50

/** Stages one line of a checked size, in place of one of the same name, domain and path. */
export function stageLine(exchange: Exchange, name: string, encoded: string, plan: CookiePlan): void {
  const { res } = exchange
  const line = `${name}=${encoded}${plan.suffix}`
  const staged = stagedLines(exchange)
  if (staged.length === 0) {
    res.setHeader('Set-Cookie', line)
    return
  }
  const isReplaced = (each: string) => setsCookie(each, name) && isSameCookie(each, plan.domain, plan.path)
  if (staged.some(isReplaced)) {
    res.setHeader('Set-Cookie', [...staged.filter((each) => !isReplaced(each)), line])
    return
  }
  if (staged.length === MANY_COOKIES) {
    debug('%s %s: more than %d cookies are set on one response', exchange.method, exchange.url, MANY_COOKIES)
  }
  if (staged === exchange.cookieLines) {
    exchange.cookieLines.push(line) // as Node itself appends, without its checks of what has been checked
    return
  }
  res.appendHeader('Set-Cookie', line)
  const lines = res.getHeader('Set-Cookie')
  exchange.cookieLines = Array.isArray(lines) ? lines : undefined
}

/** Whoever wrote them: the kit, `res.cookie`, `ctx.cookies` or a session. */
function stagedLines({ res }: Exchange): readonly string[] {
  const staged = res.getHeader('Set-Cookie')
  if (staged === undefined) return []
  return Array.isArray(staged) ? staged : [`${staged}`]
}

/** The encoded value the client will hold after this response: what was set on it, else what the request brought. */
export function heldValue(exchange: Exchange, name: string): string | undefined {
  let isDeleted = false
  let pending: string | undefined
  for (const line of stagedLines(exchange)) {
    if (!setsCookie(line, name)) continue
    const { value, isExpired } = parseSetCookieLine(line)
    if (isExpired) isDeleted = true
    else pending = value
  }
  return pending ?? (isDeleted ? undefined : requestCookies(exchange)[name])
}

/** Parsed when first asked for, once; the values are still encoded. */
export function requestCookies(exchange: Exchange): Readonly<Record<string, string | undefined>> {
  exchange.requestCookies ??= parseCookie(exchange.req.headers.cookie ?? '', { decode: (encoded) => encoded })
  return exchange.requestCookies
}
