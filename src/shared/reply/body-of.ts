import { isBytes } from '../checks/bytes.js'
import { invalidType } from '../checks/errors.js'
import {
  type Chunk,
  type IterableSource,
  isAsyncIterable,
  isBlob,
  isIterable,
  isNodeStream,
  isWebStream,
} from '../streams/stream-source.js'
import { bytesBody, jsonBody, type ReplyBody, textBody } from './reply-body.js'
import { streamingBody } from './stream-body.js'

/** The body a plain value stands for; `null` and `undefined` stand for none. */
export function bodyOf(value: unknown): ReplyBody | undefined {
  if (value === undefined || value === null) return undefined
  // Never sniffed for markup: what a user typed must not turn a text into a page.
  if (typeof value === 'string') return textBody(value)
  if (isBytes(value)) return bytesBody(value)
  if (isStream(value)) return streamingBody(value)
  if (typeof value === 'object' || typeof value === 'number' || typeof value === 'boolean') return jsonBody(value)
  throw invalidType('reply: value', 'a Reply, a Response, a string, bytes, an object or an iterable', value)
}

/** Whatever yields chunks, but for lists and for what says itself how it is written as JSON. */
function isStream(value: unknown): value is IterableSource<Chunk> | Blob {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || 'toJSON' in value) return false
  return [isNodeStream, isWebStream, isBlob, isAsyncIterable, isIterable].some((isSource) => isSource(value))
}
