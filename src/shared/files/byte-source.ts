import { isBytes } from '../checks/bytes.js'
import { isThenable } from '../checks/call-hook.js'
import { openPullSource, type PullSource } from '../streams/pull-source.js'
import { isReadable } from '../streams/stream-source.js'
import { fileError } from './disk/file-error.js'

/** Bytes, or text, in one piece or many. */
export type ByteSource =
  | ArrayBufferView
  | ArrayBufferLike
  | Blob
  | NodeJS.ReadableStream
  | ReadableStream
  | Iterable<unknown>
  | AsyncIterable<unknown>

export function isByteSource(value: object): value is ByteSource {
  return isBytes(value) || (!ArrayBuffer.isView(value) && isReadable(value)) // a detached view looks like an iterable
}

/** Reads a source of the caller; a failure of the file system in it has the status it stands for. */
export function pullCallersSource(source: ByteSource): PullSource {
  const pulled = openPullSource(source)
  const fail = (reason: unknown): never => {
    throw fileError(reason)
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
