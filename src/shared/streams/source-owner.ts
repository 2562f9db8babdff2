import type { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import { isPromise } from 'node:util/types'
import { ResponseKitError } from '../checks/errors.js'
import { isIterator, itemsInMemory } from '../checks/iterator.js'
import { adoptPromise, whenGiven } from '../checks/promise.js'
import { isFetchResponse } from './fetch-response.js'
import { adoptNodeStream, destroyNodeStream, holdNodeStream } from './node-stream.js'
import { isAwaited, isEmittingIterable, isFileHandle, isNodeStream, isPipeable, isWebStream } from './stream-source.js'
import { cancelWebStream, holdWebStream } from './web-stream.js'

// What happens to a source, in order:
//
// - `adoptSource`: a call or a Reply was given it. Its failures cannot end the process from now on.
// - `holdSource`: an answer will read it, perhaps after other sources. It keeps its bytes from now on.
// - `callSource` (source-body.ts): a function in its place makes the source of this request.
// - `openPullSource` (pull-source.ts): the body is really sent. Every kind of source becomes a PullSource.
// - `closeSource` (pull-source.ts): reading ends before the source does.
// - `releaseSource`: it is not read at all.
// - `releaseRefused`: the same, of a call that is refused. The answer that holds the source keeps it.
//
// A promise of a source is adopted, held and released as the source is that it gives: all these calls take one.

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
  if (isEmittingIterable(value)) {
    adoptEmitter(value)
    return
  }
  const items = itemsInMemory(value)
  if (items === undefined) return
  const count = countOf(value)
  if (adoptedLists.get(value) === count) return
  adoptedLists.set(value, count)
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
export async function holdGiven(given: unknown): Promise<MadeSource> {
  holdSource(given)
  const source = isAwaited(given) ? await given : given
  holdSource(source)
  return { source }
}

/** A source in an object of its own: to wait for a query itself would load all of its rows. */
export interface MadeSource {
  readonly source: unknown
}

/** Whether an answer has taken this source. */
export function isHeldByAnswer(source: object): boolean {
  return held.has(source)
}

interface EarlyFailure {
  reason?: { readonly value: unknown } | undefined
  wasOpened?: boolean
}

/** What emitters have told before they were read. Their iterators listen from then on. */
const earlyFailures = new WeakMap<object, EarlyFailure>()

function adoptEmitter(emitter: EventEmitter): void {
  if (earlyFailures.has(emitter)) return
  const early: EarlyFailure = {}
  earlyFailures.set(emitter, early)
  emitter.on('error', (value: unknown) => {
    // An emitter of the whole app goes on after an error that the app listens to, and gives each request an iterator.
    if (!early.wasOpened && emitter.listenerCount('error') === 1) early.reason ??= { value }
  })
}

/** Why a source that will be read now cannot be read, if it told that before. */
export function takeEarlyFailure(source: object): { readonly value: unknown } | undefined {
  const early = earlyFailures.get(source)
  if (early === undefined) return undefined
  const { reason } = early
  early.reason = undefined
  early.wasOpened = true
  return reason
}

/** How many items lists had. A handler may add some after a Reply was made of the list, and before it is sent. */
const adoptedLists = new WeakMap<object, number>()

function countOf(list: object): number {
  return Array.isArray(list) ? list.length : (list as ReadonlySet<unknown>).size
}

/** The sources that answers have taken. They may not be open yet. */
const held = new WeakSet<object>()

/** Streams that no code had read or cancelled when the kit was given them. */
const untouched = new WeakSet<object>()

/** Whether other code has read or cancelled a stream meanwhile. What is left of it would look whole. */
export function wasTouched(stream: Readable | ReadableStream<unknown>): boolean {
  return untouched.has(stream) && isDisturbed(stream)
}

function isDisturbed(stream: Readable | ReadableStream<unknown>): boolean {
  return Readable.isDisturbed(stream as Readable) // it knows web streams, but its types do not
}

/** Streams, generators and iterators that an answer reads, has read or has closed: each can be read once. */
const taken = new WeakSet<object>()

/** Whether another answer has taken this source. Else this call takes it. */
export function isTaken(source: object): boolean {
  if (taken.has(source)) return true
  taken.add(source)
  return false
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

type Act = (source: unknown) => void
type SourcesOf = (given: unknown) => readonly unknown[]

/**
 * Adopts, holds or releases sources, and when a promise among them gives a value, the sources that `sourcesOf` finds in it.
 */
export function withSources(sources: readonly unknown[], sourcesOf: SourcesOf, act: Act): void {
  for (const source of sources) {
    if (!isPromise(source)) act(source)
    else if (!isFollowed(source, sourcesOf, act)) {
      whenGiven(source, (given) => withSources(sourcesOf(given), sourcesOf, act))
    }
  }
}

/**
 * The promises that were adopted or held with all that they give. Each level of a page adopts and holds what is below it. To
 * follow the promises there again would take the square of a depth that a client may choose, as that of a thread of comments.
 */
const followed = new Map<Act, WeakMap<object, SourcesOf>>([
  [adoptSource, new WeakMap()],
  [holdSource, new WeakMap()],
])

/** Releasing is never done with: it leaves alone what an answer holds by then. */
function isFollowed(promise: object, sourcesOf: SourcesOf, act: Act): boolean {
  const known = followed.get(act)
  if (known?.get(promise) === sourcesOf) return true
  known?.set(promise, sourcesOf)
  return false
}

export function sourceFailed(message: string): ResponseKitError {
  return new ResponseKitError('SOURCE_FAILED', message)
}

function ignore(): void {}
