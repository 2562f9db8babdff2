import type { PathToken } from './path-token.js'

/** A run of texts and parameters that are whole segments. */
export interface SegmentLevel {
  readonly lead: string
  readonly parts: readonly { readonly name: string; readonly follow: string }[]
}

/**
 * A path of whole segments, each further level an optional group at its end: how many segments a URL has then tells
 * which groups it has, so that encoding alone makes it come back as it was built. `undefined` for any other path.
 */
export function segmentLevels(tokens: readonly PathToken[]): readonly [SegmentLevel, ...SegmentLevel[]] | undefined {
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
