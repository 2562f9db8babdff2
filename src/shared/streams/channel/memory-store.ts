import { randomBytes } from 'node:crypto'
import type { ChannelStore, StoredEvent } from './channel-store.js'

/** The last events of one process. */
export class MemoryStore implements ChannelStore {
  readonly #limit: number
  /** Ids of an earlier process must not be taken for ones of this. */
  readonly #epoch = randomBytes(6).toString('base64url')
  readonly #listeners = new Set<(event: StoredEvent) => void>()
  #events: StoredEvent[] = []
  #count = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  append({ id, fields }: { id: string | undefined; fields: string }): StoredEvent {
    const event = { id: id ?? `${this.#epoch}-${++this.#count}`, fields }
    if (this.#limit > 0) this.#keep(event)
    for (const deliver of this.#listeners) deliver(event)
    return event
  }

  subscribe(deliver: (event: StoredEvent) => void): () => void {
    this.#listeners.add(deliver)
    return () => this.#listeners.delete(deliver)
  }

  since(id: string): readonly StoredEvent[] {
    const kept = this.#limit === 0 ? [] : this.#events.slice(-this.#limit)
    return kept.slice(kept.findLastIndex((event) => event.id === id) + 1)
  }

  /** Cut back only now and then: moving a long list for every event would cost more than holding it twice. */
  #keep(event: StoredEvent): void {
    this.#events.push(event)
    if (this.#events.length >= this.#limit * 2) this.#events = this.#events.slice(-this.#limit)
  }
}
