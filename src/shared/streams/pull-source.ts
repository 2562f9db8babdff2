import { Readable } from 'node:stream'
import { isBytes } from '../checks/bytes.js'
import { ResponseKitError } from '../checks/errors.js'
import { isAsyncIterable, isBlob, isIterable, isNodeStream, isWebStream } from './stream-source.js'

/** One way to read every kind of source. */
export interface PullSource {
  next(): IteratorResult<unknown, unknown> | Promise<IteratorResult<unknown, unknown>>
  /**
   * Releases what the source holds: a generator's `finally` runs, a stream is destroyed. Its promise may never settle:
   * an async generator that awaits for ever cannot be returned from.
   */
  close(): unknown
}

/** Starts reading; `value` has passed the check of its call, or came from a source function. */
export function openPullSource(value: object | string): PullSource {
  if (typeof value === 'string' || isBytes(value)) return pullIterator([value][Symbol.iterator]())
  if (isNodeStream(value)) return pullNodeStream(value)
  if (isBlob(value)) return pullWebStream(value.stream())
  if (isWebStream(value)) return pullWebStream(value)
  if (isAsyncIterable(value)) return pullIterator(value[Symbol.asyncIterator]())
  if (isIterable(value)) return pullIterator(value[Symbol.iterator]())
  throw new TypeError('not a source') // checked before
}

/** Closes a source under way, without waiting for it. */
export function closeSource(source: PullSource, onFailure: (reason: unknown) => void): void {
  try {
    Promise.resolve(source.close()).catch(onFailure)
  } catch (reason) {
    onFailure(reason)
  }
}

/** Lets go of a source that is not going to be read. */
export function releaseSource(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (isNodeStream(value)) {
    value.on('error', ignore)
    value.destroy?.()
  } else if (isWebStream(value)) {
    if (!value.locked) value.cancel().catch(ignore)
  } else if ('return' in value && typeof value.return === 'function') {
    // A generator not yet started ends here without running; one under way runs its `finally`.
    Promise.resolve(value.return()).catch(ignore)
  }
}

function pullIterator(iterator: Iterator<unknown> | AsyncIterator<unknown>): PullSource {
  return { next: () => iterator.next(), close: () => iterator.return?.() }
}

function pullNodeStream(stream: Readable): PullSource {
  const readable = Symbol.asyncIterator in stream ? stream : new Readable({ objectMode: true }).wrap(stream)
  readable.on('error', ignore) // the iterator tells it; a stream destroyed later may still emit
  const iterator = readable[Symbol.asyncIterator]()
  return { next: () => iterator.next(), close: () => readable.destroy() }
}

function pullWebStream(stream: ReadableStream<unknown>): PullSource {
  if (stream.locked) throw new ResponseKitError('SOURCE_FAILED', 'the web stream is already being read by someone else')
  const reader = stream.getReader()
  return {
    // A reader's result is an iterator's, but for the value it has when done.
    next: () => reader.read() as Promise<IteratorResult<unknown, unknown>>,
    close: () => reader.cancel(),
  }
}

function ignore(): void {}
