import { Readable } from 'node:stream'
import { types } from 'node:util'
import { invalidType } from '../errors.js'

/** One way to read whatever gives octets piece by piece. */
export interface ChunkSource {
  /** The next octets, `undefined` at the end. Never called twice at once. */
  next(): Promise<Uint8Array | undefined>
  /** Ends reading at any time and releases the source, without waiting for it. */
  close(): void
}

/** Octets, or text, in one piece or many. */
export type OctetSource =
  | ArrayBufferView
  | ArrayBufferLike
  | Blob
  | NodeJS.ReadableStream
  | ReadableStream
  | Iterable<unknown>
  | AsyncIterable<unknown>

export function isNodeStream(value: object): value is NodeJS.ReadableStream {
  return 'pipe' in value && typeof value.pipe === 'function' && 'on' in value && typeof value.on === 'function'
}

export function isWebStream(value: object): value is ReadableStream {
  return 'getReader' in value && typeof value.getReader === 'function'
}

export function isIterable(value: object): value is Iterable<unknown> | AsyncIterable<unknown> {
  return Symbol.asyncIterator in value || Symbol.iterator in value
}

export function isOctets(value: unknown): value is ArrayBufferView | ArrayBufferLike {
  return ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)
}

/** Starts reading; nothing is asked of the source before the first `next`. */
export function openChunks(subject: string, value: OctetSource): ChunkSource {
  if (isOctets(value)) return new IteratorChunks(subject, [value][Symbol.iterator]())
  if (value instanceof Blob) return new WebChunks(subject, value.stream())
  if (isNodeStream(value)) return new NodeChunks(subject, value)
  if (isWebStream(value)) return new WebChunks(subject, value)
  const iterator = Symbol.asyncIterator in value ? value[Symbol.asyncIterator]() : value[Symbol.iterator]()
  return new IteratorChunks(subject, iterator)
}

/** Lets go of a source that is not going to be read. */
export function releaseSource(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (isNodeStream(value)) destroyStream(value)
  else if (isWebStream(value) && !value.locked) value.cancel().catch(() => {})
}

class IteratorChunks implements ChunkSource {
  readonly #subject: string
  readonly #iterator: Iterator<unknown> | AsyncIterator<unknown>
  #isDone = false

  constructor(subject: string, iterator: Iterator<unknown> | AsyncIterator<unknown>) {
    this.#subject = subject
    this.#iterator = iterator
  }

  async next(): Promise<Uint8Array | undefined> {
    const { done, value } = await this.#iterator.next()
    if (done !== true) return toOctets(this.#subject, await value)
    this.#isDone = true
    return undefined
  }

  close(): void {
    if (this.#isDone) return
    this.#isDone = true
    try {
      Promise.resolve(this.#iterator.return?.()).catch(() => {})
    } catch {
      // a generator's own cleanup: the answer is over
    }
  }
}

class WebChunks implements ChunkSource {
  readonly #subject: string
  readonly #reader: ReadableStreamDefaultReader

  constructor(subject: string, stream: ReadableStream) {
    this.#subject = subject
    this.#reader = stream.getReader()
  }

  async next(): Promise<Uint8Array | undefined> {
    const { done, value } = await this.#reader.read()
    return done ? undefined : toOctets(this.#subject, value)
  }

  close(): void {
    this.#reader.cancel().catch(() => {})
  }
}

class NodeChunks implements ChunkSource {
  readonly #subject: string
  readonly #stream: NodeJS.ReadableStream
  #iterator: AsyncIterator<unknown> | undefined

  constructor(subject: string, stream: NodeJS.ReadableStream) {
    this.#subject = subject
    this.#stream = stream
  }

  async next(): Promise<Uint8Array | undefined> {
    this.#iterator ??= readable(this.#stream)[Symbol.asyncIterator]()
    const { done, value } = await this.#iterator.next()
    return done === true ? undefined : toOctets(this.#subject, value)
  }

  close(): void {
    destroyStream(this.#stream)
  }
}

/** A stream of the old kind is wrapped into one that can be iterated. */
function readable(stream: NodeJS.ReadableStream): AsyncIterable<unknown> {
  return Symbol.asyncIterator in stream ? stream : new Readable().wrap(stream)
}

function destroyStream(stream: NodeJS.ReadableStream): void {
  stream.on('error', () => {}) // nobody is left to hear it
  if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy()
}

function toOctets(subject: string, chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  if (typeof chunk === 'string') return Buffer.from(chunk)
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  if (types.isAnyArrayBuffer(chunk)) return new Uint8Array(chunk)
  throw invalidType(`${subject}: chunk`, 'a Buffer, typed array, ArrayBuffer or string', chunk, 'INVALID_CHUNK')
}
