import { randomBytes } from 'node:crypto'
import type { ChannelStore, ChannelSubscription, StoredEvent } from './channel-store.js'

/** The last events of one process. */
export class MemoryStore implements ChannelStore {
  readonly #limit: number
  /** A client may bring an id of an earlier process, which must not be taken for one of this process. */
  readonly #epoch = randomBytes(6).toString('base64url')
  readonly #listeners = new Set<(event: StoredEvent) => void>()
  /** The list only grows, or another one takes its place: a replay reads the list that it began with. */
  #events: StoredEvent[] = []
  #count = 0
  #lastId: string

  constructor(limit: number) {
    this.#limit = limit
    // Nothing is kept for a client that returns: it needs no position.
    this.#lastId = limit === 0 ? '' : `${this.#epoch}-0`
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
    const known = events.findLastIndex((event) => event.id === id)
    return between(events, Math.max(known + 1, firstKept), end)
  }

  /** Cut back only now and then: moving a long list for every event would cost more than holding it twice. */
  #keep(event: StoredEvent): void {
    this.#events.push(event)
    if (this.#events.length >= this.#limit * 2) this.#events = this.#events.slice(-this.#limit)
  }
}

/** Part of a list without a copy of it. */
function* between(events: readonly StoredEvent[], start: number, end: number): Generator<StoredEvent> {
  for (let index = start; index < end; index++) {
    const event = events[index]
    if (event !== undefined) yield event
  }
}
