import Negotiator from 'negotiator'
import { invalidRange } from '../checks/errors.js'
import type { Exchange } from '../exchange/exchange.js'
import { type OpenFile, openFile } from './disk/open-file.js'

/** A content coding that a sibling file may have. */
export type Precompression = 'br' | 'gzip' | 'zstd'

const EXTENSIONS: Readonly<Record<Precompression, string>> = { br: '.br', gzip: '.gz', zstd: '.zst' }

/** What version 1 can, which the types do not say. */
interface PreferringNegotiator {
  encodings(available: readonly string[], options: { readonly preferred: readonly string[] }): string[]
}

export function readPrecompressed(subject: string, value: unknown): readonly Precompression[] {
  if (value === undefined) return []
  if (Array.isArray(value) && value.every((each) => Object.hasOwn(EXTENSIONS, each))) return value
  throw invalidRange(subject, "a list of 'br', 'gzip' and 'zstd'", value, 'INVALID_OPTION')
}

/** A form of a file that was made beforehand, such as `x.br`. */
export interface Precompressed {
  readonly file: OpenFile
  readonly path: string
  readonly coding: Precompression
}

/** The sibling that the client likes best (RFC 9110 §12.5.3), if it likes one better, and one is as new as the file. */
export async function findPrecompressed(
  exchange: Exchange,
  file: OpenFile,
  path: string,
  root: string | undefined,
  offered: readonly Precompression[],
): Promise<Precompressed | undefined> {
  for (const coding of acceptedCodings(exchange, offered)) {
    const siblingPath = path + EXTENSIONS[coding]
    const sibling = await openFile(siblingPath, root).catch(() => undefined)
    if (sibling === undefined) continue
    if (sibling.stats.mtimeNs >= file.stats.mtimeNs) return { file: sibling, path: siblingPath, coding }
    sibling.close()
  }
  return undefined
}

/** Those that the client prefers to the file as it is, best first; equally liked ones in the order offered. */
function acceptedCodings(exchange: Exchange, offered: readonly Precompression[]): Precompression[] {
  const field = exchange.field('accept-encoding')
  if (field === undefined) return []
  const negotiator: PreferringNegotiator = new Negotiator({ headers: { 'accept-encoding': field } })
  const order: string[] = negotiator.encodings([...offered, 'identity'], { preferred: [...offered] })
  const identity = order.indexOf('identity')
  const accepted = identity < 0 ? order : order.slice(0, identity)
  return offered.filter((each) => accepted.includes(each)).sort((a, b) => order.indexOf(a) - order.indexOf(b))
}
