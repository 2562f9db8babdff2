import type { BigIntStats } from 'node:fs'
import type { RequestFacts } from '../../exchange/request-facts.js'
import type { Content } from '../content.js'
import { contentHash, tagOfHash } from '../content-hash.js'
import { isTimeGiven } from './file-facts.js'

/** A larger file is not read twice for its tag: its first client would wait for seconds. */
export const LARGEST_HASHED: number = 256 * 1024 * 1024

/**
 * The strong entity-tag of a file, as If-Range needs it: size and modification time in nanoseconds. If the time says
 * nothing, the hash of the bytes, which all machines that serve the same file agree on. The inode differs between them,
 * so it is no part of the tag; a file that is too large to be hashed has the time of its inode beside the other two.
 */
export function tagOfFile(facts: RequestFacts, content: Content, stats: BigIntStats): string | Promise<string> {
  const { size, mtimeNs, ctimeNs } = stats
  if (!isTimeGiven(stats)) return `"${size.toString(16)}-${mtimeNs.toString(16)}"`
  if (size > LARGEST_HASHED) return `"${size.toString(16)}-${mtimeNs.toString(16)}-${ctimeNs.toString(16)}"`
  return contentHash(facts, content, 'sha256', 'the entity-tag of a file').then(tagOfHash)
}
