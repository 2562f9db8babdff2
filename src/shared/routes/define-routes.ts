import { checkKeys, isRecord } from '../checks/check-keys.js'
import { invalidType, ResponseKitError } from '../checks/errors.js'
import { didYouMean } from '../checks/nearest.js'
import { MIN_SECRET_BYTES, readSecrets } from '../checks/secrets.js'
import type { PathSyntax, View } from '../exchange/host-types.js'
import { parseOrigin } from '../fields/origin.js'
import { appendUrlParts } from './append-url-parts.js'
import { notePathsAtBase } from './client-url.js'
import { type GroupedRoute, localPathOf, prefixOf, type RouteDefinitions, toGrouped } from './group.js'
import { createPathBuilder, type PathBuilder } from './path-builder.js'
import type { PathParameters, SegmentValue } from './path-parameters.js'
import { type PathPattern, parametersOf, parsePath } from './path-pattern.js'
import type { LoneName, NameArgument, ParametersArgument, PathOf, RouteTypes, WithDefaults } from './register.js'
import { bindView } from './resolve-view.js'
import { nameText, RouteNotFoundError } from './route-errors.js'
import type { RouteParameters, UrlOptions } from './route-source.js'
import { createSignedUrl, deriveSigningKeys, type SignedUrlOptions, setSigner } from './signed-url.js'

type GroupNameOf<Definitions extends RouteDefinitions> = {
  [Name in keyof Definitions]: Definitions[Name] extends GroupedRoute<string, string, infer Group> ? Group : never
}[keyof Definitions]

type LocalOf<Definitions extends RouteDefinitions, Name extends keyof Definitions> =
  Definitions[Name] extends GroupedRoute<string, infer Local> ? Local : PathOf<Definitions, Name>

/** The parameters of a route; those with a default in the table are optional. */
export type RouteParametersOf<
  Definitions extends RouteDefinitions,
  Name extends keyof Definitions,
  Defaulted extends string,
  Syntax extends PathSyntax | undefined = undefined,
> = WithDefaults<PathParameters<PathOf<Definitions, Name>, Syntax>, Defaulted>

/** The app's named routes. */
export interface Routes<
  Definitions extends RouteDefinitions = RouteDefinitions,
  Defaulted extends string = never,
  Syntax extends PathSyntax | undefined = undefined,
