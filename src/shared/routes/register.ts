import type { PathSyntax } from '../exchange/host-types.js'
import type { GroupedRoute, RouteDefinitions } from './group.js'
import type { PathParameters } from './path-parameters.js'
import type { RouteParameters } from './route-source.js'

/**
 * An app tells the types of its routes here, once:
 * `declare module 'response-kit' { interface Register { routes: typeof routes } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: the app fills it
export interface Register {}

/** Marks what `defineRoutes` returns with its definitions, for types alone. */
export interface RouteTypes<
  Definitions extends RouteDefinitions,
  Defaulted extends string = never,
  Syntax extends PathSyntax | undefined = undefined,
> {
  /** Carries the types of the table; there is no such property. */
  readonly $definitions?: Definitions
  /** Carries the names of the defaults; there is no such property. */
  readonly $defaulted?: Defaulted
  /** Carries the syntax of the paths; there is no such property. */
  readonly $syntax?: Syntax
}

/** The app's definitions, or `undefined` if it registered none. */
type Registered = Register extends { readonly routes: RouteTypes<infer Definitions, string, PathSyntax | undefined> }
  ? Definitions
  : undefined

/** The parameters with a default in the app's table. */
type RegisteredDefaults = Register extends { readonly routes: { readonly $defaulted?: infer Defaulted } }
  ? Extract<Defaulted, string>
  : never

/** The syntax of the paths in the app's table. */
type RegisteredSyntax = Register extends { readonly routes: { readonly $syntax?: 'express4' } } ? 'express4' : undefined

/** Any of the registered names; any string if none are registered. */
export type RouteName = Registered extends RouteDefinitions ? keyof Registered & string : string

/** A URL in the place of a route's name, for `created`. */
export type ResourceUrl = `/${string}` | `http://${string}` | `https://${string}`

/** The full pattern of a named route. */
export type PathOf<
  Definitions extends RouteDefinitions,
  Name extends keyof Definitions,
> = Definitions[Name] extends string
  ? Definitions[Name]
  : Definitions[Name] extends GroupedRoute<infer Path>
    ? Path
    : string

/** The parameters of a route, of which those with a default are optional. */
export type WithDefaults<Parameters, Defaulted extends string> = [Defaulted] extends [never]
  ? Parameters
  : { readonly [Name in Exclude<keyof Parameters, Defaulted>]: Parameters[Name] } & {
      readonly [Name in Extract<keyof Parameters, Defaulted>]?: Parameters[Name] | undefined
    }

/** What follows the name in a call: parameters, optional if all of them are, and options. */
export type ArgumentsOf<Parameters, Options> = keyof Parameters extends never
  ? [parameters?: Readonly<Record<string, never>>, options?: Options]
  : Record<never, never> extends Parameters
    ? [parameters?: Parameters, options?: Options]
    : [parameters: Parameters, options?: Options]

/** What follows the name, or the view, in `redirectTo` and `route`. */
export type RouteArguments<Target, Options> = Registered extends RouteDefinitions
  ? Target extends keyof Registered
    ? ArgumentsOf<
        WithDefaults<PathParameters<PathOf<Registered, Target> & string, RegisteredSyntax>, RegisteredDefaults>,
        Options
      >
    : [parameters?: RouteParameters, options?: Options]
  : [parameters?: RouteParameters, options?: Options]
