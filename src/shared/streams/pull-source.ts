import { PassThrough, type Readable } from 'node:stream'
import { isGeneratorObject } from 'node:util/types'
import { isBytes } from '../checks/bytes.js'
import { showValue } from '../checks/errors.js'
import { isIterator, isIteratorResult } from '../checks/iterator.js'
import { adoptPromise } from '../checks/promise.js'
import { adoptNodeStream, destroyNodeStream, failureOf, hasFailed, readUntilEnd } from './node-stream.js'
import { adoptSource, isTaken, releaseSource, sourceFailed, takeEarlyFailure, wasTouched } from './source-owner.js'
import {
  isAsyncIterable,
  isBlob,
  isIterable,
  isNodeStream,
  isPipeable,
  isWebStream,
  type PipeableStream,
} from './stream-source.js'
import { cancelWebStream, isHeld, readerOf } from './web-stream.js'

/** One way to read every kind of source. */
export interface PullSource {
  /** The next item. Its bytes must never change again: they may be written much later. */
  next(): IteratorResult<unknown, unknown> | Promise<IteratorResult<unknown, unknown>>
  /**
   * Releases what the source holds: a generator's `finally` runs, a stream is destroyed. The promise it returns may never
   * settle: `return()` has no effect on an async generator that awaits forever.
   */
  close(): unknown
}

/** Starts reading. The source has passed the check of its call. */
export function openPullSource(value: object | string): PullSource {
  adoptSource(value)
  if (typeof value === 'string' || isBytes(value)) return pullIterator([value][Symbol.iterator]())
  if (isNodeStream(value)) return pullNodeStream(value)
  if (isPipeable(value)) return pullPipeable(value)
  if (isBlob(value)) return pullBlob(value)
  if (isWebStream(value)) return pullWebStream(value)
  const failure = takeEarlyFailure(value)
  if (failure !== undefined) return failing(failure.value)
  if (isAsyncIterable(value)) return pullOnce(value[Symbol.asyncIterator]())
  if (isIterable(value)) return pullOnce(value[Symbol.iterator]())
  throw new TypeError('not a source') // checked before
}

/** A source that cannot be read. */
function failing(reason: unknown): PullSource {
  return { next: () => Promise.reject(reason), close: () => undefined }
}

/** Closes a source that is being read, without waiting for it. */
export function closeSource(source: PullSource, onFailure: (reason: unknown) => void): void {
  try {
    Promise.resolve(source.close()).catch(onFailure)
  } catch (reason) {
    onFailure(reason)
  }
}

/** What a source gave, if it follows the protocol of iterators. Each reader of a source asks this. */
export function checkedResult(result: unknown): IteratorResult<unknown, unknown> {
  if (isIteratorResult(result)) return result
  throw sourceFailed(`the iterator of the source gave ${showValue(result)}, not an object`)
}

/**
 * Reads an iterator that no answer has read. A generator, `list.values()` and other iterators are their own iterables: two
 * answers would get a part each, and both would look whole.
 */
function pullOnce(iterator: unknown): PullSource {
  if (isIterator(iterator) && isTaken(iterator)) {
    const what = isGeneratorObject(iterator) ? 'generator' : 'iterator'
    return failing(sourceFailed(`the ${what} is the source of another answer; give a function that makes a new one`))
  }
  return pullIterator(iterator)
}

function pullIterator(iterator: unknown): PullSource {
  if (!isIterator(iterator)) {
    adoptPromise(iterator) // of an async function in the place of a generator
    throw sourceFailed('the source gave an iterator without next()')
  }
  const close = (): unknown => {
    if (typeof iterator.return === 'function') return iterator.return()
    return isNodeStream(iterator) ? destroyNodeStream(iterator) : undefined // that of a query of Mongoose is its cursor
  }
  let isRunning = false
  return {
    next() {
      isRunning = true
      try {
        return iterator.next()
      } finally {
        isRunning = false
      }
    },
    // A generator that ends the answer itself can be closed only after its code has run.
    close: () => (isRunning ? Promise.resolve().then(close) : close()),
  }
}

function pullNodeStream(stream: Readable): PullSource {
  const readable = adoptNodeStream(stream)
  if (hasFailed(stream, readable)) {
    releaseSource(stream)
    return failing(failureOf(stream, readable))
  }
  // A stream that was destroyed emits nothing more.
  if (readable.destroyed && !readable.readableEnded) {
    return failing(sourceFailed('the stream was destroyed before it was read'))
  }
  // Read again, it would give nothing, or only a part: the answer would look whole.
  if (readable.readableEnded) return failing(sourceFailed('the stream was read to its end before'))
  if (isTaken(stream)) return failing(sourceFailed('the stream is the source of another answer'))
  if (wasTouched(stream)) {
    destroyNodeStream(stream)
    return failing(sourceFailed('other code has read the stream'))
  }
  const iterator = pullIterator(readable[Symbol.asyncIterator]())
  const source: PullSource = {
    next: readUntilEnd(stream, readable, iterator.next, () => closeSource(source, ignore)),
    close: () => destroyNodeStream(stream),
  }
  return source
}

/** A renderer that fails destroys the stream that it writes on, as React does. Then reading fails too. */
function pullPipeable(renderer: PipeableStream): PullSource {
  const stream = new PassThrough()
  const source = pullNodeStream(stream)
  renderer.pipe(stream)
  return {
    next: () => source.next(),
    close() {
      // A renderer that has failed knows the true reason, and has destroyed the stream.
      if (!stream.destroyed) renderer.abort(sourceFailed('the response ended before the page did'))
      return source.close()
    },
  }
}

/** Node copies what it reads of a Blob: to copy more at once would hold the event loop. */
const BLOB_PIECE = 256 * 1024

/** Reads a Blob piece by piece. The stream that Node makes of it gives all of a part in memory as one chunk. */
function pullBlob(blob: Blob): PullSource {
  const { size } = blob
  let position = 0
  return {
    async next() {
      if (position >= size) return { done: true, value: undefined }
      const end = Math.min(position + BLOB_PIECE, size)
      const bytes: unknown = await blob.slice(position, end).arrayBuffer()
      position = end
      return { done: false, value: bytes }
    },
    close() {
      position = size
    },
  }
}

function pullWebStream(stream: ReadableStream<unknown>): PullSource {
  const isOurs = isHeld(stream)
  if (!isOurs && stream.locked) throw sourceFailed('the web stream already has a reader')
  if (isTaken(stream)) throw sourceFailed('the web stream is the source of another answer')
  if (!isOurs && wasTouched(stream)) {
    cancelWebStream(stream)
    throw sourceFailed('other code has read or cancelled the web stream')
  }
  const reader = readerOf(stream)
  if (reader === undefined) throw sourceFailed('the web stream gave a reader that cannot read')
  return {
    // The result has the form of an iterator's. Only the `value` at the end may be another one.
    next: () => reader.read() as Promise<IteratorResult<unknown, unknown>>,
    close: () => reader.cancel(),
  }
}

function ignore(): void {}
