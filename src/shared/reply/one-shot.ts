import { ResponseKitError } from '../checks/errors.js'
import { isFetchResponse } from '../streams/fetch-response.js'
import { isFileHandle, isNodeStream, isWebStream } from '../streams/stream-source.js'

/** Whether what has been read from a source is gone: a stream, an iterator, a FileHandle, a fetch `Response`. */
export function isOneShot(source: unknown): source is object {
  if (typeof source !== 'object' || source === null) return false
  if (isNodeStream(source) || isWebStream(source) || isFileHandle(source) || isFetchResponse(source)) return true
  return 'next' in source && typeof source.next === 'function'
}

/** The sources that a response has taken. */
const spent = new WeakSet<object>()

export function isSpent(source: object): boolean {
  return spent.has(source)
}

/** Takes a source for one response. `kind` names the body in the error for a source that was taken before. */
export function spend(kind: string, source: object): void {
  if (spent.has(source)) {
    const message = `Reply: its ${kind} source can be read only once and has been sent; give a function that makes a new one`
    throw new ResponseKitError('ALREADY_SENT', message)
  }
  spent.add(source)
}
