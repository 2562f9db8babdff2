import { create } from 'content-disposition'
import { BoundedMemo } from '../checks/bounded-memo.js'

export type DispositionType = 'attachment' | 'inline'

const serialized: Readonly<Record<DispositionType, BoundedMemo<string, string>>> = {
  attachment: new BoundedMemo({ maxEntries: 500 }),
  inline: new BoundedMemo({ maxEntries: 500 }),
}

/**
 * Content-Disposition (RFC 6266) with the last part of `name`: an ASCII `filename`, and `filename*` (RFC 8187) where
 * that is not enough.
 */
export function serializeContentDisposition(type: DispositionType, name: string): string {
  const known = serialized[type].get(name)
  if (known !== undefined) return known
  const value = create(toSafeFilename(name), { type })
  serialized[type].set(name, value)
  return value
}

// Controls, and what makes a name read other than it is: bidi marks, embeddings, overrides and isolates.
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu

/** What a browser may be told to save as: no path, no control or bidi character, well-formed, never empty. */
export function toSafeFilename(name: string): string {
  const lastPart =
    name
      .replace(/[/\\]+$/, '')
      .split(/[/\\]/)
      .at(-1) ?? ''
  const clean = lastPart.replace(UNSAFE, '').replace(/\p{Surrogate}/gu, '\ufffd')
  return /^\.{0,2}$/.test(clean.trim()) ? 'download' : clean
}
