import { checkKeys } from '../../checks/check-keys.js'
import { invalidType, ResponseKitError } from '../../checks/errors.js'
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
  #events: SharedEvent[] = []
  #length = 0
  readonly #waiting: Waiting[] = []
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
    if (this.#events.length === 0) {
      const wanting = this.#wanting
      this.#wanting = undefined
      wanting?.()
    }
    const event = this.#takeEvent()
    if (event !== undefined) return { done: false, value: event }
    const failure = this.#takeFailure()
    if (failure !== undefined) throw failure
    if (this.#isOver) return DONE
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  async return(): Promise<Result> {
    this.#events = []
    this.#failure = undefined
    this.close()
    return DONE
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  begin(): void {}

  beat(): void {}

  give(_follower: Follower, events: readonly SharedEvent[]): void {
    if (this.#isOver) return
    for (const event of events) {
      if (event.except === this.#client.id) continue
      const waiting = this.#waiting.shift()
      if (waiting !== undefined) waiting.resolve({ done: false, value: event.value })
      else {
        this.#events.push(event)
        this.#length += event.frame.bytes.length
      }
    }
    if (isTooMuch(this.#events.length, this.#length)) this.drop()
  }

  whenWanted(callback: () => void): void {
    if (this.#waiting.length > 0 || this.#isOver) callback()
    else this.#wanting = callback
  }

  drop(): void {
    this.#events = []
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
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      const failure = this.#takeFailure()
      if (failure === undefined) resolve(DONE)
      else reject(failure)
    }
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

  /** The failure, once. */
  #takeFailure(): Error | undefined {
    const failure = this.#failure
    this.#failure = undefined
    return failure
  }

  #takeEvent(): ChannelEvent | undefined {
    const event = this.#events.shift()
    if (event !== undefined) this.#length -= event.frame.bytes.length
    return event?.value
  }
}

const DONE: Result = { done: true, value: undefined }
