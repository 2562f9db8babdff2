import { showValue } from '../checks/errors.js'
import { didYouMean } from '../checks/nearest.js'
import { type ParameterToken, type PathToken, parametersOf, type WildcardToken } from './path-token.js'
import { RouteParameterError } from './route-errors.js'
import type { RouteParameters } from './route-source.js'
import { encodeSegment, LONE_SURROGATE, segmentText } from './segment.js'

export type KnownParameters = ReadonlyMap<string, ParameterToken | WildcardToken>

/** What is given for one parameter. */
interface Value {
  readonly texts: readonly string[]
  readonly encoded: string
}

export type Values = ReadonlyMap<string, Value>

/** Reads what is given for each parameter, and names all that is wrong with it in one error. */
export function readValues(
  route: string,
  tokens: readonly PathToken[],
  known: KnownParameters,
  parameters: RouteParameters,
): Values {
  const values = new Map<string, Value>()
  const problems: { parameter: string; message: string }[] = []
  for (const token of known.values()) {
    const given: unknown = Object.hasOwn(parameters, token.name) ? parameters[token.name] : undefined
    if (given === undefined || given === null) continue
    const value = readValue(token, given)
    if (typeof value === 'string') problems.push({ parameter: token.name, message: value })
    else values.set(token.name, value)
  }
  for (const name of missingNames(tokens, parameters)) {
    problems.push({ parameter: name, message: `parameter '${name}' is missing` })
  }
  for (const name of Object.keys(parameters)) {
    if (known.has(name) || parameters[name] === undefined) continue
    problems.push({ parameter: name, message: `there is no parameter '${name}'${didYouMean(name, known.keys())}` })
  }
  if (problems.length > 0) throw new RouteParameterError(route, problems)
  return values
}

function* missingNames(tokens: readonly PathToken[], parameters: RouteParameters): Iterable<string> {
  const isGiven = (name: string): boolean => Object.hasOwn(parameters, name) && parameters[name] != null
  for (const token of tokens) {
    if (token.type === 'group') {
      // Left out as a whole, or complete: a parameter given for a group that is left out would be lost.
      const hasSome = [...parametersOf(token.tokens)].some((each) => isGiven(each.token.name))
      if (hasSome) yield* missingNames(token.tokens, parameters)
    } else if (token.type !== 'text' && !isGiven(token.name)) yield token.name
  }
}

/** The value to put in, or what is wrong with it. */
function readValue(token: ParameterToken | WildcardToken, given: unknown): Value | string {
  const texts: string[] = []
  if (token.type === 'wildcard' && !Array.isArray(given)) {
    return `'${token.name}' must be an array of segments, got ${showValue(given)}`
  }
  for (const each of Array.isArray(given) && token.type === 'wildcard' ? given : [given]) {
    const text = segmentText(each)
    if (text === undefined) {
      return `'${token.name}' must be a non-empty string, a number or a boolean, got ${showValue(each)}`
    }
    if (LONE_SURROGATE.test(text)) return `'${token.name}' must be well-formed Unicode, got ${showValue(each)}`
    texts.push(text)
  }
  if (texts.length === 0 && !(token.type === 'wildcard' && token.canBeEmpty)) {
    return `'${token.name}' must have at least one segment`
  }
  const encoded = texts.map(encodeSegment).join('/')
  if (token.type === 'param' && token.expression !== undefined) {
    if (!new RegExp(`^(?:${token.expression})$`, 'i').test(encoded)) {
      return `'${token.name}' must match ${token.expression}, got ${showValue(given)}`
    }
  }
  return { texts, encoded }
}
