import Negotiator from 'negotiator'
import { invalidRange } from '../checks/errors.js'
import type { Exchange } from '../exchange/exchange.js'
import { FileContent } from './disk/file-content.js'
import { type OpenFile, openFile } from './disk/open-file.js'

export type Precompression = 'br' | 'gzip' | 'zstd'

const EXTENSIONS: Readonly<Record<Precompression, string>> = { br: '.br', gzip: '.gz', zstd: '.zst' }

/** What version 1 can, which the types do not say. */
interface PreferringNegotiator {
  encodings(available: readonly string[], options: { readonly preferred: readonly string[] }): string[]
}

export function readPrecompressed(subject: string, value: unknown): readonly Precompression[] {
  if (value === undefined) return []
  if (Array.isArray(value) && value.every((each) => Object.hasOwn(EXTENSIONS, each))) return value
  throw invalidRange(subject, "a list of 'br', 'gzip' and 'zstd'", value)
}

/**
 * The sibling made beforehand that the client likes best (RFC 9110 §12.5.3), or the file itself where there is none, or
 * none as new as the file.
 */
export async function choosePrecompressed(
  exchange: Exchange,
  file: OpenFile,
  path: string,
  root: string | undefined,
  offered: readonly Precompression[],
): Promise<FileContent> {
  for (const coding of acceptedCodings(exchange, offered)) {
    const siblingPath = path + EXTENSIONS[coding]
    const sibling = await openFile(siblingPath, root).catch(() => undefined)
    if (sibling === undefined) continue
    if (sibling.stats.mtimeNs >= file.stats.mtimeNs) {
      file.close()
      return new FileContent(sibling, siblingPath, path, coding)
    }
    sibling.close()
  }
  return new FileContent(file, path)
}

/** Those the client prefers to the file as it is, best first; by the order offered where it is indifferent. */
function acceptedCodings(exchange: Exchange, offered: readonly Precompression[]): Precompression[] {
  const field = exchange.field('accept-encoding')
  if (field === undefined) return []
  const negotiator: PreferringNegotiator = new Negotiator({ headers: { 'accept-encoding': field } })
  const order: string[] = negotiator.encodings([...offered, 'identity'], { preferred: [...offered] })
  const identity = order.indexOf('identity')
  const accepted = identity < 0 ? order : order.slice(0, identity)
  return offered.filter((each) => accepted.includes(each)).sort((a, b) => order.indexOf(a) - order.indexOf(b))
}
