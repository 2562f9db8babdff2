import { debug } from '../exchange/exchange.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import { MAX_PATH_LENGTH } from './path-builder.js'
import { firstTextOf, MAX_MATCHED_LENGTH, type PathPattern, parametersOf } from './path-pattern.js'

// scheme "://" authority, narrowed to the hosts on which all URL parsers agree (RFC 3986 §3.2.2).
const ABSOLUTE_FORM = /^https?:\/\/(?:[\w.-]+|\[[\da-f:.]+\])(?::\d*)?(?=[/?#]|$)/i

/** The path and query of the request as the client sees them, with what a mount or a proxy takes off. */
export function clientUrl(facts: RequestFacts): string {
  return clientPath(facts, originForm(facts.url))
}

/** The path at which the client sees the app with the routes: it goes in front of every path of the route table. */
export function clientMount(facts: RequestFacts, mount: string = facts.routeBase): string {
  return clientPath(facts, mount)
}

/** The path that a proxy in front of the app takes off: what a trusted proxy says, else the route table's `base`. */
export function proxyBase(facts: RequestFacts): string {
  return forwardedPrefix(facts) ?? tableBase(facts)
}

/** The one place that puts the proxy's path in front of a path that the app sees. */
function clientPath(facts: RequestFacts, path: string): string {
  const prefix = forwardedPrefix(facts)
  if (prefix !== undefined) return prefix + path
  const base = tableBase(facts)
  return base === '' || hasKeptBase(facts, path, base) ? path : base + path
}

/**
 * Not every proxy takes the base off. A mount at the base tells that it is still there. Else a path that begins with the
 * base has kept it, if no path of the table matches it: a URL signed for `/x` would hold at `/app/x` too.
 */
function hasKeptBase(facts: RequestFacts, path: string, base: string): boolean {
  const { routeBase, settings, url } = facts
  if (isBelow(routeBase.toLowerCase(), base.toLowerCase())) return true // Express matches a mount in any letter case
  if (!isBelow(path, base)) return false
  if (settings.routes === undefined) return true
  const paths = pathsAtBase.get(settings.routes)
  if (paths === undefined) return true
  const [asked = ''] = originForm(url).slice(routeBase.length).split('?', 1)
  return (
    paths !== 'begin with it' && asked.length <= paths.longest && !paths.expressions.some((each) => each.test(asked))
  )
}

/**
 * Route tables that have a path below their own base. Either a path begins with the text of the base, or paths that begin with a
 * parameter match it for some requests: then these paths.
 */
const pathsAtBase = new WeakMap<object, 'begin with it' | OpenPaths>()

interface OpenPaths {
  readonly expressions: readonly RegExp[]
  /** A longer path is not matched. It counts as one of the table: so no signature of another path holds for it. */
  readonly longest: number
}

/** Remembers which paths of a table can be at or below the base of the table. */
export function notePathsAtBase(table: object, base: string, patterns: readonly PathPattern[]): void {
  if (base === '') return
  const name = base.toLowerCase() // the frameworks match in any letter case
  if (patterns.some(({ tokens }) => isBelow(firstTextOf(tokens).toLowerCase(), name))) {
    pathsAtBase.set(table, 'begin with it')
    return
  }
  const open = patterns.filter(({ tokens: [first, ...rest] }) => {
    return first?.type !== 'text' || (rest.length > 0 && `${name}/`.startsWith(first.value.toLowerCase()))
  })
  const expressions = open.flatMap(({ matchers }) => matchers.map(({ regexp }) => regexp))
  const isSlow = open.some(({ tokens }) => [...parametersOf(tokens)].length > 1)
  const longest = isSlow ? MAX_MATCHED_LENGTH : Number.POSITIVE_INFINITY
  if (expressions.length > 0) pathsAtBase.set(table, { expressions, longest })
}

function tableBase({ settings }: RequestFacts): string {
  return settings.routes?.base ?? ''
}

/** What a trusted proxy says that it took off. `undefined` without the option, without such a proxy or for a bad value. */
function forwardedPrefix(facts: RequestFacts): string | undefined {
  if (!facts.settings.forwardedPrefix || !facts.trustsProxy) return undefined
  const value = facts.field('x-forwarded-prefix')
  if (value === undefined) return undefined
  const prefix = parsePrefix(value)
  if (prefix === undefined) debug('%s %s: X-Forwarded-Prefix is ignored: %j', facts.method, facts.url, value)
  return prefix
}

// pchar of RFC 3986 §3.3 but the comma: a list holds what several proxies, or a client, have said.
const PREFIX = /^(?:\/(?:[\w\-.~!$&'()*+;=:@]|%[\da-f]{2})+)*\/?$/i
const UNSAFE_WHEN_DECODED = /[\p{Cc}\\/?#]/u

/** The path without a slash at its end; `undefined` if clients could read it as something else than this path. */
function parsePrefix(value: string): string | undefined {
  if (value === '' || value.length > MAX_PATH_LENGTH || !PREFIX.test(value)) return undefined
  const prefix = value.endsWith('/') ? value.slice(0, -1) : value
  return prefix.split('/').every(isSafeWhenDecoded) ? prefix : undefined
}

/** A proxy or a server further on may decode a segment: it must stay one segment. */
function isSafeWhenDecoded(segment: string): boolean {
  try {
    const text = decodeURIComponent(segment)
    return text !== '.' && text !== '..' && !UNSAFE_WHEN_DECODED.test(text)
  } catch {
    return false // no UTF-8
  }
}

function isBelow(path: string, base: string): boolean {
  return (
    path.startsWith(base) && (path.length === base.length || path[base.length] === '/' || path[base.length] === '?')
  )
}

/** Path and query of a request target, without scheme and authority of the absolute form (RFC 9112 §3.2.2). */
function originForm(target: string): string {
  const [url = ''] = target.split('#', 1) // a client never sends a fragment, and the frameworks ignore one
  if (url.startsWith('/')) return url
  const authority = ABSOLUTE_FORM.exec(url)?.[0]
  if (authority === undefined) return url
  const rest = url.slice(authority.length)
  return rest.startsWith('/') ? rest : `/${rest}`
}
