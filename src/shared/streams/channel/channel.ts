import { AsyncResource } from 'node:async_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { callHook } from '../../checks/call-hook.js'
import { invalidType, ResponseKitError, toError } from '../../checks/errors.js'
import { debug } from '../../exchange/exchange.js'
import { Frame } from '../../wire/frame.js'
import { isTurnUsedUp, nextTurn } from '../../wire/turn-budget.js'
import type { BatchReader } from '../batch.js'
import { BATCH_SIZE } from '../batch.js'
import { type ServerSentEvent, serializeEventParts, serializeId } from '../serialize-event.js'
import type { RequestContext } from '../source-context.js'
import { isAsyncIterable, isIterable } from '../stream-source.js'
import { Audience } from './audience.js'
import { type ChannelOptions, readChannelOptions } from './channel-options.js'
import { ChannelReader, type EventFrame } from './channel-reader.js'
import type { ChannelStore, ChannelSubscription, StoredEvent, StoredEvents } from './channel-store.js'

/** Publish/subscribe for event streams: `const news = channel()`, `news.publish({ event, data })`, `res.sse(news)`. */
export function channel(options: ChannelOptions = {}): Channel {
  return new Channel(options)
}

/** How a stream of a channel begins. */
export interface ChannelOpening {
  readonly context: RequestContext
  /** Text before the first event. */
  readonly preamble: string
  readonly heartbeatMs: number
  /** How long the head waits for the store. */
  readonly firstWaitMs: number
}

/** The first and the longest wait before the channel asks a store again that has failed. */
const [FIRST_RETRY_MS, LONGEST_RETRY_MS] = [100, 5000]

let open: (channel: Channel, opening: ChannelOpening) => Promise<BatchReader>

/** Many clients, one encoding of each event. A client that returns gets what it missed, one that lags is dropped. */
export class Channel {
  readonly #store: ChannelStore
  readonly #onError: ((error: Error) => void) | undefined
  /** Clients by their heartbeat in milliseconds. */
  readonly #audiences = new Map<number, Audience>()
  readonly #context = new AsyncResource('ResponseKitChannel')
  /** Events of this tick, which leave as one. */
  #gathered: EventFrame[] = []
  #gatheredLength = 0
  #subscription: Promise<ChannelSubscription> | undefined
  /** The id of the last event of the feed. */
  #position = ''
  #isConnected = false
  /** The store keeps events for clients that return. */
  #canReturn = false
  /** Counts the feeds: a client that began on an earlier one has a gap. */
  #feed = 0
  readonly #closing = new AbortController()

  static {
    // Only this room opens a channel, so the method is not on the public prototype.
    open = (channel, opening) => channel.#open(opening)
  }

  constructor(options: ChannelOptions = {}) {
    const { store, onError } = readChannelOptions(options)
    this.#store = store
    this.#onError = onError
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
    const { id, fields } = serializeEventParts(event, 'publish: event')
    const published = this.#append(id, fields)
    published.catch(() => undefined) // a caller that does not wait must not end the process
    return published
  }

