import { invalidType, showValue } from '../checks/errors.js'
import { type KnownParameters, readValues, type Values } from './parameter-values.js'
import type { PathMatcher, PathPattern } from './path-pattern.js'
import { type PathToken, parametersOf } from './path-token.js'
import { RouteParameterError } from './route-errors.js'
import type { RouteParameters } from './route-source.js'
import { isPlainSegment } from './segment.js'
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
    path.includes('//') ||
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
