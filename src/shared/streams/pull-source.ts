import { PassThrough, Readable } from 'node:stream'
import { isGeneratorObject, isPromise } from 'node:util/types'
import { isBytes } from '../checks/bytes.js'
import { ResponseKitError, showValue } from '../checks/errors.js'
import { isIterator, isIteratorResult, itemsInMemory } from '../checks/iterator.js'
import { adoptPromise, whenGiven } from '../checks/promise.js'
import { isFetchResponse } from './fetch-response.js'
import {
  adoptNodeStream,
  destroyNodeStream,
  failureOf,
  hasFailed,
  holdNodeStream,
  readUntilEnd,
} from './node-stream.js'
import {
  isAsyncIterable,
  isBlob,
  isFileHandle,
  isIterable,
  isNodeStream,
  isPipeable,
  isWebStream,
  type PipeableStream,
} from './stream-source.js'
import { cancelWebStream, holdWebStream, isHeld, readerOf } from './web-stream.js'

// What happens to a source, in order:
//
// - `adoptSource`: a call or a Reply was given it. Its failures cannot end the process from now on.
// - `holdSource`: an answer will read it, perhaps after other sources. It keeps its bytes from now on.
// - `callSource` (source-body.ts): a function in its place makes the source of this request.
// - `openPullSource`: the body is really sent. Every kind of source becomes a PullSource.
// - `closeSource`: reading ends before the source does.
// - `releaseSource`: it is not read at all.
// - `releaseRefused`: the same, of a call that is refused. The answer that holds the source keeps it.
//
// A promise of a source is adopted, held and released as the source is that it gives: all these calls take one.

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

/**
 * Makes the kit the owner of a source that a call was given. From now on a failure of the source cannot end the process:
 * not while it waits to be read, not after it was refused, not after its end. The reader learns of the failure later.
 */
export function adoptSource(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (isPromise(value)) {
    whenGiven(value, adoptSource)
    return
  }
  if (isNodeStream(value) || isWebStream(value)) {
    if (isNodeStream(value)) adoptNodeStream(value)
    if (!isDisturbed(value)) untouched.add(value)
    return
  }
  if (isFetchResponse(value)) {
    adoptSource(value.body)
    return
  }
  const items = itemsInMemory(value)
  if (items === undefined || adoptedLists.has(value)) return
  adoptedLists.add(value)
  // All at once, although a million items take 20 ms: a promise that rejects in this turn, as those that a handler makes of
  // a list of its client, would end the process before a later turn.
  for (const item of items) if (typeof item === 'object') adoptPromise(item)
}

/**
 * Takes a source for an answer. Without a reader, a source that waits may lose its bytes: Node throws away the output of a
 * process that ends, and `fetch` cancels the body of a `Response` that is garbage.
 */
export function holdSource(value: unknown): void {
  if (isPromise(value)) {
    whenGiven(value, holdSource)
    return
  }
  adoptSource(value)
  if (typeof value !== 'object' || value === null) return
  held.add(value)
  if (isNodeStream(value)) holdNodeStream(value)
  else if (isWebStream(value) && !value.locked && !wasTouched(value)) holdWebStream(value)
}

/**
 * The source that a function of the caller gave, or promised, for this answer. One that is there at once is held at once: a
 * stream may fail before a promise settles.
 */
export async function holdGiven(given: unknown): Promise<unknown> {
  holdSource(given)
  const source = await given
  holdSource(source)
  return source
}

/** Whether an answer has taken this source. */
export function isHeldByAnswer(source: object): boolean {
  return held.has(source)
}

const adoptedLists = new WeakSet<object>()

/** Starts reading. The source has passed the check of its call. */
export function openPullSource(value: object | string): PullSource {
  adoptSource(value)
  if (typeof value === 'string' || isBytes(value)) return pullIterator([value][Symbol.iterator]())
  if (isNodeStream(value)) return pullNodeStream(value)
  if (isPipeable(value)) return pullPipeable(value)
  if (isBlob(value)) return pullBlob(value)
  if (isWebStream(value)) return pullWebStream(value)
  if (isAsyncIterable(value)) return pullOnce(value[Symbol.asyncIterator]())
  if (isIterable(value)) return pullOnce(value[Symbol.iterator]())
  throw new TypeError('not a source') // checked before
}

/** The sources that answers have taken. They may not be open yet. */
const held = new WeakSet<object>()

/** Streams that no code had read or cancelled when the kit was given them. */
const untouched = new WeakSet<object>()

/** Whether other code has read or cancelled a stream meanwhile. What is left of it would look whole. */
function wasTouched(stream: Readable | ReadableStream<unknown>): boolean {
  return untouched.has(stream) && isDisturbed(stream)
}

function isDisturbed(stream: Readable | ReadableStream<unknown>): boolean {
  return Readable.isDisturbed(stream as Readable) // it knows web streams, but its types do not
}

/** Streams, generators and iterators that an answer reads, has read or has closed: each can be read once. */
const taken = new WeakSet<object>()

/** Whether another answer has taken this source. Else this call takes it. */
function isTaken(source: object): boolean {
  if (taken.has(source)) return true
  taken.add(source)
  return false
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

/** Releases a source that will not be read. Its failures are ignored, because its call is over. */
export function releaseSource(value: unknown): void {
  if (typeof value !== 'object' || value === null || taken.has(value)) return // the answer that reads it closes it
  if (isPromise(value)) {
    whenGiven(value, releaseSource)
    return
  }
  try {
    adoptSource(value)
    if (isNodeStream(value)) destroyNodeStream(value)
    else if (isFetchResponse(value)) releaseSource(value.body)
    else if (isFileHandle(value)) value.close().catch(ignore)
    else if (isPipeable(value)) value.abort(sourceFailed('the response does not need it'))
    else if (isWebStream(value)) {
      if (cancelWebStream(value)) taken.add(value) // nothing is left of it
    } else if (isIterator(value) && typeof value.return === 'function') {
      taken.add(value)
      // A generator that has not started ends here without running; one that is suspended runs its `finally`.
      Promise.resolve(value.return()).catch(ignore)
    }
  } catch {
    // `finally`, `return` or `destroy` of the caller threw
  }
}

/** One of these two: `releaseSource` or `releaseRefused`. */
export type Release = (source: unknown) => void

/** Releases a source that a refused call was given. The same source may be that of the answer before. */
export function releaseRefused(value: unknown): void {
  if (isPromise(value)) whenGiven(value, releaseRefused)
  else if (typeof value === 'object' && value !== null && !isHeldByAnswer(value)) releaseSource(value)
}

/**
 * Adopts, holds or releases sources, and when a promise among them gives a value, the sources that `sourcesOf` finds in it.
 */
export function withSources(
  sources: readonly unknown[],
  sourcesOf: (given: unknown) => readonly unknown[],
  act: (source: unknown) => void,
): void {
  for (const source of sources) {
    if (isPromise(source)) whenGiven(source, (given) => withSources(sourcesOf(given), sourcesOf, act))
    else act(source)
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
  const close = (): unknown => (typeof iterator.return === 'function' ? iterator.return() : undefined)
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

function sourceFailed(message: string): ResponseKitError {
  return new ResponseKitError('SOURCE_FAILED', message)
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
