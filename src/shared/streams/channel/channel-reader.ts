import { invalidType } from '../../checks/errors.js'
import { abortedError } from '../../exchange/exchange.js'
import type { Frame } from '../../wire/frame.js'
import type { FrameTaker } from '../../wire/response-writer.js'
import type { BatchReader } from '../batch.js'
import { BATCH_SIZE } from '../batch.js'
import { ChunkReader } from '../chunk-reader.js'
import { COMMENT, endsEvent, SHUTDOWN } from '../event-frames.js'
import { openPullSource } from '../pull-source.js'
import { serializeId } from '../serialize-event.js'
import type { StoredEvent, StoredEvents } from './channel-store.js'

/** An event as it goes on the wire, encoded once for all clients. */
export interface EventFrame {
  readonly id: string
  readonly frame: Frame
}

/** A client for which this much has gathered does not keep up. */
const BACKLOG_LIMIT = 1024 * 1024

/** The most ids of a replay that are compared with the events of the feed after it. */
const OVERLAP_LIMIT = 10_000

/** One client of a channel: what opens its stream, what it has missed, then what comes. */
export class ChannelReader implements BatchReader {
  readonly isPaused = true
  /** The id of the last event that the client has, or that it will get from here. */
  lastId: string | undefined
  isEnded = false
  readonly #cutOff: (reason: Error) => void
  readonly #onEnd: (reader: ChannelReader) => void
  #taker: FrameTaker | undefined
  /** What the head is sent with. */
  #opening: Buffer | undefined
  /** Events of the feed that came while the client was not yet on the feed. */
  #early: EventFrame[] | undefined = []
  #earlyLength = 0
  #replay: Replay | undefined
  #isReadingReplay = false
  /** The client has only whole events so far. */
  #isBetweenEvents = true
  /** Ids of the replay that the feed has not given yet. */
  #overlap = new Set<string>()
  /** The client is ahead of the feed: it has the events of the feed up to this id. */
  #skipUntil: string | undefined
  #backlog: Buffer[] = []
  #backlogLength = 0
  #resolve: ((batch: Buffer | undefined) => void) | undefined

  constructor(
    preamble: string,
    lastId: string | undefined,
    cutOff: (reason: Error) => void,
    onEnd: (reader: ChannelReader) => void,
  ) {
    this.lastId = lastId
    this.#opening = preamble === '' ? COMMENT.bytes : Buffer.from(preamble)
    this.#cutOff = cutOff
    this.#onEnd = onEnd
  }

  get isLive(): boolean {
    return this.#early === undefined
  }

  /** Takes the client off the feed. Events that come now wait until the client has those before them. */
  suspend(): void {
    this.#early = []
    this.#earlyLength = 0
    this.#overlap = new Set()
    this.#skipUntil = undefined
  }

  /** A client without a position gets that of the feed: from now on it misses nothing, even if it leaves at once. */
  begin(position: string): void {
    this.lastId = position
    const block = position === '' ? '' : `${serializeId(position, 'channel: position')}\n`
    const opening = this.#opening
    if (opening === undefined) this.#deliver(Buffer.from(block))
    else if (block !== '') this.#opening = opening === COMMENT.bytes ? Buffer.from(block) : joined(opening, block)
  }

