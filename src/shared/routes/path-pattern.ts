import { type Key, parse, pathToRegexp } from 'path-to-regexp'
import { isError, ResponseKitError, showValue } from '../checks/errors.js'
import type { PathSyntax } from '../exchange/host-types.js'
import { parseLegacyPath } from './legacy-path.js'
import { type PathToken, parametersOf, textsOf } from './path-token.js'

/** What a framework reads back from a path that was built. */
export interface PathMatcher {
  readonly regexp: RegExp
  /** The parameter each capture holds. */
  readonly captures: readonly (string | undefined)[]
}

/** A route's path, read once at its definition. */
export interface PathPattern {
  readonly path: string
  readonly tokens: readonly PathToken[]
  /** As the frameworks that understand this syntax match it. */
  readonly matchers: readonly PathMatcher[]
}

// pchar of RFC 3986 §3.3 and the slash: what arrives in a request line as it is.
const PATH_TEXT = /^(?:[\w\-.~!$&'()*+,;=:@/]|%[\da-f]{2})*$/i
const DOT_SEGMENT = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i

/** Reads a path in the syntax of Express 5 and @koa/router, or else of Express 4. Throws `INVALID_PATTERN`. */
export function parsePath(path: string, subject: string, syntax?: PathSyntax): PathPattern {
  const pattern = syntax === 'express4' ? readLegacy(path, subject) : readPath(path, subject)
  const names = new Set<string>()
  for (const { token } of parametersOf(pattern.tokens)) {
    if (names.has(token.name)) throw badPattern(subject, path, `parameter '${token.name}' appears twice`)
    if (token.name === '__proto__') throw badPattern(subject, path, "a parameter cannot be called '__proto__'")
    names.add(token.name)
  }
  for (const text of textsOf(pattern.tokens)) {
    if (!PATH_TEXT.test(text)) {
      throw badPattern(subject, path, `${showValue(text)} never arrives like that: write it percent-encoded`)
    }
    if (DOT_SEGMENT.test(text)) throw badPattern(subject, path, 'clients resolve the segments . and .. away')
    if (text.includes('//')) throw badPattern(subject, path, "it has an empty segment, '//'")
  }
  if (!path.startsWith('/')) throw badPattern(subject, path, "it must begin with '/'")
  return pattern
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
  const loosened = path.replace(/(?<=.)\/+$/, '')
  return [...new Set([path, loosened])].map((each) => {
    const { regexp, keys } = pathToRegexp(each)
    return { regexp, captures: keys.map((key: Key) => key.name) }
  })
}

/** A path both syntaxes read alike is served by Express 4 as well. */
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
