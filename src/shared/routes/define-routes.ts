import { invalidType, ResponseKitError } from '../checks/errors.js'
import { didYouMean } from '../checks/nearest.js'
import type { View } from '../exchange/host-types.js'
import { appendUrlParts } from './append-url-parts.js'
import { type GroupedRoute, joinPaths, type RouteDefinitions, toGrouped } from './group.js'
import { createPathBuilder, type PathBuilder } from './path-builder.js'
import type { PathParameters } from './path-parameters.js'
import { parsePath } from './path-pattern.js'
import type { ArgumentsOf, PathOf, RouteTypes } from './register.js'
import { RouteNotFoundError } from './route-errors.js'
import type { RouteParameters, UrlOptions } from './route-source.js'
import { createSignedUrl, deriveSigningKeys, type SignedUrlOptions, setSigningKeys } from './signed-url.js'
import { type RouteTableOptions, readTableOptions } from './table-options.js'
import { bindView } from './views.js'

type GroupNameOf<Definitions extends RouteDefinitions> = {
  [Name in keyof Definitions]: Definitions[Name] extends GroupedRoute<string, string, infer Group> ? Group : never
}[keyof Definitions]

type LocalOf<Definitions extends RouteDefinitions, Name extends keyof Definitions> =
  Definitions[Name] extends GroupedRoute<string, infer Local> ? Local : PathOf<Definitions, Name>

/** The app's named routes. */
export interface Routes<Definitions extends RouteDefinitions = RouteDefinitions> extends RouteTypes<Definitions> {
  /** The full path, as the app registers it. */
  path<Name extends keyof Definitions & string>(name: Name): PathOf<Definitions, Name>
  /** The path below the prefix of its innermost group, or of the group named by `below`. */
  local<Name extends keyof Definitions & string>(name: Name): LocalOf<Definitions, Name>
  /** The path below the prefix of the group named by `below`. */
  local<Name extends keyof Definitions & string>(name: Name, below: GroupNameOf<Definitions>): string
  /** The prefix of a group: from the root, or below the outer group named by `below`. */
  prefix(group: GroupNameOf<Definitions>, below?: GroupNameOf<Definitions>): string
  /** The URL: each parameter one encoded segment. Throws `RouteNotFoundError`, `RouteParameterError`. */
  url<Name extends keyof Definitions & string>(
    name: Name,
    ...rest: ArgumentsOf<PathParameters<PathOf<Definitions, Name>>, UrlOptions>
  ): string
  /** The URL with a signature over its path and query, for a while or for one use; `verifySignedUrl()` checks it. */
  signedUrl<Name extends keyof Definitions & string>(
    name: Name,
    ...rest: ArgumentsOf<PathParameters<PathOf<Definitions, Name>>, SignedUrlOptions>
  ): string
  /** Lets `redirectTo(handler)` find this route. Returns the handler. */
  view<Handler extends View>(name: keyof Definitions & string, handler: Handler): Handler
  /** Whether there is a route of that name. */
  has(name: string): name is keyof Definitions & string
  /** The names of all routes. */
  readonly names: readonly (keyof Definitions & string)[]
  /** What is put before every URL. */
  readonly base: string
}

/** Reads the table once: a bad path is an error here, and no request does any work on it. */
export function defineRoutes<const Definitions extends RouteDefinitions>(
  definitions: Definitions,
  options: RouteTableOptions = {},
): Routes<Definitions> {
  if (typeof definitions !== 'object' || definitions === null || Array.isArray(definitions)) {
    throw invalidType('defineRoutes: routes', 'an object of names and paths', definitions)
  }
  const { secrets, base } = readTableOptions(options)
  const keys = secrets === undefined ? undefined : deriveSigningKeys(secrets)
  const routes = new Map<string, GroupedRoute>()
  const builders = new Map<string, PathBuilder>()
  for (const [name, definition] of Object.entries(definitions)) {
    const route = toGrouped(definition, `route '${name}'`)
    const pattern = parsePath(route.path, `route '${name}'`)
    if (route.groups.length > 0) parsePath(route.local, `route '${name}'`)
    routes.set(name, route)
    builders.set(name, createPathBuilder(`route '${name}'`, pattern))
  }

  const find = (name: string): GroupedRoute => {
    const route = routes.get(name)
    if (route === undefined) throw new RouteNotFoundError(String(name), routes.keys())
    return route
  }
  const build = (name: string, parameters: RouteParameters | undefined): string => {
    const builder = builders.get(name)
    if (builder === undefined) throw new RouteNotFoundError(String(name), routes.keys())
    return builder(parameters)
  }
  // The signatures are written in the interface; inside, names and parameters are plain.
  const table: Routes = {
    path: (name) => find(name).path,
    local: (name: string, below?: string) => localPath(name, find(name), below),
    prefix: (group, below) => prefixOf([...routes.values()], group, below),
    url(name: string, parameters?: RouteParameters, options?: UrlOptions) {
      const path = base + build(name, parameters)
      return options === undefined ? path : appendUrlParts(path, options)
    },
    signedUrl(name: string, parameters?: RouteParameters, options: SignedUrlOptions = {}) {
      if (keys === undefined)
        throw new ResponseKitError('NOT_CONFIGURED', "signedUrl() needs the option 'secrets' of defineRoutes()")
      return createSignedUrl(base + build(name, parameters), options, keys)
    },
    view(name, handler) {
      find(name)
      return bindView(table, name, handler)
    },
    has: (name): name is string => routes.has(name),
    names: Object.freeze([...routes.keys()]),
    base,
  }
  if (keys !== undefined) setSigningKeys(table, keys)
  return Object.freeze(table) as unknown as Routes<Definitions> // the table holds exactly these definitions
}

function localPath(name: string, { local, groups }: GroupedRoute, below: string | undefined): string {
  if (below === undefined) return local
  const index = groups.findIndex((group) => group.name === below)
  if (index < 0) throw noGroup(`route '${name}'`, below, groups)
  return groups.slice(index + 1).reduceRight((path, { prefix }) => joinPaths(prefix, path), local)
}

function prefixOf(routes: readonly GroupedRoute[], group: string, below: string | undefined): string {
  const groups = routes.find((route) => route.groups.some(({ name }) => name === group))?.groups
  if (groups === undefined) {
    throw noGroup(
      'these routes',
      group,
      routes.flatMap((route) => route.groups),
    )
  }
  const start = below === undefined ? 0 : groups.findIndex(({ name }) => name === below) + 1
  const end = groups.findIndex(({ name }) => name === group)
  if (start > end || (below !== undefined && start === 0)) throw noGroup(`group '${group}'`, String(below), groups)
  const prefix = groups.slice(start, end + 1).reduceRight((path, each) => joinPaths(each.prefix, path), '/')
  return prefix
}

function noGroup(subject: string, name: string, groups: readonly { readonly name: string }[]): ResponseKitError {
  const known = new Set(groups.map((group) => group.name))
  return new ResponseKitError('ROUTE_NOT_FOUND', `${subject}: no group is called '${name}'${didYouMean(name, known)}`)
}
