import type { GroupedRoute, RouteDefinitions } from './group.js'
import type { PathParameters } from './path-parameters.js'
import type { RouteParameters } from './route-source.js'

/**
 * Where an app tells its routes' types, once:
 * `declare module 'response-kit' { interface Register { routes: typeof routes } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: to be filled by the app
export interface Register {}

/** Marks what `defineRoutes` returns with its definitions, for types alone. */
export interface RouteTypes<Definitions extends RouteDefinitions> {
  /** Carries the types of the table; there is no such property. */
  readonly $definitions?: Definitions
}

/** The app's definitions, or `undefined` where it registered none. */
type Registered = Register extends { readonly routes: RouteTypes<infer Definitions> } ? Definitions : undefined

/** Any of the registered names; any string where none are registered. */
export type RouteName = Registered extends RouteDefinitions ? keyof Registered & string : string

/** The full pattern of a named route. */
export type PathOf<
  Definitions extends RouteDefinitions,
  Name extends keyof Definitions,
> = Definitions[Name] extends string
  ? Definitions[Name]
  : Definitions[Name] extends GroupedRoute<infer Path>
    ? Path
    : string

/** What follows the name in a call: parameters, optional where all of them are, and options. */
export type ArgumentsOf<Parameters, Options> = keyof Parameters extends never
  ? [parameters?: Readonly<Record<string, never>>, options?: Options]
  : Record<never, never> extends Parameters
    ? [parameters?: Parameters, options?: Options]
    : [parameters: Parameters, options?: Options]

/** What follows the name, or the view, in `redirectTo` and `route`. */
export type RouteArguments<Target, Options> = Registered extends RouteDefinitions
  ? Target extends keyof Registered
    ? ArgumentsOf<PathParameters<PathOf<Registered, Target> & string>, Options>
    : [parameters?: RouteParameters, options?: Options]
  : [parameters?: RouteParameters, options?: Options]
