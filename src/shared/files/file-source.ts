import type { FileHandle } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { isBytes, viewBytes } from '../checks/bytes.js'
import { hasClassTag } from '../checks/class-tag.js'
import { invalidRange, invalidType } from '../checks/errors.js'
import { textsIn } from '../checks/iterator.js'
import { isFetchResponse } from '../streams/fetch-response.js'
import { releaseRefused } from '../streams/source-owner.js'
import { isFileHandle } from '../streams/stream-source.js'
import { type ByteSource, isByteSource } from './byte-source.js'
import type { ReadContext } from './content.js'
import { isObjectSource, type ObjectSource } from './objects/object-source.js'
import { isRandomAccess, type RandomAccessSource, readRandomAccess } from './random-access.js'

/** A source that exists when the call is made: a path, a `file:` URL, a FileHandle, bytes, a fetch `Response`, a stream, an object of a store, ... */
export type PresentSource = string | URL | OpenedFile | Response | ByteSource | RandomAccessSource | ObjectSource

/** A FileHandle of `node:fs/promises`. Without its `read`, so that an object literal `{ size, read }` has its types. */
export type OpenedFile = Pick<FileHandle, 'fd' | 'stat' | 'close'>

/** Makes a source when it is needed: not for HEAD, a 304 or a 412. The signal fires if the client leaves. */
export type LateSource = (context: ReadContext) => PresentSource | Promise<PresentSource>

/** What can be sent as a file, or a function that makes it. */
export type FileSource = PresentSource | LateSource

/** A source that is there and has passed its check. A URL is a path by then. */
export type OpenableSource = Exclude<PresentSource, URL>

/** The same, or a function that makes one. */
export type CheckedSource = OpenableSource | LateSource

const EXPECTED =
  'a path, a file: URL, a FileHandle, bytes, a Blob, a Response, a stream, an iterable, an object { size, read }, or a function that makes one'
const EXPECTED_FILE = EXPECTED.replace('an iterable', 'an iterable other than an array')

/** Refuses at once what gives no bytes. `subject` names the argument in the error. */
export function checkSource(subject: string, source: unknown): CheckedSource {
  if (typeof source === 'string') {
    if (source === '') throw invalidRange(subject, 'a path that is not empty', source)
    return source
  }
  // What it makes is checked when it is made.
  if (typeof source === 'function') return source as LateSource
  if (typeof source !== 'object' || source === null) throw invalidType(subject, EXPECTED, source)
  if (isObjectSource(source)) return source
  if (hasClassTag(source, 'URL')) return pathOfUrl(subject, source as URL) // by the test
  if (isFileHandle(source)) return source
  if (isFetchResponse(source)) {
    if (source.bodyUsed || isLocked(source.body))
      throw invalidType(subject, 'a Response whose body has not been read', source)
    return source
  }
  if (isBytes(source)) viewBytes(subject, source)
  else if (isRandomAccess(source)) readRandomAccess(subject, source)
  else if (!isByteSource(source)) throw invalidType(subject, EXPECTED, source)
  return source
}

/** Refuses an array, which a client can make of a parameter. `subject` names the argument in the error. */
export function refuseArray(subject: string, source: unknown): void {
  if (Array.isArray(source)) throw invalidType(subject, EXPECTED_FILE, source)
}

/** The root that a path must be below. */
export interface RootInForce {
  readonly root: string | undefined
  /** The call itself names it, and not the app. */
  readonly isRootOfCall: boolean
}

/**
 * The same for `file` and `download`, whose source often comes from a request. An array is never a file: a query makes
 * arrays. Below a root, the array that Express 5 makes of a wildcard is the path that it was in the URL. If the call
 * itself names a root, only a path is a source, or a function that makes one.
 */
export function checkFileSource(subject: string, source: unknown, { root, isRootOfCall }: RootInForce): CheckedSource {
  const parts = root === undefined ? undefined : textsIn(source)
  const path = parts !== undefined && parts.length > 0 ? parts.join('/') : source
  refuseArray(subject, path)
  if (isRootOfCall && typeof path !== 'string' && typeof path !== 'function') {
    throw invalidType(subject, "a path, as there is an option 'root'", source)
  }
  if (path === '' && root !== undefined) return path // the root itself: not found, unless it has an index
  return checkSource(subject, path)
}

/** The body of a Response of node-fetch is a Node stream, which has no lock. */
function isLocked(body: Response['body']): boolean {
  return body !== null && body.locked === true
}

function pathOfUrl(subject: string, { href, protocol }: URL): string {
  const hint = protocol === 'file:' ? '' : ': fetch another URL first, as in file(await fetch(url))'
  try {
    return fileURLToPath(href)
  } catch (cause) {
    throw Object.assign(invalidRange(subject, `a file: URL of this machine${hint}`, href), { cause })
  }
}

/** What the options of a call say of a FileHandle. */
interface HandleOptions {
  readonly autoClose?: boolean
}

/** Whether the caller keeps the source: a FileHandle that the kit must not close. */
export function isKeptByCaller(source: unknown, options: HandleOptions | null | undefined): boolean {
  return options?.autoClose === false && typeof source === 'object' && source !== null && isFileHandle(source)
}

/** Runs what may refuse the call; a stream given to a call that is refused is destroyed. */
export function releaseOnThrow<Result>(source: unknown, attempt: () => Result, options?: HandleOptions | null): Result {
  try {
    return attempt()
  } catch (error) {
    if (!isKeptByCaller(source, options)) releaseRefused(source)
    throw error
  }
}
