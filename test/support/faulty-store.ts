import { setTimeout as delay } from 'node:timers/promises'
import type { ChannelStore, ChannelSubscription, StoredEvent } from '../../src/index.js'

/** The events that several channels share, as a server for stores has them; every answer comes late. */
export class EventServer {
  readonly events: StoredEvent[] = []
  isAway = false
  readonly #feeds = new Set<Feed>()

  append(fields: string): StoredEvent {
    if (this.isAway) throw new Error('the store is away')
    const event = { id: `${this.events.length + 1}`, fields }
    this.events.push(event)
    for (const feed of this.#feeds) feed.wake()
    return event
  }

  follow(feed: Feed): () => void {
    this.#feeds.add(feed)
    return () => void this.#feeds.delete(feed)
  }

  goAway(): void {
    this.isAway = true
    for (const feed of [...this.#feeds]) feed.fail()
    this.#feeds.clear()
  }

  comeBack(): void {
    this.isAway = false
  }
}

interface Feed {
  wake(): void
  fail(): void
}

/** One process's way to the server: it gets events `lagMs` late, and an answer after `answerMs`. */
export class SlowStore implements ChannelStore {
  readonly #server: EventServer
  readonly #lagMs: () => number
  readonly #answerMs: () => number

  constructor(server: EventServer, lagMs: () => number, answerMs: () => number) {
    this.#server = server
    this.#lagMs = lagMs
    this.#answerMs = answerMs
  }

  async append({ fields }: { readonly fields: string }): Promise<StoredEvent> {
    await delay(this.#answerMs())
    return this.#server.append(fields)
  }

  async subscribe(deliver: (event: StoredEvent) => void, fail: (error: Error) => void): Promise<ChannelSubscription> {
    await this.#answer()
    const { events } = this.#server
    let next = events.length
    let isRunning = false
    let isOpen = true
    const run = async (): Promise<void> => {
      if (isRunning) return
      isRunning = true
      for (; isOpen && next < events.length; next++) {
        await delay(this.#lagMs())
        const event = events[next]
        if (isOpen && event !== undefined) deliver(event)
      }
      isRunning = false
    }
    const unfollow = this.#server.follow({
      wake: () => void run(),
      fail: () => {
        isOpen = false
        fail(new Error('the store went away'))
      },
    })
    const close = (): void => {
      isOpen = false
      unfollow()
    }
    const position = `${events.length}`
    await delay(this.#answerMs()) // events that come meanwhile are delivered before the answer
    return { position, close }
  }

  async since(id: string): Promise<StoredEvent[]> {
    await this.#answer()
    const found = this.#server.events.slice(Number(id))
    await delay(this.#answerMs())
    return found
  }

  async #answer(): Promise<void> {
    await delay(this.#answerMs())
    if (this.#server.isAway) throw new Error('the store is away')
  }
}
