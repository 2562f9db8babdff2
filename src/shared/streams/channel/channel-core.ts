import { AsyncResource } from 'node:async_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { invalidType, ResponseKitError, toError } from '../../checks/errors.js'
import { callHook } from '../../checks/promise.js'
import { debug } from '../../exchange/exchange.js'
import { Frame } from '../../wire/frame.js'
import { BATCH_SIZE } from '../batch.js'
import { serializeId } from '../serialize-event.js'
import { needScopes } from '../source-scope.js'
import { isAsyncIterable, isIterable } from '../stream-source.js'
import { Audience } from './audience.js'
import type { ChannelClient } from './channel-client.js'
import { checkStored, SharedEvent } from './channel-event.js'
import type { ChannelParts } from './channel-options.js'
import type { ChannelSubscription, StoredEvent, StoredEvents } from './channel-store.js'
import { type EventSink, Follower } from './follower.js'
import { SharedPromise } from './shared-promise.js'

/** The first and the longest wait before the channel asks a store again that has failed. */
const [FIRST_RETRY_MS, LONGEST_RETRY_MS] = [100, 5000]

/** When a client that found no room may come again, if `sse` has no option `retry`. */
export const RETRY_AFTER_SECONDS = 5

/** Called with each client that joins or leaves. */
export type ClientListener = (client: ChannelClient) => unknown

/** The set that a channel is a topic of. */
export interface TopicKeeper {
  /** Throws if the set has no room for one more client. */
  admit(retryAfterSeconds: number): void
  join(client: EventSink): void
  leave(client: EventSink): void
  /** An event is published, perhaps to no client. */
  publish(): void
}

/** What a channel does inside: it brings the feed of a store to its clients. */
export class ChannelCore {
  readonly parts: ChannelParts
  keeper: TopicKeeper | undefined
  readonly joinListeners: Set<{ readonly listener: ClientListener }> = new Set()
  readonly leaveListeners: Set<{ readonly listener: ClientListener }> = new Set()
  /** Clients by their heartbeat in milliseconds. */
  readonly #audiences = new Map<number, Audience>()
  readonly #context = new AsyncResource('ResponseKitChannel')
  /** Events of this tick, which leave as one. */
  #gathered: SharedEvent[] = []
  #gatheredLength = 0
  #subscription: SharedPromise<ChannelSubscription> | undefined
  /** The id of the last event of the feed. */
  #position = ''
  #isConnected = false
  /** The store keeps events for clients that return. */
  #canReturn = false
  /** Counts the times at which the channel let go of its store. */
  #disconnections = 0
  /** Counts the feeds: a client that began on an earlier one has a gap. */
  #feed = 0
  /** When the feed began, in milliseconds of `performance.now()`. */
  #feedBegan = 0
  /** How long the next feed waits. It grows if feeds break off soon: a store may take every subscription and end it at once. */
  #feedPauseMs = 0
  readonly #closing = new AbortController()

  constructor(parts: ChannelParts) {
    this.parts = parts
    needScopes() // a generator may iterate the channel
  }

