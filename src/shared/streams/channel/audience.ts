import type { AsyncResource } from 'node:async_hooks'
import type { Frame } from '../../wire/frame.js'
import type { ChannelReader, EventFrame } from './channel-reader.js'

/** The clients of a channel that have the same heartbeat. All get the same events, so one timer serves them. */
export class Audience {
  readonly readers: Set<ChannelReader> = new Set()
  readonly #heartbeatMs: number
  /** The async context of the channel: a timer made in that of a request would keep what belongs to the request. */
  readonly #context: AsyncResource
  #timer: NodeJS.Timeout | undefined

  constructor(heartbeatMs: number, context: AsyncResource) {
    this.#heartbeatMs = heartbeatMs
    this.#context = context
  }

  add(reader: ChannelReader): void {
    this.readers.add(reader)
    if (this.#timer !== undefined || this.#heartbeatMs === 0) return
    this.#context.runInAsyncScope(() => {
      this.#timer = setInterval(this.#beat, this.#heartbeatMs).unref()
    })
  }

  delete(reader: ChannelReader): void {
    this.readers.delete(reader)
    if (this.readers.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Events of one tick, and all of them as one frame. */
  deliver(events: readonly EventFrame[], whole: Frame): void {
    this.#timer?.refresh() // the silence begins again
    for (const reader of this.readers) reader.deliver(events, whole)
  }

  readonly #beat = (): void => {
    for (const reader of this.readers) reader.beat()
  }
}
