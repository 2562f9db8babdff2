import type { Frame } from '../../wire/frame.js'
import { Pages } from '../pages.js'
import { isTooMuch } from './backlog.js'
import type { ChannelClient } from './channel-client.js'
import { checkStored, SharedEvent } from './channel-event.js'
import type { StoredEvents } from './channel-store.js'
import type { SharedPromise } from './shared-promise.js'

/** The most ids of a replay that are compared with the events of the feed after it. */
const OVERLAP_LIMIT = 10_000

/** What a client does with the events of a channel: it writes them on a response, or an iteration gives them. */
export interface EventSink {
  /** The follower has a place in the feed: from now on it misses nothing. A new client starts at its `lastId`. */
  begin(follower: Follower, isNew: boolean): void
  /** Events in order. `whole`: all of them as one frame, if every client of the channel may get them. */
  give(follower: Follower, events: readonly SharedEvent[], whole: Frame | undefined): void
  /** Calls back, once, when the client has taken what it was given. */
  whenWanted(callback: () => void): void
  /** The channel has been silent for the time of the heartbeat. */
  beat(): void
  /** Too many events wait for the client. */
  drop(): void
  /** The channel is closed. */
  close(): void
  /** A client that is new gets nothing of the feed before this settles. */
  readonly hold: Promise<void> | undefined
}

/** The channel of a follower. */
export interface FollowedChannel {
  /** Delivers the events of this tick at once. */
  flush(): void
  /** The follower has left. */
  leave(follower: Follower): void
}

/** A client's place in one channel: it gets what it has missed, then what comes, each event once and in order. */
export class Follower {
  readonly client: ChannelClient
  readonly sink: EventSink
  readonly channel: FollowedChannel
  /** The id of the last event that the client has, or that was given to it. */
  lastId: string | undefined
  isEnded = false
  /** The listeners of the channel know of the client. */
  isAnnounced = false
  /** Events of the feed that came while the client was not yet on the feed. */
  #early: SharedEvent[] | undefined = []
  #earlyLength = 0
  /** What is read of the store for this client. */
  #reading: Pages<SharedEvent> | undefined
  /** Goes on with what waits for the client, or for the store. */
  #proceed: () => void = () => undefined
  /** Ids of the replay that the feed has not given yet. */
  #overlap = new Set<string>()
  /** The client is ahead of the feed: it has the events of the feed up to this id. */
  #skipUntil: string | undefined

  constructor(sink: EventSink, client: ChannelClient, lastId: string | undefined, channel: FollowedChannel) {
    this.sink = sink
    this.client = client
    this.lastId = lastId
    this.channel = channel
  }

  get isLive(): boolean {
    return this.#early === undefined
  }

  /** Waits for what all clients of the channel wait for, and no longer than this one is there. */
  until(shared: SharedPromise<unknown>): Promise<void> {
    return shared.wait((leave) => {
      this.#proceed = leave
    })
  }

  /** Takes the client off the feed. Events that come now wait until the client has those before them. */
  suspend(): void {
    this.#early = []
    this.#earlyLength = 0
    this.#overlap = new Set()
    this.#skipUntil = undefined
  }

  /**
   * Gives the client the events it has missed; resolves after the last one. `position` is that of the feed when `suspend`
   * was called. Resolves to whether the replay met the feed; if not, the client may be ahead of the feed.
   */
  async replay(events: StoredEvents, position: string): Promise<boolean> {
    let hasMet = this.lastId === position
    for await (const page of this.#read(events)) {
      await new Promise<void>((resolve) => {
        this.#proceed = resolve
        this.sink.whenWanted(() => {
          if (!this.isEnded) hasMet = this.#giveReplay(page, position) || hasMet
          resolve()
        })
      })
    }
    return hasMet
  }

  /** Whether an event of that id is among them. */
  async finds(id: string, events: StoredEvents): Promise<boolean> {
    for await (const page of this.#read(events)) if (page.some((event) => event.id === id)) return true
    return false
  }

  /** Puts the client on the feed. `skipUntil`: the id up to which the client has what the feed will give. */
  goLive(skipUntil: string | undefined): void {
    const early = this.#early ?? []
    this.#early = undefined
    this.#earlyLength = 0
    this.#skipUntil = skipUntil
    this.#giveOnce(early)
  }

  /** Events of one tick, and all of them as one frame if every client may get them. */
  deliver(events: readonly SharedEvent[], whole: Frame | undefined): void {
    if (this.#early !== undefined) {
      this.#early.push(...events)
      for (const { frame } of events) this.#earlyLength += frame.bytes.length
      if (isTooMuch(this.#early.length, this.#earlyLength)) this.sink.drop()
    } else if (this.#overlap.size > 0 || this.#skipUntil !== undefined) this.#giveOnce(events)
    else this.#give(events, whole)
  }

  /** Nothing follows, because the channel is closed or the client has left. */
  end(): void {
    if (this.isEnded) return
    this.isEnded = true
    this.#early = []
    this.#reading?.cancel()
    this.#proceed()
    this.channel.leave(this)
  }

  /** The events in pages. The reading ends with the client, also if the store hangs. */
  async *#read(events: StoredEvents): AsyncGenerator<readonly SharedEvent[]> {
    const pages = new Pages(events, readStored)
    this.#reading = pages
    try {
      while (!this.isEnded) {
        const page = await pages.next()
        if (page === undefined) return
        yield page
      }
    } finally {
      pages.cancel()
      this.#reading = undefined
    }
  }

  #give(events: readonly SharedEvent[], whole: Frame | undefined): void {
    this.lastId = events.at(-1)?.id ?? this.lastId
    this.sink.give(this, events, whole)
  }

  /** Events of the feed, without those that the client has from the replay. */
  #giveOnce(events: readonly SharedEvent[]): void {
    const missing = events.filter(({ id }) => {
      if (this.#skipUntil !== undefined) {
        if (this.#skipUntil === id) this.#skipUntil = undefined
        return false
      }
      if (this.#overlap.delete(id)) return false
      this.#overlap.clear() // the first event after the replay, so none of the replay follows
      return true
    })
    if (missing.length > 0) this.#give(missing, undefined)
  }

  /** Returns whether the replay has met the feed. */
  #giveReplay(page: readonly SharedEvent[], position: string): boolean {
    let hasMet = false
    for (const { id } of page) {
      if (id === position || this.#early?.[0]?.id === id) {
        if (id !== position) this.#earlyLength -= this.#early?.shift()?.frame.bytes.length ?? 0
        hasMet = true
        this.#overlap.clear()
      } else {
        this.#overlap.add(id)
        if (this.#overlap.size > OVERLAP_LIMIT)
          for (const first of this.#overlap) if (this.#overlap.delete(first)) break
      }
    }
    this.#give(page, undefined)
    return hasMet
  }
}

function readStored(event: unknown): SharedEvent {
  return new SharedEvent(checkStored(event, 'channel: an event of store.since()'))
}
