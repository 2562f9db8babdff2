import { checkKeys } from '../../checks/check-keys.js'
import { invalidType, ResponseKitError } from '../../checks/errors.js'
import { isTurnUsedUp, nextTurn } from '../../wire/turn-budget.js'
import { checkLastEventId } from '../serialize-event.js'
import { tieToSource } from '../source-scope.js'
import { isSignal } from '../stream-options.js'
import { isTooMuch } from './backlog.js'
import { type ChannelClient, readChannelClient } from './channel-client.js'
import { type ChannelCore, RETRY_AFTER_SECONDS } from './channel-core.js'
import type { ChannelEvent, SharedEvent } from './channel-event.js'
import type { EventSink, Follower } from './follower.js'

/** Options of `channel.events()`. */
export interface IterationOptions {
  /** The iteration begins after the event of this id, with what the channel still keeps. Default: with the next event. */
  readonly lastEventId?: string | undefined
  /** Who the events are for, as in `sse`. Default: none. */
  readonly client?: Partial<ChannelClient>
  /** Ends the iteration when it fires. Default: none. */
  readonly signal?: AbortSignal
}

type Result = IteratorResult<ChannelEvent, undefined>

/** A call of `next()` that waits for an event. */
interface Waiting {
  readonly resolve: (result: Result) => void
  readonly reject: (reason: Error) => void
}

/** One iteration of a channel. It joins the channel with the first `next()`, so one that never starts holds nothing. */
export class ChannelIteration implements AsyncIterableIterator<ChannelEvent>, EventSink {
  readonly hold = undefined
  readonly #core: ChannelCore
  readonly #client: ChannelClient
  readonly #lastEventId: string | undefined
  readonly #signal: AbortSignal | undefined
  #follower: Follower | undefined
  readonly #events = new EventQueue()
  /** The calls of `next()` that have no answer yet, in their order. */
  readonly #waiting: Waiting[] = []
  /** Events are there, and this turn of the event loop has no time for them. */
  #isTurnAwaited = false
  #wanting: (() => void) | undefined
  #failure: Error | undefined
  #isOver = false
  #untie: () => void = () => undefined

  constructor(core: ChannelCore, options: IterationOptions) {
    checkKeys('events()', options, ['lastEventId', 'client', 'signal'])
    const { lastEventId, client, signal } = options
    if (lastEventId !== undefined) checkLastEventId("events: option 'lastEventId'", lastEventId)
    if (signal !== undefined && !isSignal(signal)) {
      throw invalidType("events: option 'signal'", 'an AbortSignal', signal)
    }
    this.#core = core
    this.#client = readChannelClient("events: option 'client'", client)
    this.#lastEventId = lastEventId
    this.#signal = signal
  }

  async next(): Promise<Result> {
    if (this.#follower === undefined && !this.#isOver) this.#start()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#answer()
    })
  }

  async return(): Promise<Result> {
    this.#events.clear()
    this.#failure = undefined
    this.close()
    return DONE
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  begin(): void {}

  beat(): void {}

  give(follower: Follower, events: readonly SharedEvent[]): number {
    if (this.#isOver) return events.length
    for (const event of events) if (event.except !== this.#client.id) this.#events.add(event)
    this.#answer()
    // What is missed comes only when it is wanted.
    if (follower.isLive && isTooMuch(this.#events.count, this.#events.length)) this.drop()
    return events.length
  }

  whenWanted(callback: () => void): void {
    if (this.#isEventWanted || this.#isOver) callback()
    else this.#wanting = callback
  }

  drop(): void {
    this.#events.clear()
    this.#failure = new ResponseKitError(
      'ENOBUFS',
      'The iteration does not keep up with the channel: dropped with 1 MB before it',
    )
    this.close()
  }

  /** Nothing follows what has been given. */
  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#untie()
    this.#follower?.end()
    this.#wanting?.()
    this.#answer()
  }

  /** A call of `next()` waits, and no event is there for it. */
  get #isEventWanted(): boolean {
    return this.#waiting.length > 0 && this.#events.count === 0
  }

  /**
   * Answers the calls of `next()`, as far as there are answers. A loop over events that are there never waits, so it goes on
   * in a later turn when this one has no time left.
   */
  #answer(): void {
    while (this.#waiting.length > 0 && !this.#isTurnAwaited) {
      const wanting = this.#isEventWanted ? this.#wanting : undefined
      if (wanting !== undefined) {
        this.#wanting = undefined
        wanting() // may answer calls by itself
      } else if (this.#events.count > 0 && isTurnUsedUp()) {
        void this.#answerInNextTurn()
      } else {
        const event = this.#events.take()
        if (event === undefined && !this.#isOver) return
        const call = this.#waiting.shift()
        if (event !== undefined) call?.resolve({ done: false, value: event.value })
        else this.#answerEnd(call)
      }
    }
  }

  async #answerInNextTurn(): Promise<void> {
    this.#isTurnAwaited = true
    await nextTurn()
    this.#isTurnAwaited = false
    this.#answer()
  }

  #answerEnd(call: Waiting | undefined): void {
    const failure = this.#failure
    this.#failure = undefined // the first call gets it
    if (failure === undefined) call?.resolve(DONE)
    else call?.reject(failure)
  }

  #start(): void {
    if (this.#core.isClosed || this.#signal?.aborted === true) {
      this.close()
      return
    }
    this.#core.admit(RETRY_AFTER_SECONDS)
    this.#signal?.addEventListener('abort', this.#onAbort)
    this.#untie = tieToSource(this)
    this.#follower = this.#core.join(this, this.#client, this.#lastEventId || undefined, 0)
    void this.#core.follow(this.#follower)
  }

  readonly #onAbort = (): void => void this.return()
}

/** Events that wait, in their order. */
class EventQueue {
  #added: SharedEvent[] = []
  /** The first events, the last of them first: to take the first one off a long list would move all others. */
  #reversed: SharedEvent[] = []
  /** The length of their text. */
  length = 0

  get count(): number {
    return this.#added.length + this.#reversed.length
  }

  add(event: SharedEvent): void {
    this.#added.push(event)
    this.length += event.length
  }

  take(): SharedEvent | undefined {
    if (this.#reversed.length === 0) {
      this.#reversed = this.#added.reverse()
      this.#added = []
    }
    const event = this.#reversed.pop()
    if (event !== undefined) this.length -= event.length
    return event
  }

  clear(): void {
    this.#added = []
    this.#reversed = []
    this.length = 0
  }
}

const DONE: Result = { done: true, value: undefined }
