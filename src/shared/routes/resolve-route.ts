import { checkKeys, isRecord } from '../checks/check-keys.js'
import { invalidRange, invalidType, notConfigured, ResponseKitError, showValue } from '../checks/errors.js'
import type { View } from '../exchange/host-types.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import { serializeLocation } from '../fields/location.js'
import { keptQuery, type QueryInit, type QueryValues, serializeQuery } from '../fields/query-string.js'
import { appendUrlParts, originOf } from './append-url-parts.js'
import { clientMount } from './client-url.js'
import { resolveView } from './resolve-view.js'
import { RouteNotFoundError } from './route-errors.js'
import { type RouteParameters, type UrlOptions, urlOfRoute } from './route-source.js'
import { SIGNATURE_PARAMETERS } from './signed-url.js'

/** What `route` and `redirectTo` append to a URL. */
export interface UrlParts {
  /**
   * Appended as `?name=value`, at most 65,536 characters. `true` carries the current query over as it came, without the
   * kit's own fields. Default: none.
   */
  readonly query?: QueryInit | true | undefined
  /**
   * The current query with these changes, as for page links: `{ page: 2 }`. `undefined` takes a parameter away.
   * Default: none.
   */
  readonly mergeQuery?: QueryValues | undefined
  /** Appended as `#hash`, encoded. Default: none. */
  readonly hash?: string | undefined
}

/** Options of `route`. */
export interface RouteOptions extends UrlParts {
  /** With scheme and host, from the option `origin` of `defineRoutes()`. Default `false`. */
  readonly absolute?: boolean | undefined
}

const URL_PARTS: readonly string[] = ['query', 'mergeQuery', 'hash']
const ROUTE_OPTIONS: readonly string[] = [...URL_PARTS, 'absolute']
const REDIRECT_OPTIONS: readonly string[] = [...URL_PARTS, 'status']

/** The URL of a named route, or of a view, for `route`. It is absolute if the options say so. */
export function resolveRoute(
  facts: RequestFacts,
  target: string | View,
  parameters: RouteParameters | undefined,
  options: RouteOptions = {},
): string {
  const call = 'route()'
  checkTarget(call, target)
  checkKeys(call, options, ROUTE_OPTIONS)
  const { absolute = false } = options
  if (typeof absolute !== 'boolean') throw invalidType(`${call}: option 'absolute'`, 'a boolean', absolute)
  const path = resolveSitePath(facts, call, target, parameters, options)
  return absolute ? originOf(facts.settings.routes?.origin, call) + path : path
}

/** The same for `redirectTo`, which has further options. The URL is a path of this site. */
export function resolveRedirect(
  facts: RequestFacts,
  target: string | View,
  parameters: RouteParameters | undefined,
  options: UrlParts,
): string {
  checkTarget('redirectTo()', target)
  checkKeys('redirectTo()', options, REDIRECT_OPTIONS)
  return resolveSitePath(facts, 'redirectTo()', target, parameters, options)
}

/** The Location of what a request has made: the path of a route or a view, or a URL as the developer wrote it. */
export function resolveCreated(
  facts: RequestFacts,
  target: string | View,
  parameters: RouteParameters | undefined,
): string {
  const call = 'created()'
  checkCreated(target, parameters)
  const url = isUrl(target) ? target : resolveSitePath(facts, call, target, parameters, {})
  const location = serializeLocation(url)
  if (location !== undefined) return location
  throw invalidRange(`${call}: target`, 'a URL without control characters, not beginning with //', target)
}

/** Checks what a `Reply` is given before a request is there. */
export function checkCreated(target: string | View, parameters: unknown): void {
  checkTarget('created()', target)
  if (!isUrl(target) || parameters === undefined || parameters === null) return
  if (isRecord(parameters) && Object.keys(parameters).length === 0) return
  throw invalidType('created(): parameters', 'absent beside a path, as the body comes after them', parameters)
}

/** What begins like a path or a URL is no name. */
function isUrl(target: string | View): target is string {
  return typeof target === 'string' && /^(?:\/|https?:)/i.test(target)
}

function checkTarget(call: string, target: unknown): void {
  if (typeof target !== 'string' && typeof target !== 'function') {
    throw invalidType(`${call}: target`, "a route's name or a view", target)
  }
}

