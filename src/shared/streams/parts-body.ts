import { itemsInMemory } from '../checks/iterator.js'
import { isThenable } from '../checks/promise.js'
import { type Exchange, toError } from '../exchange/exchange.js'
import type { BodySource } from '../exchange/response-description.js'
import { ChunkReader } from './chunk-reader.js'
import { holdToLength, stagedLength } from './length-checked-reader.js'
import { checkedResult, openPullSource, type PullSource } from './pull-source.js'
import type { RequestContext } from './source-context.js'
import { releaseSource } from './source-owner.js'
import { openStreamBody } from './stream-body.js'

/** A piece of a text, in its order: text that is known, or something that gives more parts later. */
export type Part = string | LaterPart

/** A promise, or a source that is read item by item when its place in the text has come. */
export interface LaterPart {
  readonly value: object
  /** The value is waited for, and not read. In JSON an object that is a source too is read; in a page it is waited for. */
  readonly isAwaited: boolean
  /** The parts of an item; `position` counts from 0. Of a promise: the parts of what it gives. */
  enter(item: unknown, position: number): readonly Part[]
  /** Text after the last of `count` items. */
  end?(count: number): string
  /** Releases the sources and promises in an item that is not entered, or in a list of items. */
  release(items: unknown): void
}

type Result = IteratorResult<string, unknown>

/** Parts that are being read, and how many of them have been. */
interface PartList {
  readonly parts: readonly Part[]
  taken: number
}

/** A source that is being read. */
interface OpenedPart {
  readonly part: LaterPart
  readonly source: PullSource
  count: number
}

/** Reads parts in their order, as text. The sources among them are opened one after the other, each in its turn. */
export class PartReader implements PullSource {
  /** What is being read: the last one is inside the one before it. */
  readonly #levels: (PartList | OpenedPart)[]
  #isClosed = false

  constructor(parts: readonly Part[]) {
    this.#levels = [{ parts, taken: 0 }]
  }

  next(): Result | Promise<Result> {
    try {
      const level = this.#levels.at(-1)
      if (level === undefined) return { done: true, value: undefined }
      return 'parts' in level ? this.#take(level) : this.#pull(level)
    } catch (reason) {
      return this.#fail(reason)
    }
  }

  /** Closes the sources that are open, and releases those that are not. */
  close(): Promise<unknown> {
    this.#isClosed = true
    const closing: Promise<void>[] = []
    for (const level of this.#levels.splice(0).reverse()) {
      if ('source' in level) {
        closing.push(close(level.source))
        releaseItems(level.part, level.count)
      } else releaseParts(level.parts.slice(level.taken))
    }
    return Promise.all(closing)
  }

  #take(list: PartList): Result | Promise<Result> {
    const part = list.parts[list.taken]
    if (part === undefined) {
      this.#levels.pop()
      return text('')
    }
    list.taken++
    if (typeof part === 'string') return text(part)
    const { value } = part
    if (part.isAwaited) return this.#whenGiven(value, (given) => this.#enter(part, given, 0))
    this.#levels.push({ part, source: openPullSource(value), count: 0 })
    return text('')
  }

  #pull(opened: OpenedPart): Result | Promise<Result> {
    const result = opened.source.next()
    return isThenable(result)
      ? this.#whenGiven(result, (given) => this.#accept(opened, given))
      : this.#accept(opened, result)
  }

  #accept(opened: OpenedPart, given: unknown): Result | Promise<Result> {
    const { part } = opened
    const result = checkedResult(given)
    if (result.done === true) {
      this.#levels.pop()
      return text(part.end?.(opened.count) ?? '')
    }
    const item = result.value
    const enter = (value: unknown): Result => this.#enter(part, value, opened.count++)
    // A synchronous iterable may yield promises: `for await` waits for them too.
    return isThenable(item) && !this.#isClosed ? this.#whenGiven(item, enter) : enter(item)
  }

  #enter(part: LaterPart, item: unknown, position: number): Result {
    if (this.#isClosed) {
      part.release(item)
      return { done: true, value: undefined }
    }
    const parts = part.enter(item, position)
    const [first] = parts
    if (parts.length === 1 && typeof first === 'string') return text(first)
    if (parts.length > 0) this.#levels.push({ parts, taken: 0 })
    return text('')
  }

  async #whenGiven<Given>(
    promise: Given | PromiseLike<Given>,
    use: (given: Given) => Result | Promise<Result>,
  ): Promise<Result> {
    try {
      return await use(await promise)
    } catch (reason) {
      return this.#fail(reason)
    }
  }

  #fail(reason: unknown): never {
    this.close().catch(() => undefined) // the failure that is thrown is the first one
    throw reason
  }
}

async function close(source: PullSource): Promise<void> {
  await source.close()
}

function text(value: string): Result {
  return { done: false, value }
}

/** Releases the sources of parts that will not be read, also those that promises among them give later. */
export function releaseParts(parts: readonly Part[]): void {
  for (const part of parts) {
    if (typeof part === 'string') continue
    if (part.isAwaited) part.release(part.value)
    else {
      releaseSource(part.value)
      releaseItems(part, 0)
    }
  }
}

/** Releases the items that a source in memory has from `start` on. Another source has not made them. */
function releaseItems(part: LaterPart, start: number): void {
  part.release([...(itemsInMemory(part.value) ?? [])].slice(start))
}

/** A body whose text comes in parts. */
export interface PartsBody {
  /** Gives the parts. Called at most once, and only if the body is really sent. */
  open(context: RequestContext): readonly Part[] | Promise<readonly Part[]>
  /** Releases what the parts read from; called in place of `open`. */
  release(): void
}

/** Sends parts as they come, with backpressure and the turn budget of all bodies. A failure after the head cuts. */
export function describePartsBody(exchange: Exchange, body: PartsBody): BodySource {
  return {
    open: () =>
      openStreamBody(exchange, async (context) => {
        const announced = stagedLength(exchange.facts)
        const reader = new PartReader(await body.open(context))
        const onCleanupFailure = (reason: unknown): void => exchange.report(toError(reason), exchange.facts.aborted)
        return holdToLength(new ChunkReader(reader, TEXT, onCleanupFailure), announced)
      }),
    cancel: () => body.release(),
  }
}

const TEXT = { encode: (part: unknown) => part as string } // a PartReader gives nothing else
