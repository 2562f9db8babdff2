import { isBytes } from '../checks/bytes.js'
import { ResponseKitError } from '../checks/errors.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import { extensionOf } from '../fields/media-type.js'
import type { Content } from './content.js'
import { cacheOf } from './disk/file-cache.js'
import { contentOfFile } from './disk/file-content.js'
import { type OpenFile, openFile } from './disk/open-file.js'
import { resolvePath } from './disk/resolve-path.js'
import type { FileSendOptions } from './file-options.js'
import type { FileSource } from './file-source.js'
import { BlobContent, BytesContent } from './memory-content.js'
import { offloadField } from './offload.js'
import { findFormAlone, findPrecompressed } from './precompressed.js'
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
  const { deleteAfterSend, withoutOriginal } = options
  const path = resolvePath(source, options.root, options.dotfiles)
  const { followSymlinks, cache, offload } = facts.settings.files
  const confinement = followSymlinks ? undefined : options.root
  // The server in front does not see a Content-Encoding that the app sets: it gets the plain file. An .svgz has a coding already.
  const isOffloaded = offload !== undefined && offloadField(offload, path) !== undefined
  const codings = isOffloaded || extensionOf(path) === '.svgz' ? [] : options.precompressed
  if (cache !== undefined && !deleteAfterSend && codings.length === 0 && !withoutOriginal) {
    return cacheOf(cache).open(path, confinement)
  }
  let file: OpenFile
  try {
    file = await openFile(path, confinement)
  } catch (error) {
    const form =
      withoutOriginal && isMissing(error)
        ? await findFormAlone(facts, path, confinement, options.precompressed)
        : undefined
    if (form === undefined) throw error
    return contentOfFile(form.file, { path: form.path, name: path, encoding: form.coding, opened: undefined })
  }
  const opened = deleteAfterSend ? { path: file.realPath(path), stats: file.stats } : undefined
  const form = codings.length === 0 ? undefined : await findPrecompressed(facts, file, path, confinement, codings)
  if (form === undefined) return contentOfFile(file, { path, opened })
  file.close()
  return contentOfFile(form.file, { path: form.path, name: path, encoding: form.coding, opened })
}

function isMissing(error: unknown): boolean {
  return error instanceof ResponseKitError && error.code === 'ENOENT'
}
