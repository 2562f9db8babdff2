import { AsyncResource } from 'node:async_hooks'
import { setMaxListeners } from 'node:events'
import { invalidType, ResponseKitError, toError } from '../../checks/errors.js'
import { callHook } from '../../checks/promise.js'
import { debug } from '../../exchange/exchange.js'
import { Frame } from '../../wire/frame.js'
import { BATCH_SIZE } from '../batch.js'
import { needScopes } from '../source-scope.js'
import { isAsyncIterable, isIterable } from '../stream-source.js'
import { Audience } from './audience.js'
import type { ChannelClient } from './channel-client.js'
import { SharedEvent } from './channel-event.js'
import { ChannelFeed, type FeedOwner } from './channel-feed.js'
import type { ChannelParts } from './channel-options.js'
import type { StoredEvent, StoredEvents } from './channel-store.js'
import { type EventSink, Follower } from './follower.js'
import { RetryPause } from './retry-pause.js'

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
  /** The topic is closed for good. */
  close(): void
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
  #isDelivering = false
  #closed: Promise<void> | undefined
  readonly #feed: ChannelFeed
  readonly #closing = new AbortController()

  constructor(parts: ChannelParts) {
    this.parts = parts
    const owner: FeedOwner = {
      size: () => this.size,
      deliver: (event) => this.#gather(event),
      breakOff: (error) => this.#breakOff(error),
      report: (reason) => this.#report(reason),
    }
    this.#feed = new ChannelFeed(parts.store, owner, this.#context, this.#closing.signal)
    setMaxListeners(0, this.#closing.signal) // each client that waits for the store listens to it
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
    try {
      await this.parts.store.append(event)
    } catch (reason) {
      this.#report(reason) // the caller may not wait for the promise
      throw reason
    }
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
        if (audience.followers.size === 0) this.#audiences.delete(heartbeatMs)
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
      const connecting = this.#feed.connect()
      // A client of a feed that is there gets what is published in this same turn, but no event that others get just now.
      if (!this.#feed.isConnected || this.#isDelivering) await follower.until(connecting)
      if (follower.isEnded || this.isClosed) return true
      if (!this.#feed.isConnected) return false // it has broken off again
      this.#flush() // what is gathered is older than this client
      follower.suspend()
      const { number, position, canReturn } = this.#feed
      const { lastId } = follower
      const isFeedWhole = (): boolean => number === this.#feed.number
      this.#announce(follower)
      if (lastId === undefined || lastId === '') {
        follower.lastId = canReturn ? position : ''
        sink.begin(follower, true)
        if (sink.hold !== undefined) await sink.hold
        return follower.goLive(undefined, isFeedWhole)
      }
      sink.begin(follower, false)
      if (lastId === position) return follower.goLive(undefined, isFeedWhole) // nothing was published meanwhile
      const hasMet = await follower.replay(await this.#eventsAfter(lastId), position)
      if (follower.isEnded) return true
      const isAhead = !hasMet && canReturn && (await follower.finds(lastId, await this.#eventsAfter(position)))
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
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#closing.abort(closedError())
    this.keeper?.close()
    // A listener may close it while events are delivered, of this channel or of another that its clients have joined: they
    // get these first, and what was published meanwhile.
    await new Promise<void>((resolve) => process.nextTick(resolve))
    this.#flush()
    for (const { sink } of this.#followers()) sink.close()
    await this.#feed.close()
  }

  /** Ends the connection to the store until a client joins. */
  disconnect(): void {
    if (this.size === 0 && !this.isClosed) this.#feed.disconnect()
  }

  *#followers(): Generator<Follower> {
    for (const { followers } of this.#audiences.values()) yield* followers
  }

  /** Calls a step until it is done. If it fails, the store is asked again after a while. */
  async #untilDone(follower: Follower, step: () => Promise<boolean>): Promise<void> {
    const pause = new RetryPause(this.#closing.signal)
    while (!follower.isEnded && !this.isClosed) {
      try {
        if (await step()) return
      } catch (reason) {
        if (follower.isEnded || this.isClosed) return
        this.#report(reason)
        pause.noteFailure()
        await pause.wait()
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

  /** The feed has broken off. The clients stay, and go on after their last event when the store is back. */
  #breakOff(error: Error): void {
    this.#flush()
    this.#report(error)
    // Others are on their way to the feed: they see that it is another one.
    const live = [...this.#followers()].filter((follower) => follower.isLive)
    for (const follower of live) follower.suspend()
    for (const follower of live) void this.follow(follower) // the next feed may deliver at once
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

  #gather(event: StoredEvent): void {
    if (this.size === 0) return
    const shared = new SharedEvent(event)
    this.#gatheredLength += shared.frame.bytes.length
    if (this.#gathered.push(shared) === 1) process.nextTick(this.#flush)
    if (this.#gatheredLength >= BATCH_SIZE) this.#flush()
  }

  readonly #flush = (): void => {
    const events = this.#gathered
    // What the app publishes while others are given events follows in a tick of its own: all clients have one order.
    if (events.length === 0 || this.#isDelivering) return
    this.#gathered = []
    this.#gatheredLength = 0
    const whole = wholeFrame(events)
    this.#isDelivering = true
    try {
      for (const audience of this.#audiences.values()) audience.deliver(events, whole)
    } finally {
      this.#isDelivering = false
    }
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

export function closedError(): ResponseKitError {
  return new ResponseKitError('ESHUTDOWN', 'The channel is closed', { status: 503 })
}

/** Another process may have room, or this one later (RFC 9110 §10.2.3). */
export function fullError(retryAfterSeconds: number): ResponseKitError {
  const headers = { 'Retry-After': `${retryAfterSeconds}` }
  return new ResponseKitError('EAGAIN', 'The channel has as many clients as it may have', { status: 503, headers })
}
