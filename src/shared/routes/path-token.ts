/** A piece of a route's path, whichever syntax it was written in. */
export type PathToken = TextToken | ParameterToken | WildcardToken | GroupToken

export interface TextToken {
  readonly type: 'text'
  readonly value: string
}

/** One segment or a part of one. */
export interface ParameterToken {
  readonly type: 'param'
  readonly name: string
  /** Express 4's `:id(\\d+)`: what the encoded value must match. */
  readonly expression?: string
}

/** Several segments. */
export interface WildcardToken {
  readonly type: 'wildcard'
  readonly name: string
  /** Express 4's `*` matches nothing as well. */
  readonly canBeEmpty?: boolean
}

/** Left out unless all its parameters are given. */
export interface GroupToken {
  readonly type: 'group'
  readonly tokens: readonly PathToken[]
}

/** Every parameter with whether it can be left out, in the order of the path. */
export function* parametersOf(
  tokens: readonly PathToken[],
  isOptional = false,
): Iterable<{ readonly token: ParameterToken | WildcardToken; readonly isOptional: boolean }> {
  for (const token of tokens) {
    if (token.type === 'group') yield* parametersOf(token.tokens, true)
    else if (token.type !== 'text') yield { token, isOptional }
  }
}

/** The literal texts of a path. */
export function* textsOf(tokens: readonly PathToken[]): Iterable<string> {
  for (const token of tokens) {
    if (token.type === 'group') yield* textsOf(token.tokens)
    else if (token.type === 'text') yield token.value
  }
}
