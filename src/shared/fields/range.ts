/** A range of bytes. Both positions are inclusive. */
export interface ByteRange {
  readonly firstPos: number
  readonly lastPos: number
}

/** `ignored`: the answer is the same as without a Range field. `unsatisfiable`: 416. */
export type RangeSelection = 'ignored' | 'unsatisfiable' | readonly ByteRange[]

// ranges-specifier = range-unit "=" range-set; range units are case-insensitive (RFC 9110 §14.1)
const BYTES_UNIT = /^bytes=/i
// int-range = first-pos "-" [ last-pos ]; suffix-range = "-" suffix-length (RFC 9110 §14.1.1, §14.1.2)
const BYTE_RANGE_SPEC = /^(\d*)-(\d*)$/

const MAX_LENGTH = 1024
const MAX_PARTS = 10

/**
 * The ranges of a Range field for a representation of `completeLength` bytes, in the order of the request. Ranges that
 * overlap or touch become one. More than ten parts are ignored, and so are several parts that are not smaller than the whole. Such
 * requests can exhaust a server (RFC 9110 §14.2, §17.15).
 */
export function selectRanges(field: string, completeLength: number): RangeSelection {
  // Empty content has no part: it is a 200, as clients that ask for `bytes=0-` expect (RFC 9110 §14.2).
  if (completeLength === 0 || field.length > MAX_LENGTH || !BYTES_UNIT.test(field)) return 'ignored'
  const satisfiable: ByteRange[] = []
  let count = 0
  for (const member of field.slice('bytes='.length).split(',')) {
    const spec = trimOws(member)
    if (spec === '') continue // an empty list element (RFC 9110 §5.6.1.2)
    count++
    const range = resolveSpec(spec, completeLength)
    if (range === 'invalid') return 'ignored'
    if (range !== 'unsatisfiable') satisfiable.push(range)
  }
  if (count === 0) return 'ignored'
  if (satisfiable.length === 0) return 'unsatisfiable'
  const parts = coalesce(satisfiable)
  const isWhole = count > 1 && parts.reduce((sum, part) => sum + lengthOf(part), 0) >= completeLength
  return parts.length > MAX_PARTS || isWhole ? 'ignored' : parts
}

export function lengthOf({ firstPos, lastPos }: ByteRange): number {
  return lastPos - firstPos + 1
}

/** Content-Range (RFC 9110 §14.4); without a range the form of a 416. */
export function serializeContentRange(range: ByteRange | undefined, completeLength: number): string {
  return `bytes ${range === undefined ? '*' : `${range.firstPos}-${range.lastPos}`}/${completeLength}`
}

function resolveSpec(spec: string, completeLength: number): ByteRange | 'invalid' | 'unsatisfiable' {
  const match = BYTE_RANGE_SPEC.exec(spec)
  if (match === null) return 'invalid'
  const [, first = '', last = ''] = match
  if (first === '') {
    if (last === '') return 'invalid'
    const suffixLength = Math.min(Number(last), completeLength)
    if (suffixLength === 0) return 'unsatisfiable'
    return { firstPos: completeLength - suffixLength, lastPos: completeLength - 1 }
  }
  const firstPos = Number(first)
  const lastPos = last === '' ? completeLength - 1 : Number(last)
  if (last !== '' && lastPos < firstPos) return 'invalid'
  if (firstPos >= completeLength) return 'unsatisfiable'
  return { firstPos, lastPos: Math.min(lastPos, completeLength - 1) }
}

/** Each merged range takes the place of the first of its members. */
function coalesce(ranges: readonly ByteRange[]): ByteRange[] {
  const merged: { firstPos: number; lastPos: number; order: number }[] = []
  const sorted = ranges.map((range, order) => ({ ...range, order })).sort((a, b) => a.firstPos - b.firstPos)
  for (const range of sorted) {
    const previous = merged.at(-1)
    if (previous === undefined || range.firstPos > previous.lastPos + 1) {
      merged.push(range)
      continue
    }
    previous.lastPos = Math.max(previous.lastPos, range.lastPos)
    previous.order = Math.min(previous.order, range.order)
  }
  return merged.sort((a, b) => a.order - b.order).map(({ firstPos, lastPos }) => ({ firstPos, lastPos }))
}

/** Without the spaces and tabs at both ends (OWS, RFC 9110 §5.6.3); in linear time. */
function trimOws(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isOws(text.charCodeAt(start))) start++
  while (end > start && isOws(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isOws(code: number): boolean {
  return code === 0x20 || code === 0x09
}
