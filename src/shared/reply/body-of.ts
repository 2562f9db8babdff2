import { isFragment } from '../bodies/html-fragment.js'
import { isBytes, viewBytes } from '../checks/bytes.js'
import { invalidType, isError } from '../checks/errors.js'
import { isIterator } from '../checks/iterator.js'
import { isThenable } from '../checks/promise.js'
import { isFetchResponse } from '../streams/fetch-response.js'
import { releaseSource } from '../streams/source-owner.js'
import {
  type Chunk,
  type IterableSource,
  isAsyncIterable,
  isBlob,
  isIterable,
  isNodeStream,
  isWebStream,
} from '../streams/stream-source.js'
import { createBody, createBodyFor, type ReplyBody } from './reply-body.js'
import { isBranded } from './reply-brand.js'

/** The body that a plain value stands for, given to `call`. `null` and `undefined` stand for none. */
export function bodyOf(call: string, value: unknown): ReplyBody | undefined {
  if (value === undefined || value === null) return undefined
  // Never sniffed for markup: text that a user typed must not become a page.
  if (typeof value === 'string') return createBody('text', value)
  if (isFragment(value)) return createBodyFor(call, 'html', value)
  if (isBytes(value)) {
    viewBytes(`${call}: value`, value)
    return createBody('bytes', value)
  }
  if (isBranded(value)) throw invalidType(`${call}: content`, 'a string, bytes, an object or an iterable', value)
  if (isThenable(value) || isError(value) || isFetchResponse(value)) {
    if (isFetchResponse(value)) releaseSource(value)
    throw invalidType(`${call}: content`, 'a string, bytes, an object or an iterable', value)
  }
  if (isStream(value)) return createBodyFor(call, 'streaming', value)
  if (typeof value === 'object' || typeof value === 'number' || typeof value === 'boolean') {
    return createBodyFor(call, 'json', value)
  }
  throw invalidType(`${call}: value`, 'a Reply, a Response, a string, bytes, an object or an iterable', value)
}

/** Whether it is bytes, or has been made to give bytes. JSON of it would be its inside. */
export function givesBytes(value: unknown): boolean {
  if (isBytes(value)) return true
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return false
  return isNodeStream(value) || isWebStream(value) || isBlob(value) || (isIterator(value) && isStream(value))
}

/** Everything that yields chunks, except lists, and objects that say how they are written as JSON. */
function isStream(value: unknown): value is IterableSource<Chunk> | Blob {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || 'toJSON' in value) return false
  return [isNodeStream, isWebStream, isBlob, isAsyncIterable, isIterable].some((isSource) => isSource(value))
}