/** A caller that gives a path means `redirectLocal()`. A route source of the app may still have a route of such a name. */
function pathForName(call: string, name: string): ResponseKitError {
  const advice = "takes a route's name; for a path use redirectLocal() or the framework's own redirect()"
  return new ResponseKitError('ROUTE_NOT_FOUND', `${call} ${advice}, got ${showValue(name)}`)
}

function resolveSitePath(
  facts: RequestFacts,
  call: string,
  target: string | View,
  parameters: RouteParameters | undefined,
  { query, mergeQuery, hash }: UrlParts,
): string {
  if (mergeQuery === null)
    throw invalidType(`${call}: option 'mergeQuery'`, 'an object, URLSearchParams or a Map', null)
  if (query !== undefined && mergeQuery !== undefined) {
    throw invalidType(`${call}: option 'mergeQuery'`, "absent beside 'query'", mergeQuery)
  }
  // What the query carries over from the request is no value any more: it stays as it came.
  const carried =
    query === true
      ? currentQuery(facts)
      : mergeQuery === undefined
        ? undefined
        : mergedQuery(facts, mergeQuery, `${call}: option 'mergeQuery'`)
  const parts: UrlOptions | undefined =
    query === undefined && hash === undefined && carried === undefined
      ? undefined
      : { query: query === undefined || query === true ? undefined : keptQuery(query, call), hash }
  if (parts !== undefined) appendUrlParts('', parts, undefined, call) // an error names the call the caller wrote
  const name = typeof target === 'string' ? target : target.name
  const url =
    typeof target === 'string'
      ? resolveName(facts, call, target, parameters, carried === undefined ? parts : undefined)
      : resolveView(facts, call, target, parameters)
  if (carried === undefined && typeof target === 'string') return sitePath(name, url)
  const start = carried === undefined || carried === '' ? url : `${url}${url.includes('?') ? '&' : '?'}${carried}`
  return sitePath(name, parts === undefined ? start : appendUrlParts(start, parts, undefined, call))
}

function resolveName(
  facts: RequestFacts,
  call: string,
  name: string,
  parameters: RouteParameters | undefined,
  options: UrlOptions | undefined,
): string {
  const source = facts.settings.routes
  if (source === undefined) throw isUrl(name) ? pathForName(call, name) : notConfigured(call, 'routes')
  const { base = '' } = source
  try {
    return clientMount(facts) + sitePath(name, urlOfRoute(source, name, parameters, options)).slice(base.length)
  } catch (error) {
    throw isUrl(name) && error instanceof RouteNotFoundError ? pathForName(call, name) : error
  }
}

/** A path, and nothing that clients take for another host. */
function sitePath(name: string, url: string): string {
  if (typeof url === 'string' && /^\/(?![/\\])/.test(url)) return url
  throw new ResponseKitError('ROUTE_PARAMETER', `route '${name}': not a path of this site: ${showValue(url)}`)
}

/** The query of this request as it came, without the field of `back` and without a signature, which is for one URL. */
function currentQuery(facts: RequestFacts, isDropped: (name: string) => boolean = () => false): string {
  const [target = ''] = facts.url.split('#', 1)
  const start = target.indexOf('?')
  if (start < 0) return ''
  const pairs = target.slice(start + 1).split('&')
  const names = pairs.map(nameOf)
  const isSigned = names.includes('signature')
  const { field } = facts.settings.back
  const kept = pairs.filter((_, index) => {
    const name = names[index] ?? ''
    return name !== field && !(isSigned && SIGNATURE_PARAMETERS.has(name)) && !isDropped(name)
  })
  // Node hands on bytes above 0x7e, which a Location must not have.
  return kept.join('&').replace(/[^\x21-\x7e]/g, (character) => encodeURIComponent(character))
}

/** `page[size]` belongs to the parameter `page`. */
function mergedQuery(facts: RequestFacts, changes: QueryValues, option: string): string {
  if (typeof changes !== 'object' || changes === null || Symbol.iterator in changes) {
    throw invalidType(option, 'an object of parameters', changes)
  }
  const changed = serializeQuery(changes, option)
  const current = currentQuery(facts, (name) => Object.hasOwn(changes, name.split('[', 1)[0] ?? ''))
  return [current, changed].filter((part) => part !== '').join('&')
}

function nameOf(pair: string): string {
  const [name = ''] = pair.split('=', 1)
  try {
    return decodeURIComponent(name.replaceAll('+', ' '))
  } catch {
    return name
  }
}
