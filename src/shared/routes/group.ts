import { isRecord } from '../checks/check-keys.js'
import { invalidType, ResponseKitError } from '../checks/errors.js'
import { didYouMean } from '../checks/nearest.js'
import { nameText } from './route-errors.js'

/** A route below the prefix of a group. */
export interface GroupedRoute<
  Path extends string = string,
  Local extends string = string,
  GroupName extends string = string,
> {
  /** The full path. */
  readonly path: Path
  /** The path below the prefix of its innermost group. */
  readonly local: Local
  /** The groups around the route with their prefixes, outermost first, each prefix below the one before. */
  readonly groups: readonly { readonly name: GroupName; readonly prefix: string }[]
}

/** Names to paths, as `defineRoutes` and `group` take them. */
export type RouteDefinitions = Readonly<Record<string, string | GroupedRoute>>

/** `/` below a prefix is the prefix itself; a prefix of `/` adds nothing. */
export type JoinPaths<Prefix extends string, Path extends string> = Prefix extends '/' | ''
  ? Path
  : Path extends '/'
    ? Prefix
    : `${Prefix}${Path}`

/** The routes of a group, as `group()` returns them. */
export type GroupedRoutes<Name extends string, Prefix extends string, Definitions extends RouteDefinitions> = {
  readonly [Key in keyof Definitions & string as `${Name}.${Key}`]: Definitions[Key] extends GroupedRoute<
    infer Path,
    infer Local,
    infer Inner
  >
    ? GroupedRoute<JoinPaths<Prefix, Path>, Local, Name | `${Name}.${Inner}`>
    : Definitions[Key] extends string
      ? GroupedRoute<JoinPaths<Prefix, Definitions[Key]>, Definitions[Key], Name>
      : never
}

/**
 * Routes below one prefix and one name, to be spread into `defineRoutes` or another group: `...group('admin', '/admin',
 * { report: '/reports/:year' })` defines `admin.report` as `/admin/reports/:year`.
 *
 * @param name Stands in front of each name, with a dot.
 * @param prefix Stands in front of each path.
 * @param definitions Paths by name, or the routes of an inner group.
 * @throws `INVALID_ARGUMENT` for a bad name, `INVALID_PATTERN` for a bad path.
 * @example
 * const routes = defineRoutes({ home: '/', ...group('admin', '/admin', { report: '/reports/:year' }) })
 */
export function group<
  const Name extends string,
  const Prefix extends string,
  const Definitions extends RouteDefinitions,
>(name: Name, prefix: Prefix, definitions: Definitions): GroupedRoutes<Name, Prefix, Definitions> {
  if (typeof name !== 'string' || name === '') throw invalidType('group: name', 'a non-empty string', name)
  checkPrefix(name, prefix)
  if (!isRecord(definitions)) {
    throw invalidType(`group '${name}': routes`, 'an object of names and paths', definitions)
  }
  const grouped: Record<string, GroupedRoute> = {}
  for (const [key, definition] of Object.entries(definitions)) {
    const { path, local, groups } = toGrouped(definition, `group '${name}': route '${key}'`)
    grouped[`${name}.${key}`] = {
      path: joinPaths(prefix, path),
      local,
      groups: [{ name, prefix }, ...groups.map((inner) => ({ name: `${name}.${inner.name}`, prefix: inner.prefix }))],
    }
  }
  // The keys are built as the mapped type says.
  return grouped as GroupedRoutes<Name, Prefix, Definitions>
}

/** A definition in its full form. */
export function toGrouped(definition: unknown, subject: string): GroupedRoute {
  if (typeof definition === 'string') return { path: definition, local: definition, groups: [] }
  const { path, local, groups } = (definition ?? {}) as Partial<GroupedRoute> // each member is checked here
  if (typeof path === 'string' && typeof local === 'string' && Array.isArray(groups)) return { path, local, groups }
  throw invalidType(subject, 'a path or what group() returned', definition)
}

function joinPaths(prefix: string, path: string): string {
  if (prefix === '/' || prefix === '') return path
  return path === '/' ? prefix : prefix + path
}

function checkPrefix(name: string, prefix: string): void {
  if (typeof prefix !== 'string') throw invalidType(`group '${name}': prefix`, 'a string', prefix)
  const begins = /^\{*\//.test(prefix) // an optional group may be first
  if (prefix === '' || prefix === '/' || (begins && !prefix.endsWith('/'))) return
  const reason = begins ? "must not end with '/'" : "must begin with '/'"
  throw new ResponseKitError('INVALID_PATTERN', `group '${name}': prefix '${prefix}' ${reason}`)
}

/** The path of a route below the prefix of the group `below`, else of its innermost group. `subject` names it in an error. */
export function localPathOf({ local, groups }: GroupedRoute, subject: string, below: string | undefined): string {
  if (below === undefined) return local
  const index = groups.findIndex((group) => group.name === below)
  if (index < 0) throw noGroup(subject, below, groups)
  return groups.slice(index + 1).reduceRight((path, { prefix }) => joinPaths(prefix, path), local)
}

/** The prefix of a group, from the root or below the outer group `below`. */
export function prefixOf(routes: readonly GroupedRoute[], group: string, below: string | undefined): string {
  const groups = routes.find((route) => route.groups.some(({ name }) => name === group))?.groups
  if (groups === undefined) {
    const known = routes.flatMap((route) => route.groups)
    throw noGroup('these routes', group, known)
  }
  const start = below === undefined ? 0 : groups.findIndex(({ name }) => name === below) + 1
  const end = groups.findIndex(({ name }) => name === group)
  if (start > end || (below !== undefined && start === 0)) throw noGroup(`group '${group}'`, below, groups)
  return groups.slice(start, end + 1).reduceRight((path, each) => joinPaths(each.prefix, path), '/')
}

function noGroup(subject: string, given: unknown, groups: readonly { readonly name: string }[]): ResponseKitError {
  const known = new Set(groups.map((group) => group.name))
  const name = nameText(given)
  return new ResponseKitError('ROUTE_NOT_FOUND', `${subject}: no group is called '${name}'${didYouMean(name, known)}`)
}
