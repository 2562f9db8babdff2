import { isBytes } from '../checks/bytes.js'
import type { Exchange } from '../exchange/exchange.js'
import type { Content } from './content.js'
import { CachedContent } from './disk/cached-content.js'
import { deleteWhenEnded } from './disk/delete-after-send.js'
import { FileContent } from './disk/file-content.js'
import { openFile } from './disk/open-file.js'
import { resolvePath } from './disk/resolve-path.js'
import type { FileSendOptions } from './file-options.js'
import type { FileSource } from './file-source.js'
import { BlobContent, BytesContent } from './memory-content.js'
import { choosePrecompressed } from './precompressed.js'
import { isRandomAccess, RandomAccessContent } from './random-access.js'
import { StreamContent } from './stream-content.js'

/** Opens a source, so that everything said of it is true of the octets sent. */
export function openSource(
  exchange: Exchange,
  source: FileSource,
  options: FileSendOptions,
): Content | Promise<Content> {
  if (typeof source === 'string') return openPath(exchange, source, options)
  if (isBytes(source)) return new BytesContent(source)
  if (source instanceof Blob) return new BlobContent(source)
  if (isRandomAccess(source)) return new RandomAccessContent(source)
  return new StreamContent(source)
}

async function openPath(exchange: Exchange, source: string, options: FileSendOptions): Promise<Content> {
  const path = resolvePath(source, options.root, options.dotfiles)
  const confinement = exchange.settings.files.followSymlinks ? undefined : options.root
  const { cache } = exchange.settings.files
  const isCacheable = cache !== undefined && !options.deleteAfterSend && options.precompressed.length === 0
  if (isCacheable) {
    const found = await cache.open(path, confinement)
    return found instanceof CachedContent ? found : new FileContent(found, path)
  }
  const file = await openFile(path, confinement)
  if (options.deleteAfterSend) deleteWhenEnded(exchange, path)
  if (options.precompressed.length === 0) return new FileContent(file, path)
  return choosePrecompressed(exchange, file, path, confinement, options.precompressed)
}
