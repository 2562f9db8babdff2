import type { PathSyntax, View } from '../exchange/host-types.js'
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

/** The parameters that a call must give. */
type RequiredNames<Parameters> = {
  [Name in keyof Parameters & string]: Record<never, never> extends Pick<Parameters, Name> ? never : Name
}[keyof Parameters & string]

/** What a call gives for the parameters of a route: nothing, if the route has none; `undefined` too, if all are optional. */
export type ParametersArgument<Parameters> = Parameters extends unknown
  ? keyof Parameters extends never
    ? Readonly<Record<string, never>> | undefined
    : Record<never, never> extends Parameters
      ? Parameters | undefined
      : Parameters
  : never

/**
 * The name of a route in a call. For a name that no route has, it is a text that says so and shows the nearest:
 * TypeScript prints it as the type that it expects.
 */
export type NameArgument<Given, Names extends string> = Given extends Names
  ? Given
  : string extends Given
    ? Names
    : Given extends string
      ? NoSuchRoute<Given, Names>
      : Names

type NoSuchRoute<Given extends string, Names extends string> = [NearName<Given, Names>] extends [never]
  ? Names
  : `no route '${Given}'. Did you mean '${NearName<Given, Names>}'?`

/** The same in a call without parameters. For a route that needs one, it is a text that names the parameter. */
export type LoneName<Given, Names extends string, Parameters> = Given extends Names
  ? [RequiredNames<Parameters>] extends [never]
    ? Given
    : `route '${Given}' needs the parameter '${RequiredNames<Parameters>}'`
  : NameArgument<Given, Names>

/** The names that at most two edits make of `Given`. It is computed only if `Given` is no name. */
type NearName<Given extends string, Names extends string> = Names extends Names
  ? true extends IsNear<Given, Names, [1, 1]>
    ? Names
    : never
  : never

/** Whether as many edits as `Edits` is long make one text of the other. */
type IsNear<One extends string, Other extends string, Edits extends unknown[]> = One extends Other
  ? true
  : One extends `${infer OneFirst}${infer OneRest}`
    ? Other extends `${infer OtherFirst}${infer OtherRest}`
      ? OneFirst extends OtherFirst
        ? IsNear<OneRest, OtherRest, Edits>
        : Edits extends [unknown, ...infer Left]
          ? IsNear<OneRest, OtherRest, Left> | IsNear<One, OtherRest, Left> | IsNear<OneRest, Other, Left>
          : false
      : Edits extends [unknown, ...infer Left]
        ? IsNear<OneRest, Other, Left>
        : false
    : Edits extends [unknown, ...infer Left]
      ? Other extends `${infer _First}${infer OtherRest}`
        ? IsNear<One, OtherRest, Left>
        : false
      : false

/** The parameters of a registered route; those of any other target are of any name. */
type RegisteredParameters<Given> = Registered extends RouteDefinitions
  ? Given extends keyof Registered
    ? WithDefaults<PathParameters<PathOf<Registered, Given> & string, RegisteredSyntax>, RegisteredDefaults>
    : RouteParameters
  : RouteParameters

/** The target of `redirectTo`, `route` and `created` with parameters: a route's name, a view, or one of `Others`. */
export type RouteTarget<Given, Others = never> = Given extends View | Others ? Given : NameArgument<Given, RouteName>

/** The same in a call without parameters. */
export type LoneRouteTarget<Given, Others = never> = Given extends View | Others
  ? Given
  : LoneName<Given, RouteName, RegisteredParameters<Given>>

/** The parameters that go with the target. */
export type RouteTargetParameters<Given> = ParametersArgument<RegisteredParameters<Given>>
