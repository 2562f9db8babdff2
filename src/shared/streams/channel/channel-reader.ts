import { abortedError } from '../../exchange/exchange.js'
import type { Frame } from '../../wire/frame.js'
import type { FrameTaker } from '../../wire/response-writer.js'
import { BATCH_SIZE } from '../batch.js'
import type { BatchReader } from '../batch-reader.js'
import { COMMENT, SHUTDOWN } from '../event-frames.js'

/** An event as it goes on the wire, encoded once for all clients. */
export interface EventFrame {
  readonly id: string
  readonly frame: Frame
}

/** A client for which this much has gathered does not keep up. */
const BACKLOG_LIMIT = 1024 * 1024

/** One client of a channel: what opens its stream, what it has missed, then what comes. */
export class ChannelReader implements BatchReader {
  readonly isPaused = true
  readonly #cutOff: (reason: Error) => void
  readonly #onEnd: (reader: ChannelReader) => void
  /** Events that came while those before them were still being fetched. */
  #early: EventFrame[] | undefined = []
  #taker: FrameTaker | undefined
  /** What the head is sent with, if nothing else is there: it does not wait for an event. */
  #opening: Buffer | undefined
  #missed: Buffer[] = []
  #backlog: Buffer[] = []
  #backlogLength = 0
  #isEnded = false
  #failure: Error | undefined
  #resolve: ((batch: Buffer | undefined) => void) | undefined
  #reject: ((reason: Error) => void) | undefined

  constructor(preamble: string, cutOff: (reason: Error) => void, onEnd: (reader: ChannelReader) => void) {
    this.#opening = preamble === '' ? COMMENT.octets : Buffer.from(preamble)
    this.#cutOff = cutOff
    this.#onEnd = onEnd
  }

  /** Begins with what the client has missed; an event that came meanwhile may be among it. */
  start(missed: readonly EventFrame[]): void {
    const ids = new Set(missed.map(({ id }) => id))
    this.#missed = missed.map(({ frame }) => frame.octets)
    const early = this.#early ?? []
    this.#early = undefined
    for (const { id, frame } of early) if (!ids.has(id)) this.#deliver(frame)
  }

  offerTo(taker: FrameTaker): void {
    this.#taker = taker
  }

  /** Events of one tick, and all of them as one frame. */
  deliver(events: readonly EventFrame[], whole: Frame): void {
    if (this.#early !== undefined) this.#early.push(...events)
    else this.#deliver(whole)
  }

  /** A comment in a silence; where something is under way there is none. */
  beat(): void {
    if (this.#resolve !== undefined) this.#deliver(COMMENT)
  }

  #deliver(frame: Frame): void {
    if (this.#resolve !== undefined) {
      // A client that keeps up costs one write, no promise and no place in a queue.
      if (this.#taker?.take(frame) !== true) this.#answer(frame.octets)
    } else {
      this.#backlog.push(frame.octets)
      this.#backlogLength += frame.octets.length
      if (this.#backlogLength > BACKLOG_LIMIT) {
        this.#cutOff(abortedError('The client does not keep up with the channel: dropped with 1 MB before it'))
      }
    }
  }

  read(): Buffer | undefined | Promise<Buffer | undefined> {
    const opening = this.#opening
    this.#opening = undefined
    const batch = takeBatch(this.#missed) ?? this.#takeBacklog()
    if (opening !== undefined && this.#failure === undefined) return joinOpening(opening, batch)
    if (batch !== undefined) return batch
    if (this.#failure !== undefined) throw this.#failure
    if (this.#isEnded) return undefined
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** Ends the stream with a last event. */
  finish(): void {
    if (this.#isEnded) return
    this.#deliver(SHUTDOWN)
    this.end()
  }

  cancel(): void {
    this.#missed = []
    this.#backlog = []
    this.end()
  }

  /** Nothing follows, because the channel is closed or has lost its store. */
  end(failure?: Error): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#failure = failure
    this.#onEnd(this)
    if (failure === undefined) this.#answer(undefined)
    else this.#reject?.(failure)
  }

  #answer(batch: Buffer | undefined): void {
    const resolve = this.#resolve
    this.#resolve = undefined
    this.#reject = undefined
    resolve?.(batch)
  }

  #takeBacklog(): Buffer | undefined {
    const batch = takeBatch(this.#backlog)
    if (batch !== undefined) this.#backlogLength -= batch.length
    return batch
  }
}

/** The comment is for a stream that has nothing else to open with. */
function joinOpening(opening: Buffer, batch: Buffer | undefined): Buffer {
  if (batch === undefined) return opening
  return opening === COMMENT.octets ? batch : Buffer.concat([opening, batch])
}

/** The first frames, joined up to the size of a batch; a single one is not copied. */
function takeBatch(frames: Buffer[]): Buffer | undefined {
  let [count, length] = [0, 0]
  for (const frame of frames) {
    count++
    length += frame.length
    if (length >= BATCH_SIZE) break
  }
  const taken = frames.splice(0, count)
  return taken.length > 1 ? Buffer.concat(taken, length) : taken[0]
}
