import { BoundedMemo } from '../checks/bounded-memo.js'
import { isRecord } from '../checks/check-keys.js'
import { invalidType, ResponseKitError, showValue } from '../checks/errors.js'
import { itemsInMemory } from '../checks/iterator.js'
import { didYouMean } from '../checks/nearest.js'
import { adoptPromise } from '../checks/promise.js'
import type { PathSyntax } from '../exchange/host-types.js'
import {
  type ParameterToken,
  type PathMatcher,
  type PathPattern,
  type PathToken,
  parametersOf,
  parsePath,
  type WildcardToken,
} from './path-pattern.js'
import { RouteParameterError } from './route-errors.js'
import type { RouteParameters } from './route-source.js'

/** Builds the path of one route. */
export type PathBuilder = (parameters: RouteParameters | undefined) => string

const NO_PARAMETERS: RouteParameters = Object.freeze({})
/** Clients resolve it away (RFC 3986 §5.2.4). */
export const DOT_SEGMENT: RegExp = /\/(?:\.|%2e){1,2}(?:\/|$)/i
/** Clients and proxies take no longer URLs, and matching a longer path takes long. */
export const MAX_PATH_LENGTH = 8192
/** Half of a character: it has no UTF-8 form. */
export const LONE_SURROGATE: RegExp = /\p{Surrogate}/u

/** An app's routers have a few hundred paths; a builder holds several regular expressions. */
const routerBuilders = new BoundedMemo<string, PathBuilder>({
  maxEntries: 5000,
  maxBytes: 32 * 1024 * 1024,
  bytesOf: () => 4096,
})

/** The builder of a path in a framework's own router. */
export function builderOfPath(path: unknown, subject: string, syntax?: PathSyntax): PathBuilder {
  if (typeof path !== 'string') {
    throw new ResponseKitError('INVALID_PATTERN', `${subject}: no URL can be built from the path ${showValue(path)}`)
  }
  const key = `${syntax} ${subject} ${path}`
  let builder = routerBuilders.get(key)
  if (builder === undefined) {
    builder = createPathBuilder(subject, parsePath(path === '' ? '/' : path, subject, syntax))
    routerBuilders.set(key, builder)
  }
  return builder
}

/**
 * A builder of paths that the framework routes to that very pattern with these very values; anything else is an error.
 * Values of whole segments need no check: encoded, they round-trip.
 */
