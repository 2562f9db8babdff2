import type { EventEmitter } from 'node:events'
import type { FileHandle } from 'node:fs/promises'
import type { Readable, Writable } from 'node:stream'
import { isBytes, viewBytes } from '../checks/bytes.js'
import { hasClassTag } from '../checks/class-tag.js'
import { invalidType } from '../checks/errors.js'
import { isThenable } from '../checks/promise.js'
import { isMediaType } from '../fields/media-type.js'
import { isAdopted } from './node-stream.js'

/** One piece of a body. */
export type Chunk = string | ArrayBufferView | ArrayBufferLike

/** What a source function gets. */
export interface SourceContext {
  /** Fires when the client has left, and when the process shuts down. */
  readonly signal: AbortSignal
  /** The id of the last event that a returning client has (`Last-Event-ID`). */
  readonly lastEventId: string | undefined
}

/** Anything that can be read piece by piece. */
export type IterableSource<Item> = Iterable<Item> | AsyncIterable<Item> | ReadableStream<Item> | Readable

/** The same, or a function that makes one for this request. */
export type SourceOf<Item, Extra = never> =
  | IterableSource<Item>
  | Extra
  | ((context: SourceContext) => IterableSource<Item> | Extra | Promise<IterableSource<Item> | Extra>)

/** What React's `renderToPipeableStream` gives: a renderer that writes on a stream, and that can be stopped. */
export interface PipeableStream {
  /** Starts to write on a stream. */
  pipe(destination: Writable): unknown
  /** Stops the work. */
  abort(reason?: unknown): void
}

/** What `streaming` takes: bytes or text, from anything that yields them. */
export type StreamSource = SourceOf<Chunk, Blob | Chunk | PipeableStream>

type WebStream = ReadableStream<unknown>

/** Whether it has the methods that a Node stream is read by. A stream of another realm, or of the old kind, has them too. */
export function isNodeStream(value: object): value is Readable {
  // At its end a stream of the old kind says that it is not readable. By then the kit has what it gave.
  return hasMethods(value, STREAM_METHODS) && (!isWritableOnly(value) || isAdopted(value))
}

const STREAM_METHODS: readonly string[] = ['pipe', 'on', 'emit', 'removeListener']

/** A response, a request to another server or a file that is written: its `pipe` only fails. */
function isWritableOnly(value: object): boolean {
  return hasMethods(value, ['write', 'end']) && !hasMethods(value, ['read']) && !('readable' in value && value.readable)
}

/** The same for a web stream, which may be of another realm or of a package. */
export function isWebStream(value: object): value is WebStream {
  return hasMethods(value, ['getReader', 'cancel'])
}

/** Whether it writes on a stream by itself, as React's renderer does. A stream that has `abort` is a stream. */
export function isPipeable(value: object): value is PipeableStream {
  return hasMethods(value, ['pipe', 'abort']) && !hasMethods(value, STREAM_METHODS)
}

/** A Blob or a File, also of another realm. */
export function isBlob(value: object): value is Blob {
  return (
    (hasClassTag(value, 'Blob') || hasClassTag(value, 'File')) && hasMethods(value, ['stream', 'slice', 'arrayBuffer'])
  )
}

/** The type that a Blob says. A client chooses that of an upload: one that is no media type does not count. */
export function typeOfBlob({ type }: Blob): string | undefined {
  return isMediaType(type) ? type : undefined
}

/** A file that the caller has opened with `node:fs/promises`. */
export function isFileHandle(value: object): value is FileHandle {
  return 'fd' in value && typeof value.fd === 'number' && hasMethods(value, ['read', 'stat', 'close'])
}

export function isAsyncIterable(value: object): value is AsyncIterable<unknown> {
  return Symbol.asyncIterator in value && typeof value[Symbol.asyncIterator] === 'function'
}

/** Whether it is read by its iterator, and tells its failures by events too, as the lines of `node:readline` do. */
export function isEmittingIterable(value: object): value is EventEmitter & AsyncIterable<unknown> {
  return isAsyncIterable(value) && hasMethods(value, ['on', 'emit', 'listenerCount'])
}

/** Whether its value is waited for. A query may be a promise and an iterable: its rows are read one by one. */
export function isAwaited(value: unknown): value is PromiseLike<unknown> {
  return isThenable(value) && !(isAsyncIterable(value) && givesRows(value))
}

/** Each query of Mongoose has an iterator, which finds documents whatever the query does: `op` says what, such as `'countDocuments'`. */
function givesRows(query: object): boolean {
  const op: unknown = Reflect.get(query, 'op')
  return op === undefined || op === 'find'
}

export function isIterable(value: object): value is Iterable<unknown> {
  return Symbol.iterator in value && typeof value[Symbol.iterator] === 'function'
}

function hasMethods(value: object, names: readonly string[]): boolean {
  // Any object can be read like this: the next step looks at the type of each property.
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
}

const BYTE_SOURCES =
  'an iterable, a generator, a Node or web stream, a Blob, a string, bytes, { pipe, abort }, or a function that makes one'
const VALUE_SOURCES = 'an iterable of values, a generator, a Node or web stream, or a function that makes one'

/** Refuses at once what can never be streamed; `subject` names the call. */
export function checkByteSource(subject: string, source: unknown): void {
  if (typeof source === 'string' || typeof source === 'function') return
  if (isBytes(source)) viewBytes(subject, source)
  else if (typeof source !== 'object' || source === null || !(isReadable(source) || isPipeable(source))) {
    throw invalidType(subject, BYTE_SOURCES, source)
  }
}

/** The same for a stream of values: text and bytes are no lists of values. */
export function checkValueSource(subject: string, source: unknown): void {
  if (typeof source === 'function') return
  const isList = typeof source === 'object' && source !== null && !isBytes(source) && !isBlob(source)
  if (!isList || !isReadable(source)) throw invalidType(subject, VALUE_SOURCES, source)
}

/** Whether it can be read piece by piece. Bytes in memory are another case. */
export function isReadable(source: object): boolean {
  return isNodeStream(source) || isWebStream(source) || isBlob(source) || isAsyncIterable(source) || isIterable(source)
}
