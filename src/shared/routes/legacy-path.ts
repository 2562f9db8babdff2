import type { PathToken } from './path-token.js'

/** A path in Express 4's syntax (path-to-regexp 0.1), with the expression Express 4 matches it by. */
export interface LegacyPath {
  readonly tokens: readonly PathToken[]
  readonly regexp: RegExp
  /** What each capture of `regexp` holds; `undefined` for a second capture of the same text. */
  readonly captures: readonly (string | undefined)[]
}

/** Express 4 reads these as regular expression; a URL cannot be built from them. */
const EXPRESSION_CHARACTERS = /[()[\]{}+?!$^|]/
const NAME = /\w+/y

/**
 * Reads `:id`, `:id?`, `:id(\\d+)`, `:path(*)` and `*`. Throws with the position of anything else Express 4 would
 * take for a regular expression.
 */
export function parseLegacyPath(path: string): LegacyPath {
  const tokens: PathToken[] = []
  const captures: (string | undefined)[] = []
  let unnamed = 0
  let text = ''
  let source = ''
  /** The text since the last parameter or segment: a parameter within a segment must not contain it. */
  let backtrack = ''
  let index = 0

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
      index += 2
    } else if (character === '*') {
      flushText()
      const name = String(unnamed++)
      tokens.push({ type: 'wildcard', name, canBeEmpty: true })
      captures.push(name)
      source += '(.*)'
      backtrack = ''
      index++
    } else if (character === ':') {
      NAME.lastIndex = index + 1
      const name = NAME.exec(path)?.[0]
      if (name === undefined) throw new TypeError(`missing parameter name at ${index + 1}`)
      index += 1 + name.length
      const expression = path[index] === '(' ? readExpression(path, index) : undefined
      index += expression === undefined ? 0 : expression.length + 2
      const isOptional = path[index] === '?'
      if (isOptional) index++
      if (path[index] === '*') throw new TypeError(`':${name}*' is not supported, write ':${name}(*)'`)

      const lead = /[/.]$/.exec(text)?.[0] ?? ''
      if (text.endsWith('/.')) throw new TypeError(`Express 4 cannot match '/.:${name}'`)
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
      source += `(?:${leadSource}${captureOf(expression, lead, lead === '' ? backtrack : '')})${isOptional ? '?' : ''}`
      unnamed += expression !== undefined && innerExpression(expression) !== expression ? 1 : 0
      backtrack = ''
    } else {
      if (EXPRESSION_CHARACTERS.test(character)) throw new TypeError(`unexpected ${character} at ${index}`)
      text += character
      const literal = character === '.' ? '\\.' : character
      source += literal
      backtrack = character === '/' ? '' : backtrack + literal
      index++
    }
  }
  flushText()
  // Express matches without strict routing: a slash may follow.
  return { tokens, regexp: new RegExp(`^${source}${source.endsWith('/') ? '?' : '/?'}$`, 'i'), captures }
}

/** What stands between the parentheses: Express 4 ends it at the first closing one. */
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