export function createPathBuilder(route: string, pattern: PathPattern): PathBuilder {
  const levels = segmentLevels(pattern.tokens)
  const known = new Map([...parametersOf(pattern.tokens)].map((token) => [token.name, token]))
  const buildChecked: PathBuilder = (parameters) => buildByTokens(route, pattern, known, parameters ?? NO_PARAMETERS)
  if (levels === undefined || levels.some(endsWithDots)) return buildChecked
  const [{ lead, parts }] = levels
  const fixed = parts.length === 0 ? lead || '/' : undefined
  return (parameters) => {
    if (parameters === undefined || parameters === null) return fixed ?? buildChecked(undefined)
    let path = ''
    let used = 0
    for (const level of levels) {
      const first = level.parts[0]
      if (level !== levels[0] && first !== undefined && parameters[first.name] == null) break
      path += level.lead
      for (const { name, follow } of level.parts) {
        const value = parameters[name]
        // The common values at full speed. All others take the way that explains what is wrong with them.
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
    return given === used && path.length <= MAX_PATH_LENGTH ? path || '/' : buildChecked(parameters)
  }
}

function encodeOr(text: string, explain: PathBuilder, parameters: RouteParameters): string {
  try {
    return encodeURIComponent(text)
  } catch {
    return explain(parameters)
  }
}

/** A run of texts and parameters that are whole segments. */
interface SegmentLevel {
  readonly lead: string
  readonly parts: readonly { readonly name: string; readonly follow: string }[]
}

/** Without the next level, dots at the end are a segment that clients resolve away. */
function endsWithDots({ lead, parts }: SegmentLevel): boolean {
  return DOT_SEGMENT.test(parts.at(-1)?.follow ?? lead)
}

/**
 * The levels of a path of whole segments in which each further level is an optional group at the end of the one before.
 * The number of segments in a URL then tells which groups it has. `undefined` for any other path.
 */
function segmentLevels(tokens: readonly PathToken[]): readonly [SegmentLevel, ...SegmentLevel[]] | undefined {
  const last = tokens.at(-1)
  const own = last?.type === 'group' ? tokens.slice(0, -1) : tokens
  const level = segmentLevel(own)
  if (level === undefined) return undefined
  if (last?.type !== 'group') return [level]
  const [first] = last.tokens
  const end = level.parts.at(-1)?.follow ?? level.lead
  if (first?.type !== 'text' || !first.value.startsWith('/') || end.endsWith('/')) return undefined
  const inner = segmentLevels(last.tokens)
  return inner === undefined || inner[0].parts.length === 0 ? undefined : [level, ...inner]
}

function segmentLevel(tokens: readonly PathToken[]): SegmentLevel | undefined {
  let lead = ''
  const parts: { name: string; follow: string }[] = []
  for (const [index, token] of tokens.entries()) {
    if (token.type === 'text') {
      const part = parts.at(-1)
      if (part === undefined) lead = token.value
      else if (token.value.startsWith('/')) part.follow = token.value
      else return undefined
      continue
    }
    const before = tokens[index - 1]
    const isWholeStart = before?.type === 'text' && before.value.endsWith('/')
    if (token.type !== 'param' || token.expression !== undefined || !isWholeStart) return undefined
    parts.push({ name: token.name, follow: '' })
  }
  return { lead, parts }
}

type KnownParameters = ReadonlyMap<string, ParameterToken | WildcardToken>

/** What is given for one parameter. */
interface Value {
  readonly texts: readonly string[]
  readonly encoded: string
}

type Values = ReadonlyMap<string, Value>

function buildByTokens(
  route: string,
  pattern: PathPattern,
  known: KnownParameters,
  parameters: RouteParameters,
): string {
  if (!isRecord(parameters)) throw invalidType(`${route}: parameters`, 'an object', parameters)
  const values = readValues(route, pattern, known, parameters)
  const path = joinTokens(pattern.tokens, values) || '/'
  const reason = !path.startsWith('/')
    ? "it does not begin with '/'"
    : path.length > MAX_PATH_LENGTH
      ? `it is longer than ${MAX_PATH_LENGTH} characters`
      : path.includes('//') ||
          DOT_SEGMENT.test(path) ||
          !pattern.matchers.every((each) => roundTrips(each, path, values))
        ? 'it would not come back as this route'
        : undefined
  if (reason === undefined) return path
  const given = [...values].map(([name, value]) => `'${name}' = ${showValue(value.texts.join('/'))}`)
  const message = `the path ${showValue(path)} is refused, ${reason}${given.length === 0 ? '' : `: from ${given.join(', ')}`}`
  throw new RouteParameterError(route, [{ parameter: [...values.keys()][0] ?? '', message }])
}

function joinTokens(tokens: readonly PathToken[], values: Values): string {
  let path = ''
  for (const token of tokens) {
    if (token.type === 'text') path += token.value
    else if (token.type !== 'group') path += values.get(token.name)?.encoded ?? ''
    else if (isComplete(token.tokens, values)) path += joinTokens(token.tokens, values)
  }
  return path
}

function isComplete(tokens: readonly PathToken[], values: Values): boolean {
  return tokens.every((token) => token.type === 'text' || token.type === 'group' || values.has(token.name))
}

/** Whether the framework reads the very same values from a path. */
function roundTrips({ regexp, captures }: PathMatcher, path: string, values: Values): boolean {
  const match = regexp.exec(path)
  if (match === null) return false
  // path-to-regexp writes one alternative for each combination of groups, each with its own captures.
  const found = new Map<string, string>()
  for (const [index, name] of captures.entries()) {
    const text = match[index + 1]
    if (text === undefined) continue
    if (name !== undefined) found.set(name, text)
    else if (!isDecodable(text)) return false // Express answers 400 if a capture ends within an escape
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

/** Reads what is given for each parameter, and names all that is wrong with it in one error. */
function readValues(route: string, pattern: PathPattern, known: KnownParameters, parameters: RouteParameters): Values {
  const values = new Map<string, Value>()
  const problems: { parameter: string; message: string }[] = []
  for (const token of known.values()) {
    const given: unknown = Object.hasOwn(parameters, token.name) ? parameters[token.name] : undefined
    if (given === undefined || given === null) continue
    const value = readValue(token, given)
    if (typeof value === 'string') problems.push({ parameter: token.name, message: value })
    else values.set(token.name, value)
  }
  for (const name of missingNames(pattern.tokens, parameters)) {
    problems.push({ parameter: name, message: `parameter '${name}' is missing` })
  }
  for (const name of Object.keys(parameters)) {
    if (known.has(name) || parameters[name] === undefined) continue
    if (problems.length >= MAX_PROBLEMS) break
    const advice = isBareStar(name, pattern) ? BARE_STAR_ADVICE : didYouMean(name, known.keys())
    problems.push({ parameter: name, message: `there is no parameter ${showValue(name)}${advice}` })
  }
  if (problems.length > 0) throw new RouteParameterError(route, problems)
  return values
}

/** Whether a caller gives the `*` of `/ab*cd` the name that it has in Express 4. */
function isBareStar(name: string, { path }: PathPattern): boolean {
  return /^\d+$/.test(name) && /\*\w/.test(path)
}

const BARE_STAR_ADVICE =
  ": defineRoutes() reads '*' without a name, as Express 4 does, with the option syntax: 'express4'"

/** A caller may pass a client's whole query on: an error names the first of its names. */
const MAX_PROBLEMS = 20

function* missingNames(tokens: readonly PathToken[], parameters: RouteParameters): Iterable<string> {
  const isGiven = (name: string): boolean => Object.hasOwn(parameters, name) && parameters[name] != null
  for (const token of tokens) {
    if (token.type === 'group') {
      // Left out as a whole, or complete: a parameter of a group that is left out would be lost.
      const hasSome = [...parametersOf(token.tokens)].some((each) => isGiven(each.name))
      if (hasSome) yield* missingNames(token.tokens, parameters)
    } else if (token.type !== 'text' && !isGiven(token.name)) yield token.name
  }
}

/** The value to put in, or what is wrong with it. */
function readValue(token: ParameterToken | WildcardToken, given: unknown): Value | string {
  const texts: string[] = []
  adoptPromise(given) // it is refused below
  if (token.type === 'wildcard' && !Array.isArray(given)) {
    return `'${token.name}' must be an array of segments, got ${showValue(given)}`
  }
  let length = 0
  const segments = token.type === 'wildcard' ? itemsInMemory(given) : undefined
  for (const each of segments ?? [given]) {
    const text = segmentText(each)
    if (text === undefined) {
      return `'${token.name}' must be a non-empty string, a number or a boolean, got ${showValue(each)}`
    }
    length += text.length + 1
    if (length > MAX_PATH_LENGTH) return `'${token.name}' must have at most ${MAX_PATH_LENGTH} characters`
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

/** A value as the text of one segment, not yet encoded; `undefined` if it cannot be one. */
export function segmentText(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined
  return typeof value === 'bigint' || typeof value === 'boolean' ? String(value) : undefined
}

/** By character code: what encodeURIComponent leaves as it is. */
const PLAIN = Uint8Array.from({ length: 128 }, (_, code) => (/[\w\-.!~*'()]/.test(String.fromCharCode(code)) ? 1 : 0))

/** A short text that needs no encoding: looking at it is faster than encoding it. */
function isPlainSegment(text: string): boolean {
  if (text.length > 40) return false
  for (let index = 0; index < text.length; index++) if (PLAIN[text.charCodeAt(index)] !== 1) return false
  return true
}

/** Percent-encoded, so that it stays one segment. */
function encodeSegment(text: string): string {
  return isPlainSegment(text) ? text : encodeURIComponent(text)
}
