import type { PathSyntax } from '../exchange/host-types.js'

/** What a parameter's value may be: it becomes one segment. */
export type SegmentValue = string | number | bigint | boolean

/**
 * The parameters of a path: named, optional and wildcard ones, in both syntaxes. If the path is no literal type, every parameter is allowed.
 * `Syntax` is the option `syntax` of `defineRoutes()`.
 */
export type PathParameters<Path extends string, Syntax extends PathSyntax | undefined = undefined> = string extends Path
  ? Readonly<Record<string, SegmentValue | readonly SegmentValue[] | undefined>>
  : Simplify<Walk<[Syntax] extends ['express4'] ? WithBareStars<Path> : Path>>

/** Express 4 takes what follows a `*` for text. A dot ends a name, so that none is read. */
type WithBareStars<Text extends string> = Text extends `${infer Before}*${infer After}`
  ? `${Before}*${Before extends `${string}(` ? '' : '.'}${WithBareStars<After>}`
  : Text

type Simplify<Found extends Parameters> = {
  readonly [Name in Found['segment']]: SegmentValue
} & { readonly [Name in Found['optional']]?: SegmentValue | undefined } & {
  readonly [Name in Found['wildcard']]: readonly SegmentValue[]
} & { readonly [Name in Found['optionalWildcard']]?: readonly SegmentValue[] | undefined } extends infer Shape
  ? { [Name in keyof Shape]: Shape[Name] }
  : never

interface Parameters {
  segment: string
  optional: string
  wildcard: string
  optionalWildcard: string
}

type Add<Found extends Parameters, Kind extends keyof Parameters, Name extends string> = {
  [Key in keyof Parameters]: Key extends Kind ? Found[Key] | Name : Found[Key]
}

interface Nothing {
  segment: never
  optional: never
  wildcard: never
  optionalWildcard: never
}

/**
 * Reads a path. A segment without a parameter is one step. `Depth` counts the open groups, `Unnamed` each `*` without a name
 * (Express 4).
 */
type Walk<
  Text extends string,
  Found extends Parameters = Nothing,
  Depth extends unknown[] = [],
  Unnamed extends unknown[] = [],
> = Text extends `${infer Segment}/${infer Rest}`
  ? Segment extends WithSpecial
    ? Step<Text, Found, Depth, Unnamed>
    : Walk<Rest, Found, Depth, Unnamed>
  : Text extends WithSpecial
    ? Step<Text, Found, Depth, Unnamed>
    : Found

type WithSpecial = `${string}${'{' | '}' | '\\' | ':' | '*'}${string}`

/** One step a character. */
type Step<
  Text extends string,
  Found extends Parameters,
  Depth extends unknown[],
  Unnamed extends unknown[],
> = Text extends `${infer First}${infer Rest}`
  ? First extends '{'
    ? Walk<Rest, Found, [...Depth, unknown], Unnamed>
    : First extends '}'
      ? Walk<Rest, Found, Depth extends [unknown, ...infer Outer] ? Outer : [], Unnamed>
      : First extends '\\'
        ? Rest extends `${string}${infer After}`
          ? Walk<After, Found, Depth, Unnamed>
          : Found
        : First extends ':'
          ? Named<ReadName<Rest>, Found, Depth, Unnamed>
          : First extends '*'
            ? Splat<ReadName<Rest>, Found, Depth, Unnamed>
            : Walk<Rest, Found, Depth, Unnamed>
  : Found

type Named<
  Read extends [string, string],
  Found extends Parameters,
  Depth extends unknown[],
  Unnamed extends unknown[],
> = Read extends [infer Name extends string, infer Rest extends string]
  ? Rest extends `(*)${infer After}`
    ? After extends `?${infer Beyond}`
      ? Walk<Beyond, Add<Found, 'optionalWildcard', Name>, Depth, [...Unnamed, unknown]>
      : Walk<After, Add<Found, 'wildcard', Name>, Depth, [...Unnamed, unknown]>
    : AfterExpression<Rest> extends `?${infer After}`
      ? Walk<After, Add<Found, 'optional', Name>, Depth, Unnamed>
      : Walk<AfterExpression<Rest>, Add<Found, Depth extends [] ? 'segment' : 'optional', Name>, Depth, Unnamed>
  : Found

type Splat<
  Read extends [string, string],
  Found extends Parameters,
  Depth extends unknown[],
  Unnamed extends unknown[],
> = Read extends [infer Name extends string, infer Rest extends string]
  ? Name extends ''
    ? Walk<Rest, Add<Found, 'wildcard', `${Unnamed['length']}`>, Depth, [...Unnamed, unknown]>
    : Walk<Rest, Add<Found, Depth extends [] ? 'wildcard' : 'optionalWildcard', Name>, Depth, Unnamed>
  : Found

/** Past Express 4's `(expression)`, with one level of groups inside it. */
type AfterExpression<Text extends string> = Text extends `(${infer Body}`
  ? Body extends `${infer Head})${infer Rest}`
    ? Head extends `${string}(${string}`
      ? Rest extends `${string})${infer Beyond}`
        ? Beyond
        : ''
      : Rest
    : ''
  : Text

/** A name and what follows it: a whole segment at once, or a character at a time. */
type ReadName<Text extends string> = Text extends `${infer Segment}/${infer Rest}`
  ? Segment extends `${string}${NameEnd}${string}`
    ? ReadCharacters<Text>
    : [Segment, `/${Rest}`]
  : ReadCharacters<Text>

type ReadCharacters<Text extends string, Name extends string = ''> = Text extends `"${infer Quoted}"${infer Rest}`
  ? Name extends ''
    ? [Quoted, Rest]
    : [Name, Text]
  : Text extends `${infer First}${infer Rest}`
    ? First extends NameEnd
      ? [Name, Text]
      : ReadCharacters<Rest, `${Name}${First}`>
    : [Name, '']

type NameEnd =
  | '/'
  | '-'
  | '.'
  | '~'
  | '!'
  | '&'
  | "'"
  | '('
  | ')'
  | '*'
  | '+'
  | ','
  | ';'
  | '='
  | ':'
  | '@'
  | '%'
  | '{'
  | '}'
  | '?'
  | '['
  | ']'
  | '\\'
  | '"'
  | '#'
  | '|'
  | '^'
  | ' '
