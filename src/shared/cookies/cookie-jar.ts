import { debug, type Exchange } from '../exchange/exchange.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import { isSameCookie, parseSetCookieLine, pathMatches, setsCookie } from '../fields/set-cookie.js'
import type { CookiePlan } from './cookie-plan.js'

/** Browsers keep at least this many for a domain (RFC 6265bis §6.1), and some keep no more. */
const MANY_COOKIES = 50

/** Stages one line of a checked size. It replaces a line of the same name, domain and path. */
export function stageLine(exchange: Exchange, name: string, encoded: string, plan: CookiePlan): void {
  const { facts } = exchange
  const { res } = facts
  const line = `${name}=${encoded}${plan.suffix}`
  const staged = stagedLines(facts)
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
    debug('%s %s: more than %d cookies are set on one response', facts.method, facts.url, MANY_COOKIES)
  }
  if (staged === exchange.cookieLines) {
    exchange.cookieLines.push(line) // the line has been checked
    return
  }
  exchange.cookieLines = [...staged, line]
  res.setHeader('Set-Cookie', exchange.cookieLines)
}

/** The lines of all packages: the kit, `res.cookie`, `ctx.cookies`, a session. */
function stagedLines({ res }: RequestFacts): readonly string[] {
  const staged = res.getHeader('Set-Cookie')
  if (staged === undefined) return []
  return Array.isArray(staged) ? staged : [`${staged}`]
}

/** The encoded value that the client has after this response: the one staged on it, else that of the request. */
export function heldValue(facts: RequestFacts, name: string): string | undefined {
  let isDeleted = false
  let pending: { readonly line: string; readonly value: string }[] = []
  for (const line of stagedLines(facts)) {
    if (!setsCookie(line, name)) continue
    const { value, domain, path, isExpired } = parseSetCookieLine(line)
    // Another path is another cookie. A browser takes the lines in their order (RFC 6265bis §5.7).
    pending = pending.filter((earlier) => !isSameCookie(earlier.line, domain, path))
    if (!isExpired) pending.push({ line, value })
    else if (path === '' || pathMatches(pathOf(facts), path)) isDeleted = true
  }
  return pending.at(-1)?.value ?? (isDeleted ? undefined : facts.requestCookies[name])
}

/** The path of the request, without its query. */
function pathOf({ url }: RequestFacts): string {
  const end = url.search(/[?#]/)
  const path = end < 0 ? url : url.slice(0, end)
  return path.startsWith('/') ? path : '/' // an absolute or empty request target
}
