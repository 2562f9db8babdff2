import { hash } from 'node:crypto'
import { skipEmptyMembers } from './member-list.js'

/** At most this many bytes are hashed on the thread of the event loop, in about a millisecond. */
export const MOST_HASHED_AT_ONCE: number = 1024 * 1024

/** The entity-tag of a body as Express computes it: the length in hex, then 27 characters of its SHA-1 in base64. */
export function entityTagOf(body: string | Uint8Array, kind: 'weak' | 'strong'): string {
  if (typeof body !== 'string' || body.length > LONGEST_REMEMBERED) return computeTag(body, kind)
  const slot = body.length % SLOTS
  const known = remembered[slot]
  if (known !== undefined && known.body === body && known.kind === kind) return known.tag
  const tag = computeTag(body, kind)
  remembered[slot] = { body, kind, tag }
  return tag
}

// Apps send the same pages again and again. Each slot remembers one text, at most 2 MB in all. The length
// chooses the slot, so a different text costs one comparison only.
const LONGEST_REMEMBERED = 16_384
const SLOTS = 64
const remembered: ({ readonly body: string; readonly kind: string; readonly tag: string } | undefined)[] = Array(SLOTS)

function computeTag(body: string | Uint8Array, kind: 'weak' | 'strong'): string {
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
  const digest = length === 0 ? EMPTY_SHA1 : hash('sha1', body, 'base64').slice(0, 27)
  return `${kind === 'weak' ? 'W/' : ''}"${length.toString(16)}-${digest}"`
}

const EMPTY_SHA1 = '2jmj7l5rSw0yVb/vlWAYkK/YBwk'

// entity-tag = [ weak ] opaque-tag; weak = %s"W/"; opaque-tag = DQUOTE *etagc DQUOTE
// etagc = %x21 / %x23-7E / obs-text (RFC 9110 §8.8.3)
const ENTITY_TAG = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/

export function isEntityTag(value: string): boolean {
  return ENTITY_TAG.test(value)
}

/** The tag as a field has it: one without quotes, as object stores give it, is quoted. `undefined`: it cannot be a tag. */
export function quoteEntityTag(tag: string): string | undefined {
  const quoted = /^(?:W\/)?"/.test(tag) ? tag : `"${tag}"`
  return isEntityTag(quoted) ? quoted : undefined
}

/** The members of an If-Match or If-None-Match value (RFC 9110 §13.1). A malformed value has none. */
export function parseEntityTagList(value: string): string[] {
  const tags: string[] = []
  let index = skipEmptyMembers(value, 0)
  while (index < value.length) {
    const end = endOfTag(value, index)
    if (end === undefined) return []
    tags.push(value.slice(index, end))
    index = skipEmptyMembers(value, end)
    if (index < value.length && !value.slice(end, index).includes(',')) return []
  }
  return tags
}

/** The index after the entity-tag that begins at `start`. A comma may stand within its quotes. */
function endOfTag(value: string, start: number): number | undefined {
  const opening = value.startsWith('W/', start) ? start + 2 : start
  if (value[opening] !== '"') return undefined
  const closing = value.indexOf('"', opening + 1)
  if (closing < 0 || !isEntityTag(value.slice(start, closing + 1))) return undefined
  return closing + 1
}

/** Weak comparison (RFC 9110 §8.8.3.2): the opaque tags are equal. */
export function weaklyEqual(a: string, b: string): boolean {
  return opaqueTag(a) === opaqueTag(b)
}

/** Strong comparison (RFC 9110 §8.8.3.2): the tags are equal, and none is weak. */
export function stronglyEqual(a: string, b: string): boolean {
  return a === b && !a.startsWith('W/')
}

function opaqueTag(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag
}
