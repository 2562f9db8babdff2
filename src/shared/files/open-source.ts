import type { FileHandle } from 'node:fs/promises'
import { isBytes } from '../checks/bytes.js'
import { isError } from '../checks/errors.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import { extensionOf } from '../fields/media-type.js'
import { isFetchResponse } from '../streams/fetch-response.js'
import { releaseSource } from '../streams/source-owner.js'
import { isBlob, isFileHandle } from '../streams/stream-source.js'
import type { ByteSource } from './byte-source.js'
import type { Content } from './content.js'
import type { OpenedPath } from './disk/delete-file.js'
import { cacheOf } from './disk/file-cache.js'
import { contentOfFile } from './disk/file-content.js'
import { openHandle } from './disk/file-handle.js'
import { type OpenFile, openFile } from './disk/open-file.js'
import { pathBelowAppRoot, resolvePath } from './disk/resolve-path.js'
import type { FileSendOptions } from './file-options.js'
import type { CheckedSource, LateSource } from './file-source.js'
import { callLateSource, type LateCallOptions } from './late-source.js'
import { BlobContent, BytesContent } from './memory-content.js'
import { openObject } from './objects/object-content.js'
import { isObjectSource } from './objects/object-source.js'
import { offloadField } from './offload.js'
import { pathCandidates } from './path-candidates.js'
import { findFormAlone, findPrecompressed, type Precompression } from './precompressed.js'
import { isRandomAccess, RandomAccessContent } from './random-access.js'
import { ResponseContent } from './response-content.js'
import { StreamContent } from './stream-content.js'

/** Opens a source, so that everything said of it is true of the bytes that are sent. Errors name the `call`. */
export function openSource(
  facts: RequestFacts,
  source: CheckedSource,
  options: FileSendOptions,
  call: string,
  late?: LateCallOptions,
): Content | Promise<Content> {
  if (typeof source === 'string') return openPath(facts, source, options)
  if (typeof source === 'function') return openLate(facts, source, options, call, late)
  if (isBytes(source)) return new BytesContent(call, source)
  if (isBlob(source)) return new BlobContent(source)
  if (isFileHandle(source)) return openFileHandle(source, options)
  if (isFetchResponse(source)) return new ResponseContent(call, source)
  if (isObjectSource(source)) return openObject(facts, source)
  if (isRandomAccess(source)) return new RandomAccessContent(call, source)
  return new StreamContent(source as ByteSource) // every other kind is above
}

async function openLate(
  facts: RequestFacts,
  make: LateSource,
  options: FileSendOptions,
  call: string,
  late: LateCallOptions | undefined,
): Promise<Content> {
  const source = await callLateSource(facts, make, `${call}: what the function returned`, options, late)
  try {
    return await openSource(facts, source, options, call)
  } catch (error) {
    releaseSource(source)
    throw error
  }
}

async function openFileHandle(handle: FileHandle, { autoClose }: FileSendOptions): Promise<Content> {
  return contentOfFile(await openHandle(handle, autoClose), { path: undefined, opened: undefined })
}

function openPath(facts: RequestFacts, source: string, options: FileSendOptions): Promise<Content> {
  const { root, isRootOfCall } = options
  if (root === undefined || isRootOfCall) return openCandidates(facts, source, options)
  return pathBelowAppRoot(source, root).then((path) => openCandidates(facts, path, options))
}

/** Opens the file that a path names, or the first one that the options `index` and `extensions` make of it. */
function openCandidates(facts: RequestFacts, path: string, options: FileSendOptions): Promise<Content> {
  const { root, dotfiles, index, extensions } = options
  if (index.length > 0 || extensions.length > 0) return openFirst(facts, path, options)
  return openResolved(facts, resolvePath(path, root, dotfiles), options)
}

async function openFirst(facts: RequestFacts, path: string, options: FileSendOptions): Promise<Content> {
  let missing: unknown
  for (const candidate of pathCandidates(path, options)) {
    try {
      return await openResolved(facts, resolvePath(candidate, options.root, options.dotfiles), options)
    } catch (error) {
      if (!isMissing(error)) throw error
      missing ??= error // the error of the path itself is the one that is reported
    }
  }
  throw missing
}

function openResolved(facts: RequestFacts, path: string, options: FileSendOptions): Promise<Content> {
  const { deleteAfterSend, followSymlinks, root, withoutOriginal } = options
  const { cache, offload } = facts.settings.files
  const confinement = followSymlinks ? undefined : root
  // The server in front does not see a Content-Encoding that the app sets: it gets the plain file. An .svgz has a coding already.
  const isOffloaded = offload !== undefined && offloadField(offload, path) !== undefined
  const codings = isOffloaded || extensionOf(path) === '.svgz' ? [] : options.precompressed
  if (codings.length > 0 || withoutOriginal) return openForm(facts, path, confinement, codings, options)
  if (cache !== undefined && !deleteAfterSend) return cacheOf(cache).open(path, confinement)
  return openFile(path, confinement).then((file) =>
    contentOfFile(file, { path, opened: deleteAfterSend ? openedPath(file, path) : undefined }),
  )
}

/** Opens the form of a file that the client likes best, or the file itself. */
async function openForm(
  facts: RequestFacts,
  path: string,
  confinement: string | undefined,
  codings: readonly Precompression[],
  { deleteAfterSend, withoutOriginal, precompressed }: FileSendOptions,
): Promise<Content> {
  let file: OpenFile
  try {
    file = await openFile(path, confinement)
  } catch (error) {
    const form =
      withoutOriginal && isMissing(error) ? await findFormAlone(facts, path, confinement, precompressed) : undefined
    if (form === undefined) throw error
    return contentOfFile(form.file, { path: form.path, name: path, encoding: form.coding, opened: undefined })
  }
  const opened = deleteAfterSend ? openedPath(file, path) : undefined
  const form = await findPrecompressed(facts, file, path, confinement, codings)
  if (form === undefined) return contentOfFile(file, { path, opened })
  file.close()
  return contentOfFile(form.file, { path: form.path, name: path, encoding: form.coding, opened })
}

function openedPath(file: OpenFile, path: string): OpenedPath {
  return { path: file.realPath(path), stats: file.stats }
}

function isMissing(error: unknown): boolean {
  return isError(error) && 'status' in error && error.status === 404
}
