import { isBytes, viewBytes } from '../checks/bytes.js'
import { invalidRange, invalidType } from '../checks/errors.js'
import { releaseSource } from '../streams/pull-source.js'
import { type ByteSource, isByteSource } from './byte-source.js'
import { checkRandomAccess, isRandomAccess, type RandomAccessSource } from './random-access.js'

/** What can be sent as a file: a path, bytes, a Blob, a stream, an iterable, or an object that reads any part. */
export type FileSource = string | ByteSource | RandomAccessSource

const EXPECTED = 'a path, bytes, a Blob, a stream, an iterable, or an object { size, read }'
const EXPECTED_FILE = 'a path, bytes, a Blob, a stream, an iterable other than an array, or an object { size, read }'

/** Refuses at once what gives no bytes. */
export function checkSource(subject: string, source: unknown): FileSource {
  if (typeof source === 'string') {
    if (source === '') throw invalidRange(`${subject}: source`, 'a path that is not empty', source)
    return source
  }
  if (typeof source !== 'object' || source === null) throw invalidType(`${subject}: source`, EXPECTED, source)
  if (isBytes(source)) viewBytes(`${subject}: source`, source)
  else if (isRandomAccess(source)) checkRandomAccess(subject, source)
  else if (!isByteSource(source)) throw invalidType(`${subject}: source`, EXPECTED, source)
  return source
}

/** The roots a path may be below: of the call, and of the app. */
export interface Roots {
  readonly ofCall: string | undefined
  readonly ofApp: string | undefined
}

/**
 * The same for `file` and `download`, whose source often comes from a request. An array is never a file: a query makes
 * arrays. Below a root, the array that Express 5 makes of a wildcard is the path that it was in the URL. If the call
 * itself names a root, only a path is a source.
 */
export function checkFileSource(call: string, source: unknown, { ofCall, ofApp }: Roots): FileSource {
  const hasRoot = ofCall !== undefined || ofApp !== undefined
  const path = hasRoot && isPathInParts(source) ? source.join('/') : source
  if (Array.isArray(path)) throw invalidType(`${call}: source`, EXPECTED_FILE, source)
  if (hasRoot && path === '') return path // the root itself, which is no file: 404
  if (ofCall !== undefined && typeof path !== 'string') {
    throw invalidType(`${call}: source`, "a path, as there is an option 'root'", source)
  }
  return checkSource(call, path)
}

function isPathInParts(source: unknown): source is readonly string[] {
  return Array.isArray(source) && source.length > 0 && source.every((part) => typeof part === 'string')
}

/** Runs what may refuse the call; a stream given to a call that is refused is destroyed. */
export function releaseOnThrow<Result>(source: unknown, attempt: () => Result): Result {
  try {
    return attempt()
  } catch (error) {
    releaseSource(source)
    throw error
  }
}
