import type { AsyncResource } from 'node:async_hooks'
import { toError } from '../../checks/errors.js'
import { isThenable } from '../../checks/promise.js'
import { abortedError } from '../../exchange/exchange.js'
import { serializeId } from '../serialize-event.js'
import { checkStored } from './channel-event.js'
import type { ChannelStore, ChannelSubscription, StoredEvent } from './channel-store.js'
import { RetryPause } from './retry-pause.js'
import { SharedPromise } from './shared-promise.js'

/** The channel of a feed. */
export interface FeedOwner {
  /** How many clients wait for events. If there are none, a store that has failed is not asked again. */
  size(): number
  deliver(event: StoredEvent): void
  /** The feed has broken off. Its clients have to go on after their last event. */
  breakOff(error: Error): void
  /** The store has refused a subscription, or the end of one. */
  report(reason: unknown): void
}

/** The feed of a store: made for the first client, and made again after a failure. */
export class ChannelFeed {
  /** Counts the feeds: a client that began on an earlier one has a gap. */
  number = 0
  /** The id of the last event of the feed. */
  position = ''
  /** The store keeps events for clients that return. */
  canReturn = false
  isConnected = false
  readonly #store: ChannelStore
  readonly #owner: FeedOwner
  readonly #context: AsyncResource
  readonly #closing: AbortSignal
  readonly #pause: RetryPause
  #subscription: SharedPromise<ChannelSubscription> | undefined
  /** Counts the times at which the channel let go of its store. */
  #disconnections = 0

  /** `closing` fires when the channel closes. `context` is the async context that the store is called in. */
  constructor(store: ChannelStore, owner: FeedOwner, context: AsyncResource, closing: AbortSignal) {
    this.#store = store
    this.#owner = owner
    this.#context = context
    this.#closing = closing
    this.#pause = new RetryPause(closing)
  }

  /** Settles when the feed is there. A store that fails is asked again. */
  connect(): SharedPromise<ChannelSubscription> {
    this.#subscription ??= this.#context.runInAsyncScope(() => new SharedPromise(this.#subscribe()))
    return this.#subscription
  }

  /** Ends the connection to the store until a client joins. */
  disconnect(): void {
    const subscription = this.#subscription
    if (subscription === undefined) return
    this.#disconnections++
    this.#letGo()
  }

  /** Ends the connection to the store. The channel is closed. */
  async close(): Promise<void> {
    // A store that does not answer is not waited for: its feed is closed when it comes.
    const subscribing = this.#subscription?.promise.catch(() => undefined)
    if (this.isConnected) await (await subscribing)?.close()
  }

  async #subscribe(): Promise<ChannelSubscription> {
    const disconnections = this.#disconnections
    const checkNeeded = (): void => {
      this.#closing.throwIfAborted()
      if (disconnections !== this.#disconnections) throw abortedError('The last client has left the channel')
    }
    for (;;) {
      const pause = this.#pause.wait()
      if (pause !== undefined) await pause
      checkNeeded()
      try {
        return await this.#start()
      } catch (reason) {
        checkNeeded()
        this.#pause.noteFailure()
        this.#owner.report(reason)
        if (this.#owner.size() > 0) continue
        this.#subscription = undefined // the next client tries again
        throw reason
      }
    }
  }

  async #start(): Promise<ChannelSubscription> {
    const number = ++this.number
    let isOpen = false
    let failure: Error | undefined
    const early: StoredEvent[] = []
    const deliver = (given: StoredEvent): void => {
      const event = checkStored(given, 'channel: an event of store.subscribe()')
      if (number !== this.number) return
      if (isOpen) this.#deliver(event)
      else early.push(event)
    }
    const fail = (error: Error): void => {
      if (number !== this.number) return
      if (isOpen) this.#fail(error)
      else failure = error
    }
    const subscribing = this.#store.subscribe(deliver, fail)
    const subscription = isThenable(subscribing) ? await subscribing : subscribing // a store in memory answers at once
    checkSubscription(subscription)
    failure ??= this.#closing.aborted ? toError(this.#closing.reason) : faultOfPosition(subscription.position)
    if (failure !== undefined) {
      await subscription.close()
      throw failure
    }
    if (number !== this.number) return subscription // disconnected meanwhile, and closed by that
    this.position = subscription.position
    this.canReturn = subscription.position !== ''
    this.isConnected = true
    isOpen = true
    this.#pause.noteSuccess()
    for (const event of early) this.#deliver(event)
    return subscription
  }

  #deliver(event: StoredEvent): void {
    this.position = event.id
    this.#owner.deliver(event)
  }

  #fail(error: Error): void {
    this.#pause.noteFailure()
    this.#letGo()
    this.#owner.breakOff(error)
  }

  #letGo(): void {
    this.number++
    this.isConnected = false
    const subscribing = this.#subscription?.promise
    this.#subscription = undefined
    void subscribing?.then(
      (subscription) => this.#end(subscription),
      () => undefined, // it has been told already
    )
  }

  async #end(subscription: ChannelSubscription): Promise<void> {
    try {
      await subscription.close()
    } catch (reason) {
      this.#owner.report(reason)
    }
  }
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
