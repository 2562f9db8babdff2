import type { RequestFacts } from '../exchange/request-facts.js'

// scheme "://" authority, narrowed to the hosts on which all URL parsers agree (RFC 3986 §3.2.2).
const ABSOLUTE_FORM = /^https?:\/\/(?:[\w.-]+|\[[\da-f:.]+\])(?::\d*)?(?=[/?#]|$)/i

/** The path and query of the request as the client sees them, with what a mount or a proxy takes off. */
export function clientUrl(facts: RequestFacts): string {
  return clientPath(originForm(facts.url), proxyBase(facts))
}

/** The path at which the client sees the app with the routes: it goes in front of every path of the route table. */
export function clientMount(facts: RequestFacts, mount: string = facts.routeBase): string {
  return clientPath(mount, proxyBase(facts))
}

/** The path that a proxy in front of the app takes off: the route table's `base`. */
export function proxyBase({ settings }: RequestFacts): string {
  return settings.routes?.base ?? ''
}

/** A path that begins with the base has kept it: not every proxy takes the base off. */
function clientPath(path: string, base: string): string {
  return base === '' || isBelow(path, base) ? path : base + path
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
