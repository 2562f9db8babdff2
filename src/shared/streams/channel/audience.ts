import type { AsyncResource } from 'node:async_hooks'
import type { Frame } from '../../wire/frame.js'
import type { SharedEvent } from './channel-event.js'
import type { Follower } from './follower.js'

/** The clients of a channel that have the same heartbeat. All get the same events, so one timer serves them. */
export class Audience {
  readonly followers: Set<Follower> = new Set()
  readonly #heartbeatMs: number
  /** The async context of the channel: a timer made in that of a request would keep what belongs to the request. */
  readonly #context: AsyncResource
  #timer: NodeJS.Timeout | undefined

  constructor(heartbeatMs: number, context: AsyncResource) {
    this.#heartbeatMs = heartbeatMs
    this.#context = context
  }

  add(follower: Follower): void {
    this.followers.add(follower)
    if (this.#timer !== undefined || this.#heartbeatMs === 0) return
    this.#context.runInAsyncScope(() => {
      this.#timer = setInterval(this.#beat, this.#heartbeatMs).unref()
    })
  }

  delete(follower: Follower): void {
    this.followers.delete(follower)
    if (this.followers.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Events of one tick, and all of them as one frame if every client may get them. */
  deliver(events: readonly SharedEvent[], whole: Frame | undefined): void {
    this.#timer?.refresh() // the silence begins again
    for (const follower of this.followers) follower.deliver(events, whole)
  }

  readonly #beat = (): void => {
    for (const { sink } of this.followers) sink.beat()
  }
}
