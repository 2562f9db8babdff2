import { ChannelReader, type EventFrame } from './channels/channel-reader.js'
import type { ChannelStore, StoredEvent } from './channels/channel-store.js'
import { MemoryStore } from './channels/memory-store.js'
import { checkKeys } from './check-keys.js'
import { invalidRange, invalidType, ResponseKitError } from './errors.js'
import { BATCH_SIZE } from './streams/batch.js'
import type { BatchReader } from './streams/batch-reader.js'
import { Frame } from './streams/frame.js'
import { type ServerSentEvent, serializeEventFields, serializeId } from './streams/serialize-event.js'
import type { RequestContext } from './streams/source-context.js'

export interface ChannelOptions {
  /** How many events are kept for clients that return. Default 100. */
  readonly replay?: number
  /** Shares the channel between processes; it decides itself how much it keeps. Default: the memory of this one. */
  readonly store?: ChannelStore
}

/** Publish/subscribe for event streams: `const news = channel()`, `news.publish({ event, data })`, `res.sse(news)`. */
export function channel(options: ChannelOptions = {}): Channel {
  return new Channel(readStore(options))
}

/** Many clients, one encoding of each event. A client that returns gets what it missed, one that lags is dropped. */
export class Channel {
  readonly #store: ChannelStore
  readonly #readers = new Set<ChannelReader>()
  /** Those of events still kept. */
  readonly #frames = new WeakMap<StoredEvent, EventFrame>()
  /** Events of this tick, which leave as one. */
  #gathered: EventFrame[] = []
  #gatheredLength = 0
  #subscription: Promise<() => void> | undefined
  #isClosed = false

  constructor(store: ChannelStore) {
    this.#store = store
  }

  /** How many clients this process serves from it. */
  get size(): number {
    return this.#readers.size
  }

  /**
   * Sends an event to every client of the channel. Throws at once on a bad event; the promise settles when the store
   * has it.
   */
  publish(event: string | ServerSentEvent): Promise<void> {
    if (this.#isClosed) throw closedError()
    const { id, ...rest } = typeof event === 'object' && event !== null ? event : { id: undefined, data: event }
    const fields = serializeEventFields(rest, 'publish: event')
    if (id !== undefined) serializeId(id, 'publish: event') // refuses a bad one
    const published = this.#append(id === undefined ? undefined : `${id}`, fields)
    published.catch(() => undefined) // a floating call must not end the process
    return published
  }

  /** Ends every stream of the channel, and its connection to the store. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#flush()
    for (const reader of this.#readers) reader.end()
    const unsubscribe = await this.#subscription?.catch(() => undefined)
    unsubscribe?.()
  }

  /** One client's share of the channel. */
  async open(context: RequestContext): Promise<BatchReader> {
    if (this.#isClosed) throw closedError()
    this.#subscription ??= this.#subscribe()
    await this.#subscription
    this.#flush() // which is from before this client
    const reader = new ChannelReader(context.cutOff, (ended) => this.#readers.delete(ended))
    this.#readers.add(reader)
    try {
      const { lastEventId } = context
      const missed = lastEventId === undefined ? [] : await this.#store.since(lastEventId)
      reader.start(missed.map((event) => this.#frame(event)))
    } catch (error) {
      reader.cancel()
      throw error
    }
    return reader
  }

  async #append(id: string | undefined, fields: string): Promise<void> {
    await this.#store.append({ id, fields })
  }

  async #subscribe(): Promise<() => void> {
    try {
      return await this.#store.subscribe(
        (event) => this.#deliver(event),
        (error) => this.#fail(error),
      )
    } catch (error) {
      this.#subscription = undefined // the next client tries again
      throw error
    }
  }

  #deliver(event: StoredEvent): void {
    if (this.#readers.size === 0) return
    const one = this.#frame(event)
    if (this.#gathered.push(one) === 1) process.nextTick(this.#flush)
    this.#gatheredLength += one.frame.octets.length
    if (this.#gatheredLength >= BATCH_SIZE) this.#flush()
  }

  readonly #flush = (): void => {
    const events = this.#gathered
    const [first, ...others] = events
    if (first === undefined) return
    this.#gathered = []
    this.#gatheredLength = 0
    const whole = others.length === 0 ? first.frame : new Frame(events.map(({ frame }) => frame))
    for (const reader of this.#readers) reader.deliver(events, whole)
  }

  /** Cut off, clients return, and get what they missed where the store is back by then. */
  #fail(error: Error): void {
    this.#subscription = undefined
    this.#flush()
    for (const reader of this.#readers) reader.end(error)
  }

  #frame(event: StoredEvent): EventFrame {
    const known = this.#frames.get(event)
    if (known !== undefined) return known
    const { id, fields } = event
    const encoded = { id, frame: new Frame(`${serializeId(id, 'channel: event')}${fields}\n`) }
    this.#frames.set(event, encoded)
    return encoded
  }
}

function readStore(options: ChannelOptions): ChannelStore {
  checkKeys('channel()', options, ['replay', 'store'])
  const { replay, store } = options
  if (store === undefined) return new MemoryStore(readReplay(replay ?? 100))
  if (replay !== undefined) {
    throw invalidRange("channel: option 'replay'", 'left to the store where there is one', replay, 'INVALID_OPTION')
  }
  for (const method of ['append', 'subscribe', 'since'] as const) {
    if (typeof store?.[method] !== 'function') {
      throw invalidType(
        "channel: option 'store'",
        'an object with append(), subscribe() and since()',
        store,
        'INVALID_OPTION',
      )
    }
  }
  return store
}

function readReplay(replay: number): number {
  if (Number.isInteger(replay) && replay >= 0 && replay <= 1_000_000) return replay
  throw invalidRange("channel: option 'replay'", 'an integer from 0 to 1,000,000', replay, 'INVALID_OPTION')
}

function closedError(): ResponseKitError {
  return new ResponseKitError('ESHUTDOWN', 'The channel is closed', { status: 503 })
}
