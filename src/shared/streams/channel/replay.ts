import type { StoredEvent } from './channel-store.js'

/** How many pages of a server are read at a time. What is read for clients that return must not hold up who publishes. */
const READS_LIMIT = 4
/** About how much text a client that stalls holds of a page. */
const PAGE_LENGTH = 256 * 1024
/** How many events the first page may have, whose length is not known yet, and the most that a page may have. */
const [FIRST_COUNT, LARGEST_COUNT] = [16, 500]

interface Waiting {
  readonly begin: () => void
  readonly refuse: (error: Error) => void
}

/** Reads of one server for clients that return: a few at a time, in the order in which they were asked for. */
export class ReadQueue {
  #free = READS_LIMIT
  readonly #waiting = new Set<Waiting>()
  /** An iterator that goes on takes the first one without a search past those that are gone. */
  #order = this.#waiting.values()

  /** Reads in its turn. A reader that leaves before that takes its place in the queue back, and gets `undefined`. */
  async read<Answer>(
    read: () => Promise<Answer>,
    whenLeaving: (leave: () => void) => void = () => undefined,
  ): Promise<Answer | undefined> {
    if (this.#free > 0) this.#free--
    else if (!(await this.#turn(whenLeaving))) return undefined
    try {
      return await read()
    } finally {
      this.#passOn()
    }
  }

  /** Refuses all who wait. */
  refuse(error: Error): void {
    for (const { refuse } of this.#waiting) refuse(error)
    this.#waiting.clear()
    this.#order = this.#waiting.values()
  }

  /** Resolves to `false` if the reader has left. */
  #turn(whenLeaving: (leave: () => void) => void): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const waiting = { begin: () => resolve(true), refuse: reject }
      this.#waiting.add(waiting)
      whenLeaving(() => {
        if (!this.#waiting.delete(waiting)) return
        this.#order = this.#waiting.values() // the old one holds all that were there at its place
        resolve(false)
      })
    })
  }

  #passOn(): void {
    const { value: waiting } = this.#order.next()
    if (waiting === undefined) {
      this.#order = this.#waiting.values()
      this.#free++
    } else {
      this.#waiting.delete(waiting)
      waiting.begin()
    }
  }
}

/** What a server has under an id. Another program may have put it there: then it is no event. */
export interface Entry {
  readonly id: string
  readonly fields: string | undefined
}

/** Reads so many entries after a position, or one more; fewer only at the end. `undefined`: the first ones of the replay. */
export type ReadPage = (position: string | undefined, count: number) => Promise<readonly Entry[]>

/**
 * The events that a server has after a position, page after page. The next page is read when the events of this one are
 * taken. It is no generator, whose `return` would wait for the turn in the queue.
 */
export class Replay implements AsyncIterableIterator<StoredEvent> {
  readonly #queue: ReadQueue
  readonly #readPage: ReadPage
  /** What is left of the page, the last entry first. */
  #reversed: Entry[] = []
  #position: string | undefined
  #count = FIRST_COUNT
  #isLast = false
  #reading: Promise<void> | undefined
  #leave: () => void = () => undefined

  constructor(queue: ReadQueue, readPage: ReadPage) {
    this.#queue = queue
    this.#readPage = readPage
  }

  async next(): Promise<IteratorResult<StoredEvent, undefined>> {
    for (;;) {
      const entry = this.#reversed.pop()
      if (entry === undefined && this.#isLast) return DONE
      if (entry === undefined) await this.#readOnce()
      else if (entry.fields !== undefined) return { done: false, value: { id: entry.id, fields: entry.fields } }
    }
  }

  async return(): Promise<IteratorResult<StoredEvent, undefined>> {
    this.#reversed = []
    this.#isLast = true
    this.#leave()
    return DONE
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Calls of `next` that are made at once wait for one page. */
  #readOnce(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #read(): Promise<void> {
    const count = this.#count
    const page = await this.#queue.read(
      () => this.#readPage(this.#position, count),
      (leave) => {
        this.#leave = leave
      },
    )
    if (page === undefined || this.#isLast) return // the client has left
    const length = page.reduce((sum, entry) => sum + lengthOf(entry), 0)
    const fitting = Math.max(Math.floor((PAGE_LENGTH / length) * page.length), 1)
    // A small event between large ones must not ask for hundreds of them: what a client may not hold is read again.
    this.#count = Math.min(fitting, 2 * count, LARGEST_COUNT)
    const held = firstOf(page)
    this.#isLast = page.length < count && held.length === page.length
    this.#position = held.at(-1)?.id ?? this.#position
    this.#reversed = held.reverse()
  }
}

/** No more than a client may hold, and at least one. The others are read again when the client wants them. */
function firstOf(page: readonly Entry[]): Entry[] {
  let length = 0
  const end = page.findIndex((entry, index) => {
    length += lengthOf(entry)
    return length > PAGE_LENGTH && index > 0
  })
  return page.slice(0, end < 0 ? page.length : end)
}

function lengthOf({ id, fields = '' }: Entry): number {
  return id.length + fields.length
}

const DONE: IteratorResult<StoredEvent, undefined> = { done: true, value: undefined }
