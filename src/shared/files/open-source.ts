import { isBytes } from '../checks/bytes.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import type { Content } from './content.js'
import { cacheOf } from './disk/file-cache.js'
import { FileContent } from './disk/file-content.js'
import { openFile } from './disk/open-file.js'
import { resolvePath } from './disk/resolve-path.js'
import type { FileSendOptions } from './file-options.js'
import type { FileSource } from './file-source.js'
import { BlobContent, BytesContent } from './memory-content.js'
import { findPrecompressed } from './precompressed.js'
import { isRandomAccess, RandomAccessContent } from './random-access.js'
import { StreamContent } from './stream-content.js'

/** Opens a source, so that everything said of it is true of the bytes that are sent. Errors name the `call`. */
export function openSource(
  facts: RequestFacts,
  source: FileSource,
  options: FileSendOptions,
  call: string,
): Content | Promise<Content> {
  if (typeof source === 'string') return openPath(facts, source, options)
  if (isBytes(source)) return new BytesContent(call, source)
  if (source instanceof Blob) return new BlobContent(source)
  if (isRandomAccess(source)) return new RandomAccessContent(call, source)
  return new StreamContent(source)
}

async function openPath(facts: RequestFacts, source: string, options: FileSendOptions): Promise<Content> {
  const { deleteAfterSend, precompressed } = options
  const path = resolvePath(source, options.root, options.dotfiles)
  const { followSymlinks, cache } = facts.settings.files
  const confinement = followSymlinks ? undefined : options.root
  if (cache !== undefined && !deleteAfterSend && precompressed.length === 0) {
    return cacheOf(cache).open(path, confinement)
  }
  const file = await openFile(path, confinement)
  const opened = deleteAfterSend ? { path: file.realPath(path), stats: file.stats } : undefined
  const form =
    precompressed.length === 0 ? undefined : await findPrecompressed(facts, file, path, confinement, precompressed)
  if (form === undefined) return new FileContent(file, { path, opened })
  file.close()
  return new FileContent(form.file, { path: form.path, name: path, encoding: form.coding, opened })
}