  /**
   * Gives the client the events it has missed; resolves after the last one. `position` is that of the feed when `suspend`
   * was called. Resolves to whether the replay met the feed; if not, the client may be ahead of the feed.
   */
  replay(events: StoredEvents, position: string): Promise<boolean> {
    let hasMet = this.lastId === position
    const pass = ({ id, fields }: StoredEvent): string => {
      this.lastId = id
      if (id === position || this.#early?.[0]?.id === id) {
        if (id !== position) this.#early?.shift()
        hasMet = true
        this.#overlap.clear()
      } else {
        this.#overlap.add(id)
        if (this.#overlap.size > OVERLAP_LIMIT)
          for (const first of this.#overlap) if (this.#overlap.delete(first)) break
      }
      return `${serializeId(id, 'channel: event')}${fields}\n`
    }
    return new Promise((resolve, reject) => {
      const encoding = { encode: (event: unknown) => pass(checkStoredEvent(event)) }
      const reader = new ChunkReader(openPullSource(events), encoding, () => undefined)
      this.#replay = { reader, resolve: () => resolve(hasMet), reject }
      if (this.isEnded) this.#endReplay()
      else this.#readReplay()
    })
  }

  /** Puts the client on the feed. `skipUntil`: the id up to which the client has what the feed will give. */
  goLive(skipUntil: string | undefined): void {
    const early = this.#early ?? []
    this.#early = undefined
    this.#earlyLength = 0
    this.#skipUntil = skipUntil
    for (const event of early) this.#deliverOnce(event)
  }

  offerTo(taker: FrameTaker): void {
    this.#taker = taker
  }

  /** Events of one tick, and all of them as one frame. */
  deliver(events: readonly EventFrame[], whole: Frame): void {
    if (this.#early !== undefined) {
      this.#early.push(...events)
      this.#earlyLength += whole.bytes.length
      if (this.#earlyLength > BACKLOG_LIMIT) this.#drop()
    } else if (this.#overlap.size > 0 || this.#skipUntil !== undefined) {
      for (const event of events) this.#deliverOnce(event)
    } else {
      this.lastId = events[events.length - 1]?.id ?? this.lastId
      this.#deliverFrame(whole)
    }
  }

  /** A comment in a silence. */
  beat(): void {
    if (this.#resolve !== undefined && this.#isBetweenEvents) this.#deliverFrame(COMMENT)
  }

  read(): Buffer | undefined | Promise<Buffer | undefined> {
    const opening = this.#opening
    this.#opening = undefined
    const batch = this.#takeBacklog()
    if (opening !== undefined) return joinOpening(opening, batch)
    if (batch !== undefined) return batch
    if (this.isEnded) return undefined
    return new Promise((resolve) => {
      this.#resolve = resolve
      this.#readReplay()
    })
  }

  /** Ends the stream with a last event. */
  finish(): void {
    if (this.isEnded) return
    if (this.#isBetweenEvents) this.#deliverFrame(SHUTDOWN)
    this.end()
  }

  cancel(): void {
    this.#backlog = []
    this.end()
  }

  /** Nothing follows, because the channel is closed or the client has left. */
  end(): void {
    if (this.isEnded) return
    this.isEnded = true
    this.#early = []
    this.#endReplay()
    this.#onEnd(this)
    this.#answer(undefined)
  }

  #deliverOnce(event: EventFrame): void {
    const { id, frame } = event
    if (this.#skipUntil !== undefined) {
      if (this.#skipUntil === id) this.#skipUntil = undefined
      return
    }
    if (this.#overlap.delete(id)) return
    this.#overlap.clear() // the first event after the replay, so none of the replay follows
    this.lastId = id
    this.#deliverFrame(frame)
  }

  #deliverFrame(frame: Frame): void {
    // A client that keeps up costs one write, no promise and no place in a queue.
    if (this.#resolve === undefined || this.#taker?.take(frame) !== true) this.#deliver(frame.bytes)
  }

  #deliver(bytes: Buffer): void {
    if (this.#resolve !== undefined) {
      this.#answer(bytes)
      return
    }
    this.#backlog.push(bytes)
    this.#backlogLength += bytes.length
    if (this.#backlogLength > BACKLOG_LIMIT) this.#drop()
  }

  #drop(): void {
    this.#cutOff(abortedError('The client does not keep up with the channel: dropped with 1 MB before it'))
  }

  #readReplay(): void {
    const replay = this.#replay
    if (replay === undefined || this.#resolve === undefined || this.#isReadingReplay) return
    this.#isReadingReplay = true
    const fail = (reason: unknown): void => {
      this.#isReadingReplay = false
      if (this.#replay === replay) this.#replay = undefined
      replay.reject(reason)
    }
    try {
      Promise.resolve(replay.reader.read()).then((batch) => this.#giveReplay(replay, batch), fail)
    } catch (reason) {
      fail(reason)
    }
  }

  #giveReplay(replay: Replay, batch: Buffer | undefined): void {
    this.#isReadingReplay = false
    if (this.isEnded) return
    if (batch === undefined) {
      this.#replay = undefined
      replay.resolve()
      return
    }
    this.#isBetweenEvents = endsEvent(batch)
    this.#deliver(batch)
  }

  #endReplay(): void {
    const replay = this.#replay
    this.#replay = undefined
    replay?.reader.cancel()
    replay?.resolve()
  }

  #answer(batch: Buffer | undefined): void {
    const resolve = this.#resolve
    this.#resolve = undefined
    resolve?.(batch)
  }

  /** The first frames, joined up to the size of a batch; a single one is not copied. */
  #takeBacklog(): Buffer | undefined {
    let [count, length] = [0, 0]
    for (const frame of this.#backlog) {
      count++
      length += frame.length
      if (length >= BATCH_SIZE) break
    }
    if (count === 0) return undefined
    const taken = this.#backlog.slice(0, count)
    this.#backlog = this.#backlog.slice(count)
    this.#backlogLength -= length
    return taken.length > 1 ? Buffer.concat(taken, length) : taken[0]
  }
}

/** A store of the app's own may give anything. */
function checkStoredEvent(event: unknown): StoredEvent {
  const { id, fields } = (event ?? {}) as { readonly [Key in keyof StoredEvent]?: unknown } // any member may be missing
  if (typeof id === 'string' && typeof fields === 'string') return { id, fields }
  throw invalidType('channel: an event of store.since()', 'an object { id, fields } of strings', event)
}

interface Replay {
  readonly reader: ChunkReader
  resolve(): void
  reject(reason: unknown): void
}

function joined(first: Buffer, text: string): Buffer {
  return Buffer.concat([first, Buffer.from(text)])
}

/** The comment is for a stream that has nothing else to open with. */
function joinOpening(opening: Buffer, batch: Buffer | undefined): Buffer {
  if (batch === undefined) return opening
  return opening === COMMENT.bytes ? batch : Buffer.concat([opening, batch])
}
