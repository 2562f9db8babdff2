import { invalidType, showValue } from '../errors.js'
import { didYouMean } from '../nearest.js'
import type { PathMatcher, PathPattern } from './path-pattern.js'
import { type ParameterToken, type PathToken, parametersOf, type WildcardToken } from './path-token.js'
import { RouteParameterError } from './route-errors.js'
import type { RouteParameters } from './route-source.js'
import { encodeSegment, isPlainSegment, LONE_SURROGATE, segmentText } from './segment.js'
import { segmentLevels } from './segment-levels.js'

/** Builds the path of one route. */
export type PathBuilder = (parameters: RouteParameters | undefined) => string

const NO_PARAMETERS: RouteParameters = Object.freeze({})
const DOT_SEGMENT = /\/\.{1,2}(?:\/|$)/

/** A builder whose every result is routed to that very pattern with these very values; anything else is an error. */
export function createPathBuilder(route: string, pattern: PathPattern): PathBuilder {
  const levels = segmentLevels(pattern.tokens)
  const known = new Map([...parametersOf(pattern.tokens)].map(({ token }) => [token.name, token]))
  const buildChecked: PathBuilder = (parameters) => buildByTokens(route, pattern, known, parameters ?? NO_PARAMETERS)
  if (levels === undefined) return buildChecked
  const [{ lead, parts }] = levels
  const isFixed = parts.length === 0
  return (parameters) => {
    if (parameters === undefined) return isFixed ? lead : buildChecked(parameters)
    let path = ''
    let used = 0
    for (const level of levels) {
      const first = level.parts[0]
      if (level !== levels[0] && first !== undefined && parameters[first.name] == null) break
      path += level.lead
      for (const { name, follow } of level.parts) {
        const value = parameters[name]
        // The common values at full speed; all others take the way that explains what is wrong with them.
        if (typeof value === 'string' && value !== '' && value !== '.' && value !== '..') {
          path += isPlainSegment(value) ? value : encodeOr(value, buildChecked, parameters)
        } else if (typeof value === 'number' && value === Math.trunc(value) && Number.isFinite(value)) path += value
        else return buildChecked(parameters)
        path += follow
        used++
      }
    }
    let given = 0
    for (const _ in parameters) given++
    return given === used ? path : buildChecked(parameters)
  }
}

function encodeOr(text: string, explain: PathBuilder, parameters: RouteParameters): string {
  try {
    return encodeURIComponent(text)
  } catch {
    return explain(parameters)
  }
}

type KnownParameters = ReadonlyMap<string, ParameterToken | WildcardToken>

function buildByTokens(
  route: string,
  pattern: PathPattern,
  known: KnownParameters,
  parameters: RouteParameters,
): string {
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) {
    throw invalidType(`${route}: parameters`, 'an object', parameters)
  }
  const values = readValues(route, pattern.tokens, known, parameters)
  const path = join(pattern.tokens, values)
  if (
    path.startsWith('//') ||
    DOT_SEGMENT.test(path) ||
    !pattern.matchers.every((each) => comesBack(each, path, values))
  ) {
    const problems = [...values].map(([parameter, value]) => ({
      parameter,
      message: `'${parameter}' = ${showValue(value.texts.join('/'))}`,
    }))
    const message = `its path would not come back as this route: '${path}' from ${problems.map((each) => each.message).join(', ')}`
    throw new RouteParameterError(route, [{ parameter: problems[0]?.parameter ?? '', message }])
  }
  return path
}

interface Value {
  readonly texts: readonly string[]
  readonly encoded: string
}

type Values = ReadonlyMap<string, Value>

/** Reads what is given for each parameter, and names all that is wrong with it in one error. */
function readValues(
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

function join(tokens: readonly PathToken[], values: Values): string {
  let path = ''
  for (const token of tokens) {
    if (token.type === 'text') path += token.value
    else if (token.type !== 'group') path += values.get(token.name)?.encoded ?? ''
    else if (isComplete(token.tokens, values)) path += join(token.tokens, values)
  }
  return path
}

function isComplete(tokens: readonly PathToken[], values: Values): boolean {
  return tokens.every((token) => token.type === 'text' || token.type === 'group' || values.has(token.name))
}

function comesBack({ regexp, captures }: PathMatcher, path: string, values: Values): boolean {
  const match = regexp.exec(path)
  if (match === null) return false
  // path-to-regexp writes one alternative for each combination of groups, each with its own captures.
  const found = new Map<string, string>()
  for (const [index, name] of captures.entries()) {
    const text = match[index + 1]
    if (text === undefined) continue
    if (name !== undefined) found.set(name, text)
    else if (!isDecodable(text)) return false // Express answers 400 where a capture ends within an escape
  }
  if (found.size !== values.size) return false
  for (const [name, { encoded }] of values) if (found.get(name) !== encoded) return false
  return true
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
