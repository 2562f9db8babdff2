import { invalidRange, invalidType } from '../checks/errors.js'
import { releaseSource } from '../streams/pull-source.js'
import { isOctetSource, type OctetSource } from './chunk-source.js'
import { checkRandomAccess, isRandomAccess, type RandomAccessSource } from './random-access.js'

/** What can be sent as a file: a path, bytes, a Blob, a stream, an iterable, or an object that reads any part. */
export type FileSource = string | OctetSource | RandomAccessSource

const EXPECTED = 'a path, bytes, a Blob, a stream, an iterable or an object { size, read }'

/** Refuses at once what cannot be sent as a file. */
export function checkSource(call: string, source: unknown): FileSource {
  if (typeof source === 'string') {
    if (source === '') throw invalidRange(`${call}: source`, 'a path that is not empty', source)
    return source
  }
  if (typeof source !== 'object' || source === null) throw invalidType(`${call}: source`, EXPECTED, source)
  if (isRandomAccess(source)) checkRandomAccess(call, source)
  else if (!isOctetSource(source)) throw invalidType(`${call}: source`, EXPECTED, source)
  return source
}

/** Runs what may refuse the call; a stream given to a call that is refused is destroyed. */
export function orRelease<Result>(source: unknown, attempt: () => Result): Result {
  try {
    return attempt()
  } catch (error) {
    releaseSource(source)
    throw error
  }
}
