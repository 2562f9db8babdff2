import { invalidRange } from '../checks/errors.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import { preferredCodings } from '../fields/preferences.js'
import { type OpenFile, openFile } from './disk/open-file.js'

/** A content coding that a sibling file may have. */
export type Precompression = 'br' | 'gzip' | 'zstd'

const EXTENSIONS: Readonly<Record<Precompression, string>> = { br: '.br', gzip: '.gz', zstd: '.zst' }

export function readPrecompressed(subject: string, value: unknown): readonly Precompression[] {
  if (value === undefined) return []
  if (Array.isArray(value) && value.every((each) => Object.hasOwn(EXTENSIONS, each))) return value
  throw invalidRange(subject, "a list of 'br', 'gzip' and 'zstd'", value)
}

/** A form of a file that was made ahead of time, such as `x.br`. */
export interface Precompressed {
  readonly file: OpenFile
  readonly path: string
  readonly coding: Precompression
}

/** The sibling that the client likes best (RFC 9110 §12.5.3), if it likes one better, and one is as new as the file. */
export async function findPrecompressed(
  facts: RequestFacts,
  file: OpenFile,
  path: string,
  root: string | undefined,
  offered: readonly Precompression[],
): Promise<Precompressed | undefined> {
  for (const coding of preferredCodings(facts.field('accept-encoding'), offered)) {
    const siblingPath = path + EXTENSIONS[coding]
    const sibling = await openFile(siblingPath, root).catch(() => undefined)
    if (sibling === undefined) continue
    if (sibling.stats.mtimeNs >= file.stats.mtimeNs) return { file: sibling, path: siblingPath, coding }
    sibling.close()
  }
  return undefined
}
