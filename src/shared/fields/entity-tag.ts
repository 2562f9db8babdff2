import { hash } from 'node:crypto'

/** The entity-tag of a body as Express computes it: length in hex, 27 characters of base64 SHA-1. */
export function entityTagOf(body: string | Uint8Array, kind: 'weak' | 'strong'): string {
  if (typeof body !== 'string' || body.length > LONGEST_REMEMBERED) return computeTag(body, kind)
  const slot = body.length % SLOTS
  const known = remembered[slot]
  if (known !== undefined && known.body === body && known.kind === kind) return known.tag
  const tag = computeTag(body, kind)
  remembered[slot] = { body, kind, tag }
  return tag
}

// Many an app sends the same pages again and again: one for each length, so that another costs a comparison at most.
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

// A list of entity-tags, read with the quotes in mind: a comma may stand within a tag.
const LIST_MEMBER = /[ \t]*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")?[ \t]*(?:,|$)/y

/** The members of an If-Match or If-None-Match value; a malformed value has none. */
export function parseEntityTagList(value: string): string[] {
  const tags: string[] = []
  LIST_MEMBER.lastIndex = 0
  while (LIST_MEMBER.lastIndex < value.length) {
    const match = LIST_MEMBER.exec(value)
    if (match === null) return []
    if (match[1] !== undefined) tags.push(match[1])
  }
  return tags
}

/** Weak comparison (RFC 9110 §8.8.3.2): the opaque tags are the same. */
export function weaklyEqual(a: string, b: string): boolean {
  return opaqueTag(a) === opaqueTag(b)
}

/** Strong comparison (RFC 9110 §8.8.3.2): the same, and neither is weak. */
export function stronglyEqual(a: string, b: string): boolean {
  return a === b && !a.startsWith('W/')
}

function opaqueTag(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag
}