> extends RouteTypes<Definitions, Defaulted, Syntax> {
  /**
   * The full path, as the app registers it.
   *
   * @param name The route.
   * @throws `RouteNotFoundError` for a name that is not in the table.
   * @example
   * app.get(routes.path('users.show'), show)
   */
  path<const Name extends string>(
    name: NameArgument<Name, keyof Definitions & string>,
  ): PathOf<Definitions, Name & keyof Definitions>
  /**
   * The path below the prefix of its innermost group.
   *
   * @param name The route.
   * @throws `RouteNotFoundError` for a name that is not in the table.
   * @example
   * admin.get(routes.local('admin.report'), report)
   */
  local<const Name extends string>(
    name: NameArgument<Name, keyof Definitions & string>,
  ): LocalOf<Definitions, Name & keyof Definitions>
  /**
   * The path below the prefix of the group named by `below`.
   *
   * @param name The route.
   * @param below The group that the router of the route is mounted for.
   * @throws `RouteNotFoundError` for a name that is not in the table.
   * @example
   * router.get(routes.local('shop.admin.report', 'shop'), report)
   */
  local<const Name extends string>(
    name: NameArgument<Name, keyof Definitions & string>,
    below: GroupNameOf<Definitions>,
  ): string
  /**
   * The prefix of a group: from the root, or below the outer group named by `below`.
   *
   * @param group The group.
   * @param below An outer group. Default: none, and the prefix is whole.
   * @throws `ROUTE_NOT_FOUND` for a name that no group has.
   * @example
   * app.use(routes.prefix('admin'), admin)
   */
  prefix(group: GroupNameOf<Definitions>, below?: GroupNameOf<Definitions>): string
  /**
   * The URL of a route.
   *
   * @param name The route.
   * @throws `RouteNotFoundError`; `RouteParameterError` if the route needs a parameter.
   * @example routes.url('home')
   */
  url<const Name extends string>(
    name: LoneName<
      Name,
      keyof Definitions & string,
      RouteParametersOf<Definitions, Name & keyof Definitions, Defaulted, Syntax>
    >,
  ): string
  /**
   * The URL of a route with parameters.
   *
   * @param name The route.
   * @param parameters Each becomes one encoded segment; a wildcard is a list of segments.
   * @param options `query`, `hash` and `absolute`.
   * @throws `RouteNotFoundError`, `RouteParameterError`; `NOT_CONFIGURED` for an absolute URL without `origin`.
   * @example routes.url('users.show', { id: 7 }, { query: { tab: 'posts' } })
   */
  url<const Name extends string>(
    name: NameArgument<Name, keyof Definitions & string>,
    parameters: ParametersArgument<RouteParametersOf<Definitions, Name & keyof Definitions, Defaulted, Syntax>>,
    options?: UrlOptions,
  ): string
  /**
   * The URL of a route with a signature over its path and query, which `verifySignedUrl()` checks.
   *
   * @param name The route.
   * @throws `NOT_CONFIGURED` without `secrets`; as `url`.
   * @example routes.signedUrl('newsletter')
   */
  signedUrl<const Name extends string>(
    name: LoneName<
      Name,
      keyof Definitions & string,
      RouteParametersOf<Definitions, Name & keyof Definitions, Defaulted, Syntax>
    >,
  ): string
  /**
   * The URL of a route with parameters, and with a signature over its path and query, which `verifySignedUrl()` checks.
   *
   * @param name The route.
   * @param parameters Each becomes one encoded segment; a wildcard is a list of segments.
   * @param options Those of `url`, `expiresIn` and `once`.
   * @throws `NOT_CONFIGURED` without `secrets`; as `url`.
   * @example routes.signedUrl('unsubscribe', { id: 7 }, { expiresIn: '7d', absolute: true })
   */
  signedUrl<const Name extends string>(
    name: NameArgument<Name, keyof Definitions & string>,
    parameters: ParametersArgument<RouteParametersOf<Definitions, Name & keyof Definitions, Defaulted, Syntax>>,
    options?: SignedUrlOptions,
  ): string
  /**
   * Lets `redirectTo(handler)` find this route. Returns the handler.
   *
   * @param name The route.
   * @param handler The function that answers the route.
   * @throws `RouteNotFoundError` for a name that is not in the table, `INVALID_ARGUMENT` for what is no function.
   * @example
   * const show = routes.view('users.show', (req, res) => res.text(req.params.id))
   */
  view<Handler extends View>(name: keyof Definitions & string, handler: Handler): Handler
  /**
   * Whether there is a route of that name.
   *
   * @param name Any text.
   * @throws Nothing.
   * @example
   * if (routes.has(name)) res.redirect(routes.url(name))
   */
  has(name: string): name is keyof Definitions & string
  /** The names of all routes. */
  readonly names: readonly (keyof Definitions & string)[]
  /** The path in front of every URL, which a proxy takes off before the app sees it. */
  readonly base: string
  /** Scheme and host of absolute URLs. */
  readonly origin: string | undefined
}

/** Options of `defineRoutes()`. */
export interface RouteTableOptions<
  Defaulted extends string = string,
  Syntax extends PathSyntax | undefined = PathSyntax | undefined,
> {
  /** What `signedUrl` signs with, newest first, at least 32 bytes each: the first signs, all verify. Default: none. */
  readonly secrets?: string | readonly string[]
  /** A path in front of every URL, which a proxy in front of the app takes off. Default: none. */
  readonly base?: string
  /** Scheme and host of absolute URLs, such as `'https://shop.example'`. Default: none. */
  readonly origin?: string
  /** Values of parameters that a call does not give. Default: none. */
  readonly defaults?: { readonly [Name in Defaulted]: SegmentValue | readonly SegmentValue[] }
  /**
   * `'express4'` reads every path as Express 4 does: in `/ab*cd` the `*` has the name `0`, and `cd` is text. Default: as
   * Express 5 and @koa/router read it, so that `*cd` is a name; a path that only Express 4 can read is read as Express 4 does.
   */
  readonly syntax?: Syntax
}

/**
 * Reads a table of named routes once: a bad path is an error here, and no request does any work on it.
 *
 * @param definitions Paths by name, and the routes of groups.
 * @param options `secrets`, `base`, `origin`, `defaults` and `syntax`.
 * @throws `INVALID_PATTERN`, `INVALID_ARGUMENT`, `INVALID_OPTION`.
 * @example
 * const routes = defineRoutes({ home: '/', 'users.show': '/users/:id' })
 */
export function defineRoutes<
  const Definitions extends RouteDefinitions,
  Defaulted extends string = never,
  Syntax extends PathSyntax | undefined = undefined,