  get size(): number {
    let size = 0
    for (const { followers } of this.#audiences.values()) size += followers.size
    return size
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  get clients(): ChannelClient[] {
    return Array.from(this.#followers(), ({ client }) => client)
  }

  async append(event: { readonly id: string | undefined; readonly fields: string }): Promise<void> {
    await this.parts.store.append(event)
  }

  /** Refuses a client if the channel is closed or full. */
  admit(retryAfterSeconds: number): void {
    this.checkOpen()
    if (this.size >= this.parts.maxClients) throw fullError(retryAfterSeconds)
    this.keeper?.admit(retryAfterSeconds)
  }

  checkOpen(): void {
    if (this.isClosed) throw closedError()
  }

  /** Counts a client from now on. It gets nothing before `follow` is called. `heartbeatMs` is 0 if it has a timer of its own. */
  join(sink: EventSink, client: ChannelClient, lastId: string | undefined, heartbeatMs: number): Follower {
    this.keeper?.join(sink)
    const audience = this.#audience(heartbeatMs)
    const follower = new Follower(sink, client, lastId, {
      flush: this.#flush,
      follow: (behind) => void this.follow(behind),
      leave: (ended) => {
        audience.delete(ended)
        if (ended.isAnnounced) this.#tell(this.leaveListeners, ended.client)
        this.keeper?.leave(sink)
      },
    })
    audience.add(follower)
    return follower
  }

  /** Brings a client onto the feed, after the last event that it has; tries again as long as the store fails. */
  async follow(follower: Follower): Promise<void> {
    const { sink } = follower
    await this.#untilDone(follower, async () => {
      await follower.until(this.#subscribed())
      if (follower.isEnded) return true
      this.#flush() // what is gathered is older than this client
      follower.suspend()
      const [feed, position, { lastId }] = [this.#feed, this.#position, follower]
      const isFeedWhole = (): boolean => feed === this.#feed
      this.#announce(follower)
      if (lastId === undefined || lastId === '') {
        follower.lastId = this.#canReturn ? position : ''
        sink.begin(follower, true)
        if (sink.hold !== undefined) await sink.hold
        return follower.goLive(undefined, isFeedWhole)
      }
      sink.begin(follower, false)
      const hasMet = await follower.replay(await this.#eventsAfter(lastId), position)
      if (follower.isEnded) return true
      const isAhead = !hasMet && this.#canReturn && (await follower.finds(lastId, await this.#eventsAfter(position)))
      return follower.goLive(isAhead ? lastId : undefined, isFeedWhole)
    })
  }

  /** Whether the store can replay everything that a returning client has missed. Waits as long as the store fails. */
  async keepsAfter(follower: Follower): Promise<boolean> {
    const { store } = this.parts
    const { lastId } = follower
    let keeps = false
    await this.#untilDone(follower, async () => {
      keeps = lastId !== undefined && (store.keeps === undefined || (await store.keeps(lastId)) === true)
      return true
    })
    return keeps
  }

  /** Ends every stream of the channel, and its connection to the store. */
  async close(): Promise<void> {
    if (this.isClosed) return
    this.#closing.abort()
    this.#flush()
    for (const { sink } of this.#followers()) sink.close()
    // A store that does not answer is not waited for: its feed is closed when it comes.
    const subscribing = this.#subscription?.promise.catch(() => undefined)
    if (this.#isConnected) await (await subscribing)?.close()
  }

  /** Ends the connection to the store until a client joins. */
  disconnect(): void {
    const subscription = this.#subscription
    if (this.size > 0 || subscription === undefined || this.isClosed) return
    this.#disconnections++
    this.#feed++
    this.#isConnected = false
    this.#subscription = undefined
    closeLater(subscription)
  }

  *#followers(): Generator<Follower> {
    for (const { followers } of this.#audiences.values()) yield* followers
  }

  /** Calls a step until it is done. If it fails, the store is asked again after a while. */
  async #untilDone(follower: Follower, step: () => Promise<boolean>): Promise<void> {
    let wait = FIRST_RETRY_MS
    while (!follower.isEnded && !this.isClosed) {
      try {
        if (await step()) return
      } catch (reason) {
        if (follower.isEnded || this.isClosed) return
        this.#report(reason)
        await this.#pause(wait)
        wait = Math.min(wait * 2, LONGEST_RETRY_MS)
      }
    }
  }

  async #eventsAfter(id: string): Promise<StoredEvents> {
    const events: unknown = await this.parts.store.since(id)
    if (typeof events === 'object' && events !== null && (isAsyncIterable(events) || isIterable(events))) {
      return events as StoredEvents // each event is checked when it is read
    }
    throw invalidType('channel: what store.since() gave', 'an iterable of events', events)
  }

  /** The feed of the store, made for the first client and made again after a failure. */
  #subscribed(): SharedPromise<ChannelSubscription> {
    this.#subscription ??= this.#context.runInAsyncScope(() => new SharedPromise(this.#subscribe()))
    return this.#subscription
  }

  async #subscribe(): Promise<ChannelSubscription> {
    const disconnections = this.#disconnections
    if (this.#feedPauseMs > 0) {
      await this.#pause(this.#feedPauseMs)
      if (this.isClosed || disconnections !== this.#disconnections) throw closedError()
    }
    for (let wait = FIRST_RETRY_MS; ; wait = Math.min(wait * 2, LONGEST_RETRY_MS)) {
      try {
        return await this.#startFeed()
      } catch (reason) {
        if (this.isClosed || disconnections !== this.#disconnections) throw reason
        this.#report(reason)
        if (this.size === 0) {
          this.#subscription = undefined // the next client tries again
          throw reason
        }
        await this.#pause(wait)
        if (this.isClosed) throw closedError()
        if (disconnections !== this.#disconnections) throw reason
      }
    }
  }

  async #startFeed(): Promise<ChannelSubscription> {
    const feed = ++this.#feed
    let isOpen = false
    let failure: Error | undefined
    const early: StoredEvent[] = []
    const deliver = (given: StoredEvent): void => {
      const event = checkStored(given, 'channel: an event of store.subscribe()')
      if (feed !== this.#feed) return
      if (isOpen) this.#deliver(event)
      else early.push(event)
    }
    const fail = (error: Error): void => {
      if (feed !== this.#feed) return
      if (isOpen) this.#fail(error)
      else failure = error
    }
    const subscription = await this.parts.store.subscribe(deliver, fail)
    checkSubscription(subscription)
    failure ??= this.isClosed ? closedError() : faultOfPosition(subscription.position)
    if (failure !== undefined) {
      await subscription.close()
      throw failure
    }
    if (feed !== this.#feed) return subscription // disconnected meanwhile, and closed by that
    this.#position = subscription.position
    this.#canReturn = subscription.position !== ''
    this.#isConnected = true
    isOpen = true
    this.#feedBegan = performance.now()
    for (const event of early) this.#deliver(event)
    return subscription
  }

  /** The feed has broken off. The clients stay, and go on after their last event when the store is back. */
  #fail(error: Error): void {
    this.#flush()
    this.#feed++
    const isShort = performance.now() - this.#feedBegan < LONGEST_RETRY_MS
    this.#feedPauseMs = isShort ? Math.min(Math.max(this.#feedPauseMs * 2, FIRST_RETRY_MS), LONGEST_RETRY_MS) : 0
    this.#isConnected = false
    const broken = this.#subscription
    this.#subscription = undefined
    if (broken !== undefined) closeLater(broken)
    this.#report(error)
    for (const follower of this.#followers()) {
      if (!follower.isLive) continue // on its way to the feed: it sees that the feed is another one
      follower.suspend()
      void this.follow(follower)
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
      () => this.parts.onError?.(error),
      (failure) => debug('channel: onError failed: %s', failure),
    )
  }

  /** Tells the listeners of a client that gets every event from now on. */
  #announce(follower: Follower): void {
    if (follower.isAnnounced) return
    follower.isAnnounced = true
    this.#tell(this.joinListeners, follower.client)
  }

  #tell(listeners: Iterable<{ readonly listener: ClientListener }>, client: ChannelClient): void {
    for (const { listener } of listeners) {
      callHook(
        () => listener(client),
        (failure) => debug('channel: a listener failed: %s', failure),
      )
    }
  }

  #deliver(event: StoredEvent): void {
    this.#position = event.id
    if (this.size === 0) return
    const shared = new SharedEvent(event)
    this.#gatheredLength += shared.frame.bytes.length
    if (this.#gathered.push(shared) === 1) process.nextTick(this.#flush)
    if (this.#gatheredLength >= BATCH_SIZE) this.#flush()
  }

  readonly #flush = (): void => {
    const events = this.#gathered
    if (events.length === 0) return
    this.#gathered = []
    this.#gatheredLength = 0
    const whole = wholeFrame(events)
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

/** All events as one frame, if none of them leaves a client out. */
function wholeFrame(events: readonly SharedEvent[]): Frame | undefined {
  if (events.some(({ except }) => except !== undefined)) return undefined
  const frames = events.map(({ frame }) => frame)
  return frames.length === 1 ? frames[0] : new Frame(frames)
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

/** No client could be told a position that is no id. */
function faultOfPosition(position: string): Error | undefined {
  try {
    serializeId(position, 'channel: the position of store.subscribe()')
    return undefined
  } catch (reason) {
    return toError(reason)
  }
}

function closeLater({ promise }: SharedPromise<ChannelSubscription>): void {
  void promise.then((subscription) => subscription.close()).catch(() => undefined)
}

export function closedError(): ResponseKitError {
  return new ResponseKitError('ESHUTDOWN', 'The channel is closed', { status: 503 })
}

/** Another process may have room, or this one later (RFC 9110 §10.2.3). */
export function fullError(retryAfterSeconds: number): ResponseKitError {
  const headers = { 'Retry-After': `${retryAfterSeconds}` }
  return new ResponseKitError('EAGAIN', 'The channel has as many clients as it may have', { status: 503, headers })
}
