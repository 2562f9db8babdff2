import { AsyncResource } from 'node:async_hooks'
import { ResponseKitError } from '../../checks/errors.js'
import { Frame } from '../../wire/frame.js'
import { BATCH_SIZE } from '../batch.js'
import type { BatchReader } from '../batch-reader.js'
import { type ServerSentEvent, serializeEventFields, serializeId } from '../serialize-event.js'
import type { RequestContext } from '../source-context.js'
import { Audience } from './audience.js'
import { ChannelReader, type EventFrame } from './channel-reader.js'
import type { ChannelStore, StoredEvent } from './channel-store.js'
import { type ChannelOptions, readStore } from './read-store.js'

/** Publish/subscribe for event streams: `const news = channel()`, `news.publish({ event, data })`, `res.sse(news)`. */
export function channel(options: ChannelOptions = {}): Channel {
  return new Channel(readStore(options))
}

/** Many clients, one encoding of each event. A client that returns gets what it missed, one that lags is dropped. */
export class Channel {
  readonly #store: ChannelStore
  /** By their heartbeat in milliseconds. */
  readonly #audiences = new Map<number, Audience>()
  readonly #context = new AsyncResource('ResponseKitChannel')
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
    let size = 0
    for (const { readers } of this.#audiences.values()) size += readers.size
    return size
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
    this.#end()
    const unsubscribe = await this.#subscription?.catch(() => undefined)
    unsubscribe?.()
  }

  /** One client's share of the channel, opened by `preamble`, with comments in every silence of `heartbeatMs`. */
  async open(context: RequestContext, preamble: string, heartbeatMs: number): Promise<BatchReader> {
    if (this.#isClosed) throw closedError()
    this.#subscription ??= this.#subscribe()
    await this.#subscription
    this.#flush() // which is from before this client
    const audience = this.#audience(heartbeatMs)
    const reader = new ChannelReader(preamble, context.cutOff, (ended) => audience.delete(ended))
    audience.add(reader)
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
    if (this.size === 0) return
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
    for (const audience of this.#audiences.values()) audience.deliver(events, whole)
  }

  /** Cut off, clients return, and get what they missed where the store is back by then. */
  #fail(error: Error): void {
    this.#subscription = undefined
    this.#flush()
    this.#end(error)
  }

  #end(failure?: Error): void {
    for (const { readers } of this.#audiences.values()) for (const reader of readers) reader.end(failure)
  }

  #audience(heartbeatMs: number): Audience {
    let audience = this.#audiences.get(heartbeatMs)
    if (audience === undefined) {
      audience = new Audience(heartbeatMs, this.#context)
      this.#audiences.set(heartbeatMs, audience)
    }
    return audience
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

function closedError(): ResponseKitError {
  return new ResponseKitError('ESHUTDOWN', 'The channel is closed', { status: 503 })
}