>(
  definitions: Definitions,
  options: RouteTableOptions<Defaulted, Syntax> = {},
): Routes<Definitions, Defaulted, Syntax> {
  if (!isRecord(definitions)) throw invalidType('defineRoutes: routes', 'an object of names and paths', definitions)
  checkKeys('defineRoutes()', options, ['secrets', 'base', 'origin', 'defaults', 'syntax'])
  const secrets = readSecrets("defineRoutes: option 'secrets'", options.secrets, MIN_SECRET_BYTES)
  const base = readBase(options.base)
  const origin = readTableOrigin(options.origin)
  const defaults = readDefaults(options.defaults)
  const syntax = readSyntax(options.syntax)
  const keys = secrets === undefined ? undefined : deriveSigningKeys(secrets)
  const routes = new Map<string, GroupedRoute>()
  const builders = new Map<string, PathBuilder>()
  const parameterNames = new Set<string>()
  const patterns: PathPattern[] = []
  for (const [name, definition] of Object.entries(definitions)) {
    const route = toGrouped(definition, `route '${name}'`)
    const pattern = parsePath(route.path, `route '${name}'`, syntax)
    if (route.groups.length > 0) parsePath(route.local, `route '${name}'`, syntax)
    routes.set(name, route)
    builders.set(name, withDefaults(createPathBuilder(`route '${name}'`, pattern), pattern, defaults))
    patterns.push(pattern)
    for (const parameter of parametersOf(pattern.tokens)) parameterNames.add(parameter.name)
  }
  checkDefaults(defaults, parameterNames)

  const find = (name: string): GroupedRoute => {
    const route = routes.get(name)
    if (route === undefined) throw new RouteNotFoundError(nameText(name), routes.keys())
    return route
  }
  const build = (name: string, parameters: RouteParameters | undefined): string => {
    const builder = builders.get(name)
    if (builder === undefined) throw new RouteNotFoundError(nameText(name), routes.keys())
    return builder(parameters)
  }
  // The signatures are written in the interface; inside, names and parameters are plain.
  const table: Routes = {
    path: (name) => find(name).path,
    local: (name: string, below?: string) => localPathOf(find(name), `route '${name}'`, below),
    prefix: (group, below) => prefixOf([...routes.values()], group, below),
    url(name: string, parameters?: RouteParameters, options?: UrlOptions) {
      const path = base + build(name, parameters)
      return options === undefined ? path : appendUrlParts(path, options, origin, 'url')
    },
    signedUrl(name: string, parameters?: RouteParameters, options: SignedUrlOptions = {}) {
      if (keys === undefined)
        throw new ResponseKitError('NOT_CONFIGURED', "signedUrl() needs the option 'secrets' of defineRoutes()")
      return createSignedUrl(base + build(name, parameters), options, keys, origin)
    },
    view(name, handler) {
      find(name)
      return bindView(table, name, handler)
    },
    has: (name): name is string => routes.has(name),
    names: Object.freeze([...routes.keys()]),
    base,
    origin,
  }
  if (keys !== undefined) setSigner(table, keys, base, patterns)
  notePathsAtBase(table, base, patterns)
  return Object.freeze(table) as unknown as Routes<Definitions, Defaulted, Syntax> // the table holds exactly these definitions
}

function withDefaults(builder: PathBuilder, pattern: PathPattern, defaults: RouteParameters): PathBuilder {
  const own = [...parametersOf(pattern.tokens)].filter(({ name }) => Object.hasOwn(defaults, name))
  if (own.length === 0) return builder
  return (parameters) => {
    const all: Record<string, unknown> = { ...parameters }
    for (const { name } of own) all[name] ??= defaults[name]
    return builder(all)
  }
}

function readBase(value: unknown = ''): string {
  if (typeof value !== 'string') throw invalidType("defineRoutes: option 'base'", 'a path', value)
  if (value === '' || value === '/') return ''
  const { tokens } = parsePath(value, "defineRoutes: option 'base'")
  const [text, ...others] = tokens
  // The text without the escapes of a pattern: `\\:` is a colon.
  if (text?.type === 'text' && others.length === 0 && !text.value.endsWith('/')) return text.value
  const message = "defineRoutes: option 'base' must be a plain path without a slash at its end"
  throw new ResponseKitError('INVALID_PATTERN', message)
}

function readTableOrigin(value: unknown): string | undefined {
  if (value === undefined) return undefined
  const origin = parseOrigin(value)
  if (origin !== undefined) return origin
  throw invalidType("defineRoutes: option 'origin'", "scheme and host such as 'https://shop.example'", value)
}

function readDefaults(value: unknown = {}): RouteParameters {
  if (isRecord(value)) return { ...value }
  throw invalidType("defineRoutes: option 'defaults'", 'an object of parameters', value)
}

/** A misspelt default would be lost in silence. */
function checkDefaults(defaults: RouteParameters, known: ReadonlySet<string>): void {
  for (const name of Object.keys(defaults)) {
    if (known.has(name)) continue
    const message = `defineRoutes: option 'defaults': no route has a parameter '${name}'${didYouMean(name, known)}`
    throw Object.assign(new TypeError(message), { code: 'INVALID_OPTION' })
  }
}

function readSyntax(value: unknown): PathSyntax | undefined {
  if (value === undefined || value === 'express4') return value
  throw invalidType("defineRoutes: option 'syntax'", "'express4' or absent", value)
}