  /** Ends every stream of the channel, and its connection to the store. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#closing.abort()
    this.#flush()
    for (const reader of this.#readers()) reader.end()
    // A store that does not answer is not waited for: its feed is closed when it comes.
    const subscribing = this.#subscription?.catch(() => undefined)
    if (this.#isConnected) await (await subscribing)?.close()
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  *#readers(): Generator<ChannelReader> {
    for (const { readers } of this.#audiences.values()) yield* readers
  }

  /** One client's share of the channel. The head waits a little for the store, and no longer. */
  async #open({ context, preamble, heartbeatMs, firstWaitMs }: ChannelOpening): Promise<BatchReader> {
    if (this.#isClosed) throw closedError()
    const audience = this.#audience(heartbeatMs)
    const { lastEventId, cutOff } = context
    const reader = new ChannelReader(preamble, lastEventId || undefined, cutOff, (ended) => audience.delete(ended))
    audience.add(reader)
    if (context.abortReason !== undefined) reader.cancel()
    else void this.#follow(reader)
    const subscribed = this.#subscribed().catch(() => undefined)
    if (this.#isConnected) await subscribed
    else await Promise.race([subscribed, delay(firstWaitMs, undefined, { ref: false })])
    return reader
  }

  /** Brings a client onto the feed, after the last event that it has; tries again as long as the store fails. */
  async #follow(reader: ChannelReader): Promise<void> {
    let wait = FIRST_RETRY_MS
    while (!reader.isEnded && !this.#isClosed) {
      try {
        await this.#subscribed()
        if (reader.isEnded) return
        this.#flush() // what is gathered is older than this client
        reader.suspend()
        const [feed, position, lastId] = [this.#feed, this.#position, reader.lastId]
        if (lastId === undefined) {
          reader.begin(this.#canReturn ? position : '')
          reader.goLive(undefined)
          return
        }
        const hasMet = await reader.replay(await this.#eventsAfter(lastId), position)
        if (reader.isEnded) return
        const isAhead = !hasMet && this.#canReturn && (await includes(await this.#eventsAfter(position), lastId))
        if (feed !== this.#feed) continue // the feed broke off meanwhile
        reader.goLive(isAhead ? lastId : undefined)
        return
      } catch (reason) {
        if (reader.isEnded || this.#isClosed) return
        this.#report(reason)
        await this.#pause(wait)
        wait = Math.min(wait * 2, LONGEST_RETRY_MS)
      }
    }
  }

  async #eventsAfter(id: string): Promise<StoredEvents> {
    const events: unknown = await this.#store.since(id)
    if (typeof events === 'object' && events !== null && (isAsyncIterable(events) || isIterable(events))) {
      return events as StoredEvents // each event is checked when it is read
    }
    throw invalidType('channel: what store.since() gave', 'an iterable of events', events)
  }

  /** The feed of the store, made for the first client and made again after a failure. */
  #subscribed(): Promise<ChannelSubscription> {
    this.#subscription ??= this.#context.runInAsyncScope(() => this.#subscribe())
    return this.#subscription
  }

  async #subscribe(): Promise<ChannelSubscription> {
    for (let wait = FIRST_RETRY_MS; ; wait = Math.min(wait * 2, LONGEST_RETRY_MS)) {
      try {
        return await this.#startFeed()
      } catch (reason) {
        if (this.#isClosed) throw reason
        this.#report(reason)
        if (this.size === 0) {
          this.#subscription = undefined // the next client tries again
          throw reason
        }
        await this.#pause(wait)
        if (this.#isClosed) throw closedError()
      }
    }
  }

  async #startFeed(): Promise<ChannelSubscription> {
    const feed = ++this.#feed
    let isOpen = false
    let failure: Error | undefined
    const early: StoredEvent[] = []
    const deliver = (event: StoredEvent): void => {
      if (feed !== this.#feed) return
      if (isOpen) this.#deliver(event)
      else early.push(event)
    }
    const fail = (error: Error): void => {
      if (feed !== this.#feed) return
      if (isOpen) this.#fail(error)
      else failure = error
    }
    const subscription = await this.#store.subscribe(deliver, fail)
    checkSubscription(subscription)
    if (this.#isClosed) failure ??= closedError()
    if (failure !== undefined) {
      await subscription.close()
      throw failure
    }
    this.#position = subscription.position
    this.#canReturn = subscription.position !== ''
    this.#isConnected = true
    isOpen = true
    for (const event of early) this.#deliver(event)
    return subscription
  }

  /** The feed has broken off. The clients stay, and go on after their last event when the store is back. */
  #fail(error: Error): void {
    this.#flush()
    this.#feed++
    this.#isConnected = false
    const broken = this.#subscription
    this.#subscription = undefined
    void broken?.then((subscription) => subscription.close()).catch(() => undefined)
    this.#report(error)
    for (const reader of this.#readers()) {
      if (!reader.isLive) continue // on its way to the feed: it sees that the feed is another one
      reader.suspend()
      void this.#follow(reader)
    }
  }

  /** Waits for half to all of the time, so that not every client asks a store at the moment it comes back. */
  async #pause(ms: number): Promise<void> {
    const { signal } = this.#closing
    await delay(ms * (0.5 + Math.random() / 2), undefined, { signal, ref: false }).catch(() => undefined)
  }

  #report(reason: unknown): void {
    const error = toError(reason)
    debug('channel: the store failed: %s', error.message)
    callHook(
      () => this.#onError?.(error),
      (failure) => debug('channel: onError failed: %s', failure),
    )
  }

  async #append(id: string | undefined, fields: string): Promise<void> {
    await this.#store.append({ id, fields })
  }

  #deliver(event: StoredEvent): void {
    const { id, fields } = event
    this.#position = id
    if (this.size === 0) return
    const one = { id, frame: new Frame(`${serializeId(id, 'channel: event')}${fields}\n`) }
    if (this.#gathered.push(one) === 1) process.nextTick(this.#flush)
    this.#gatheredLength += one.frame.bytes.length
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

  #audience(heartbeatMs: number): Audience {
    let audience = this.#audiences.get(heartbeatMs)
    if (audience === undefined) {
      audience = new Audience(heartbeatMs, this.#context)
      this.#audiences.set(heartbeatMs, audience)
    }
    return audience
  }
}

/** Begins one client's stream of a channel. */
export function openChannel(channel: Channel, opening: ChannelOpening): Promise<BatchReader> {
  return open(channel, opening)
}

/** Whether an event of that id is among them. */
async function includes(events: StoredEvents, id: string): Promise<boolean> {
  for await (const event of events) {
    if (event?.id === id) return true
    if (isTurnUsedUp()) await nextTurn()
  }
  return false
}

function checkSubscription(subscription: unknown): void {
  const isOne =
    typeof subscription === 'object' &&
    subscription !== null &&
    'position' in subscription &&
    typeof subscription.position === 'string' &&
    'close' in subscription &&
    typeof subscription.close === 'function'
  if (!isOne) throw new TypeError('channel: store.subscribe() must give { position, close() }: position is an id')
}

function closedError(): ResponseKitError {
  return new ResponseKitError('ESHUTDOWN', 'The channel is closed', { status: 503 })
}
