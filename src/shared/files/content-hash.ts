import { createHash } from 'node:crypto'
import { BoundedMemo } from '../checks/bounded-memo.js'
import { invalidRange } from '../checks/errors.js'
import type { Content } from './content.js'

const known = new BoundedMemo<string, string>({ maxEntries: 1000 })

/** The hash of all octets in base64, remembered as long as the content is known to be the same. */
export async function contentHash(content: Content, algorithm: 'sha256' | 'sha512'): Promise<string> {
  if (!content.isSeekable) {
    throw invalidRange(`${algorithm} of the content`, 'asked of a source that can be read more than once', 'a stream')
  }
  const key = content.identity === undefined ? undefined : `${algorithm} ${content.identity}`
  const remembered = key === undefined ? undefined : known.get(key)
  if (remembered !== undefined) return remembered
  const hash = createHash(algorithm)
  const chunks = content.chunks()
  try {
    for (let chunk = await chunks.next(); chunk !== undefined; chunk = await chunks.next()) hash.update(chunk)
  } finally {
    chunks.close()
  }
  const digest = hash.digest('base64')
  if (key !== undefined) known.set(key, digest)
  return digest
}
