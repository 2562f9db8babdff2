import { type Key, parse, pathToRegexp } from 'path-to-regexp'
import { isError, ResponseKitError, showValue } from '../checks/errors.js'
import type { PathSyntax } from '../exchange/host-types.js'

/** A piece of a route's path, in whichever syntax it was written. */
export type PathToken = TextToken | ParameterToken | WildcardToken | GroupToken

export interface TextToken {
  readonly type: 'text'
  readonly value: string
}

/** One segment or a part of one. */
export interface ParameterToken {
  readonly type: 'param'
  readonly name: string
  /** Express 4's `:id(\\d+)`: the encoded value must match it. */
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

/** What a framework reads back from a path that was built. */
export interface PathMatcher {
  readonly regexp: RegExp
  /** The parameter that each capture holds. */
  readonly captures: readonly (string | undefined)[]
}

/** A route's path, read once at its definition. */
export interface PathPattern {
  readonly path: string
  readonly tokens: readonly PathToken[]
  /** As the frameworks that understand this syntax match it. */
  readonly matchers: readonly PathMatcher[]
}

/** To match a path with two parameters can take the square of its length, or more. A longer path is not matched. */
export const MAX_MATCHED_LENGTH = 1000

// pchar of RFC 3986 §3.3, the slash, and the brackets that the URL standard leaves as they are.
const PATH_TEXT = /^(?:[\w\-.~!$&'()*+,;=:@/[\]]|%[\da-f]{2})*$/i
/** A dot segment whose ends are known: parameters beside a dot make it another segment. */
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}\//i
const DOT_SEGMENT_AT_END = /\/(?:\.|%2e){1,2}$/i

/** Reads a path in the syntax of Express 5 and @koa/router, or else of Express 4. Throws `INVALID_PATTERN`. */
export function parsePath(path: string, subject: string, syntax?: PathSyntax): PathPattern {
  const pattern = syntax === 'express4' ? readLegacy(path, subject) : readPath(path, subject)
  const { tokens } = pattern
  const names = new Set<string>()
  for (const { name } of parametersOf(tokens)) {
    if (names.has(name)) throw badPattern(subject, path, `parameter '${name}' appears twice`)
    if (name === '__proto__') throw badPattern(subject, path, "a parameter cannot be called '__proto__'")
    names.add(name)
  }
  for (const text of textsOf(tokens)) {
    if (!PATH_TEXT.test(text)) {
      throw badPattern(subject, path, `${showValue(text)} never arrives like that: write it percent-encoded`)
    }
    if (DOT_SEGMENT.test(text)) throw badPattern(subject, path, 'clients resolve the segments . and .. away')
    if (text.includes('//')) throw badPattern(subject, path, "it has an empty segment, '//'")
  }
  const last = tokens.at(-1)
  if (last?.type === 'text' && DOT_SEGMENT_AT_END.test(last.value)) {
    throw badPattern(subject, path, 'clients resolve the segments . and .. away')
  }
  if (!beginsWithSlash(tokens)) throw badPattern(subject, path, "it must begin with '/'")
  return pattern
}

/** A group at the beginning may be left out: whether the rest then begins with a slash is seen when a path is built. */
function beginsWithSlash(tokens: readonly PathToken[]): boolean {
  return firstTextOf(tokens).startsWith('/')
}

/** The text that a path begins with, also in a group; empty if it begins with a parameter. */
export function firstTextOf([first]: readonly PathToken[]): string {
  if (first?.type === 'group') return firstTextOf(first.tokens)
  return first?.type === 'text' ? first.value : ''
}

/** Every parameter, in the order of the path. */
export function* parametersOf(tokens: readonly PathToken[]): Iterable<ParameterToken | WildcardToken> {
  for (const token of tokens) {
    if (token.type === 'group') yield* parametersOf(token.tokens)
    else if (token.type !== 'text') yield token
  }
}

/** The literal texts of a path. */
function* textsOf(tokens: readonly PathToken[]): Iterable<string> {
  for (const token of tokens) {
    if (token.type === 'group') yield* textsOf(token.tokens)
    else if (token.type === 'text') yield token.value
  }
}

function readPath(path: string, subject: string): PathPattern {
  try {
    const { tokens } = parse(path)
    return { path, tokens, matchers: [...modernMatchers(path), ...sharedMatcher(path, tokens)] }
  } catch (modernError) {
    if (/[?(]|\*(?![\w"])|:\w+:/.test(path)) return readLegacy(path, subject)
    throw badPattern(subject, path, messageOf(modernError))
  }
}

function readLegacy(path: string, subject: string): PathPattern {
  try {
    const { tokens, regexp, captures } = parseLegacyPath(path)
    return { path, tokens, matchers: [{ regexp, captures }] }
  } catch (error) {
    throw badPattern(subject, path, messageOf(error))
  }
}

/** @koa/router takes a path as it is, Express 5 without the slashes at its end. */
function modernMatchers(path: string): PathMatcher[] {
  let end = path.length
  while (end > 1 && path[end - 1] === '/') end--
  const loosened = path.slice(0, end)
  return [...new Set([path, loosened])].map((each) => {
    const { regexp, keys } = pathToRegexp(each)
    return { regexp, captures: keys.map((key: Key) => key.name) }
  })
}

/** Express 4 also serves a path that both syntaxes read in the same way. */
function sharedMatcher(path: string, tokens: readonly PathToken[]): PathMatcher[] {
  try {
    const legacy = parseLegacyPath(path)
    return JSON.stringify(legacy.tokens) === JSON.stringify(tokens) ? [legacy] : []
  } catch {
    return []
  }
}

function messageOf(error: unknown): string {
  const message = isError(error) ? error.message : String(error)
  return message.replace(/: \/.*$/, '').replace(/; visit .*$/, '')
}

function badPattern(subject: string, path: string, reason: string): ResponseKitError {
  return new ResponseKitError('INVALID_PATTERN', `${subject}: bad path ${showValue(path)}: ${reason}`)
}

/** A path in Express 4's syntax (path-to-regexp 0.1), with the expression by which Express 4 matches it. */
interface LegacyPath extends PathMatcher {
  readonly tokens: readonly PathToken[]
}

/** Express 4 reads these as a regular expression; no URL can be built from them. */
const EXPRESSION_CHARACTERS = /[()[\]{}+?!$^|]/
const NAME = /\w+/y

/**
 * Reads `:id`, `:id?`, `:id(\\d+)`, `:path(*)` and `*`. Throws with the position of anything else that Express 4 takes
 * for a regular expression.
 */
function parseLegacyPath(path: string): LegacyPath {
  const tokens: PathToken[] = []
  const captures: (string | undefined)[] = []
  let unnamed = 0
  let text = ''
  let source = ''
  /** With the text since `position`: a parameter inside a segment must not contain it. Counted as path-to-regexp 0.1 does. */
  let backtrack = ''
  let position = 0
  let index = 0
  /** Express 4 takes an escaped slash or dot for text, not for the start of the parameter after it. */
  let afterEscape = false

  const flushText = (): void => {
    if (text !== '') tokens.push({ type: 'text', value: text })
    text = ''
  }

  while (index < path.length) {
    const character = path[index] ?? ''
    if (character === '\\') {
      const escaped = path[index + 1]
      if (escaped === undefined || /\w/.test(escaped)) throw new TypeError(`unexpected \\ at ${index}`)
      text += escaped
      source += `\\${escaped}`
      backtrack += `\\${escaped}`
      position += 2
      index += 2
      afterEscape = true
    } else if (character === '*') {
      flushText()
      afterEscape = false
      const name = String(unnamed++)
      tokens.push({ type: 'wildcard', name, canBeEmpty: true })
      captures.push(name)
      source += '(.*)'
      backtrack = ''
      index++
      position = index
    } else if (character === ':') {
      NAME.lastIndex = index + 1
      const name = NAME.exec(path)?.[0]
      const before = path.slice(position, index)
      if (name === undefined) throw new TypeError(`missing parameter name at ${index + 1}`)
      index += 1 + name.length
      const expression = path[index] === '(' ? readExpression(path, index) : undefined
      index += expression === undefined ? 0 : expression.length + 2
      const isOptional = path[index] === '?'
      if (isOptional) index++
      if (path[index] === '*') throw new TypeError(`':${name}*' is not supported, write ':${name}(*)'`)

      const lead = afterEscape ? '' : (/[/.]$/.exec(text)?.[0] ?? '')
      if (lead === '.' && text.endsWith('/.')) throw new TypeError(`Express 4 cannot match '/.:${name}'`)
      if (isOptional) text = text.slice(0, text.length - lead.length)
      flushText()
      const isWildcard = expression === '*'
      const token: PathToken = isWildcard
        ? { type: 'wildcard', name, canBeEmpty: true }
        : { type: 'param', name, ...(expression !== undefined && { expression: innerExpression(expression) }) }
      const leadTokens: PathToken[] = lead === '' ? [] : [{ type: 'text', value: lead }]
      tokens.push(...(isOptional ? [{ type: 'group' as const, tokens: [...leadTokens, token] }] : [token]))
      captures.push(name)
      if (expression !== undefined && innerExpression(expression) !== expression) captures.push(undefined)

      const leadSource = lead === '.' ? '\\.' : lead
      source = source.slice(0, source.length - leadSource.length)
      const capture = captureOf(expression, lead, lead === '' ? backtrack + before : '')
      source += `(?:${leadSource}${capture})${isOptional ? '?' : ''}`
      unnamed += expression !== undefined && innerExpression(expression) !== expression ? 1 : 0
      backtrack = ''
      position = index
      afterEscape = false
    } else {
      if (EXPRESSION_CHARACTERS.test(character)) throw new TypeError(`unexpected ${character} at ${index}`)
      text += character
      const literal = character === '.' ? '\\.' : character
      source += literal
      if (character === '.' && !/^:\w/.test(path.slice(index + 1, index + 3))) {
        backtrack += literal
        position++
      }
      index++
      afterEscape = false
    }
  }
  flushText()
  // Express matches without strict routing: a slash may follow.
  return { tokens, regexp: new RegExp(`^${source}${source.endsWith('/') ? '?' : '/?'}$`, 'i'), captures }
}

/** The text between the parentheses: Express 4 ends it at the first closing one. */
function readExpression(path: string, start: number): string {
  const end = path.indexOf(')', start)
  if (end < 0) throw new TypeError(`unterminated ( at ${start}`)
  const expression = path.slice(start + 1, end)
  if (/\\$|\(/.test(expression)) throw new TypeError(`a parenthesis inside an expression at ${start}`)
  if (expression === '' || !isExpression(expression)) throw new TypeError(`no regular expression at ${start}`)
  return expression
}

function isExpression(source: string): boolean {
  if (source === '*') return true // Express 4's own
  try {
    new RegExp(source)
    return true
  } catch {
    return false
  }
}

/** Express 4 reads the first bare `*` of an expression as `(.*)`. */
function innerExpression(expression: string): string {
  let isReplaced = false
  return expression.replace(/\\.|\*/g, (match) => {
    const replacement = isReplaced || match !== '*' ? match : '(.*)'
    isReplaced = true
    return replacement
  })
}

function captureOf(expression: string | undefined, lead: string, backtrack: string): string {
  if (expression !== undefined) return `(${innerExpression(expression)})`
  if (backtrack !== '') return `((?:(?!/|${backtrack}).)+?)`
  return lead === '.' ? '([^/\\.]+?)' : '([^/]+?)'
}
