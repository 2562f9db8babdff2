import { isBytes } from '../checks/bytes.js'
import { isError, ResponseKitError } from '../checks/errors.js'
import { isThenable } from '../checks/promise.js'
import { openPullSource, type PullSource } from '../streams/pull-source.js'
import { isReadable } from '../streams/stream-source.js'
import { fileError } from './disk/file-error.js'
import { MISSING_NAME } from './objects/store-error.js'

/** Bytes, or text, in one piece or many. A Node stream is an async iterable. */
export type ByteSource =
  | ArrayBufferView
  | ArrayBufferLike
  | Blob
  | ReadableStream
  | Iterable<unknown>
  | AsyncIterable<unknown>

export function isByteSource(value: object): value is ByteSource {
  return isBytes(value) || (!ArrayBuffer.isView(value) && isReadable(value)) // a detached view looks like an iterable
}

/** A failure of a source of the caller, with the status that it stands for. */
export function sourceError(reason: unknown): Error {
  if (isOfNoFile(reason))
    return new ResponseKitError('SOURCE_FAILED', 'The source could not be opened', { cause: reason })
  if (!saysNotFound(reason)) return fileError(reason)
  return new ResponseKitError('ENOENT', 'File not found', { status: 404, cause: reason })
}

/**
 * Whether a system call for a connection or a program failed. If a Unix socket or a program is missing, the code is that of
 * a missing file.
 */
function isOfNoFile(reason: unknown): boolean {
  if (!isError(reason)) return false
  try {
    const { syscall } = reason as { readonly syscall?: unknown } // Node's errors have it
    return typeof syscall === 'string' && /^(?:connect|bind|listen|spawn|kill)/.test(syscall)
  } catch {
    return false // a getter that throws
  }
}

/** How file systems, S3, Google and Azure say that there is no such object. */
function isNotFound(fact: unknown): boolean {
  return fact === 404 || fact === 'ENOENT' || (typeof fact === 'string' && MISSING_NAME.test(fact))
}

/** Whether a store says that it has no such object. An error of another status, or for the client, stays as it is. */
function saysNotFound(reason: unknown): boolean {
  if (typeof reason !== 'object' || reason === null) return false
  try {
    const { status, statusCode, name, code, expose, $metadata } = reason as Readonly<Record<string, unknown>> // each is checked
    if (isError(reason) && (expose === true || [status, statusCode].some(isOtherFailure))) return false
    const ofHttp = typeof $metadata === 'object' && $metadata !== null && Reflect.get($metadata, 'httpStatusCode')
    return [status, statusCode, name, code, ofHttp].some(isNotFound)
  } catch {
    return false // a Proxy or a getter that throws
  }
}

function isOtherFailure(status: unknown): boolean {
  return typeof status === 'number' && status >= 400 && status <= 599 && status !== 404
}

/** Reads a source of the caller; a failure of the file system in it has the status it stands for. */
export function pullCallersSource(source: ByteSource): PullSource {
  const pulled = openPullSource(source)
  const fail = (reason: unknown): never => {
    throw sourceError(reason)
  }
  return {
    next() {
      try {
        const result = pulled.next()
        return isThenable(result) ? Promise.resolve(result).catch(fail) : result
      } catch (reason) {
        return fail(reason)
      }
    },
    close: () => pulled.close(),
  }
}
