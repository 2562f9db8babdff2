import { randomBytes } from 'node:crypto'
import type { ChannelStore, ChannelSubscription, StoredEvent } from './channel-store.js'

/** The most events above the limit that are held. To cut the list for every event would cost more. */
const SLACK = 1000

/** The last events of one process. */
export class MemoryStore implements ChannelStore {
  readonly #limit: number
  /** A client may bring an id of an earlier process, which must not be taken for one of this process. */
  readonly #epoch = randomBytes(6).toString('base64url')
  readonly #listeners = new Set<(event: StoredEvent) => void>()
  /** The list only grows, or another one takes its place: a replay reads the list that it began with. */
  #events: StoredEvent[] = []
  /** The number of the last event of each id: a client may ask for any id, and a search would hold the event loop. */
  readonly #numbers = new Map<string, number>()
  /** The id of the event before those of the list, or of the position before the first event. */
  #idBefore: string
  /** The number of events that came before those of the list. */
  #dropped = 0
  #count = 0
  #lastId: string

  constructor(limit: number) {
    this.#limit = limit
    this.#idBefore = `${this.#epoch}-0`
    // Nothing is kept for a client that returns: it needs no position.
    this.#lastId = limit === 0 ? '' : this.#idBefore
  }

  append({ id, fields }: { id: string | undefined; fields: string }): StoredEvent {
    const event = { id: id ?? `${this.#epoch}-${++this.#count}`, fields }
    this.#lastId = event.id
    if (this.#limit > 0) this.#keep(event)
    for (const deliver of this.#listeners) deliver(event)
    return event
  }

  subscribe(deliver: (event: StoredEvent) => void): ChannelSubscription {
    this.#listeners.add(deliver)
    return { position: this.#lastId, close: () => this.#listeners.delete(deliver) }
  }

  since(id: string): Iterable<StoredEvent> {
    const events = this.#events
    const end = events.length
    const firstKept = Math.max(0, end - this.#limit)
    const known = (this.#numbers.get(id) ?? -1) - this.#dropped
    return between(events, Math.max(known + 1, firstKept), end)
  }

  keeps(id: string): boolean {
    if (id === this.#lastId) return true
    const number = this.#numbers.get(id)
    if (number !== undefined) return number + 1 >= this.#dropped + this.#events.length - this.#limit
    return id === this.#idBefore && this.#events.length <= this.#limit
  }

  #keep(event: StoredEvent): void {
    this.#numbers.set(event.id, this.#dropped + this.#events.length)
    this.#events.push(event)
    if (this.#events.length < this.#limit + Math.min(this.#limit, SLACK)) return
    const cut = this.#events.length - this.#limit
    for (const [index, { id }] of this.#events.slice(0, cut).entries()) {
      if (this.#numbers.get(id) === this.#dropped + index) this.#numbers.delete(id) // else it was used again
    }
    this.#idBefore = this.#events[cut - 1]?.id ?? this.#idBefore
    this.#events = this.#events.slice(cut)
    this.#dropped += cut
  }
}

/** Part of a list without a copy of it. */
function* between(events: readonly StoredEvent[], start: number, end: number): Generator<StoredEvent> {
  for (let index = start; index < end; index++) {
    const event = events[index]
    if (event !== undefined) yield event
  }
}
