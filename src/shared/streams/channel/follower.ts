import type { Frame } from '../../wire/frame.js'
import { isTurnUsedUp, nextTurn } from '../../wire/turn-budget.js'
import { Pages } from '../pages.js'
import { isTooMuch } from './backlog.js'
import type { ChannelClient } from './channel-client.js'
import { checkStored, SharedEvent } from './channel-event.js'
import type { StoredEvents } from './channel-store.js'
import type { SharedPromise } from './shared-promise.js'

/** How many ids of a replay are compared with the events of the feed after it, at least. */
const OVERLAP_LIMIT = 10_000

/** How many events that wait for a client are looked at in one go. */
const EARLY_PAGE = 256

/** What a client does with the events of a channel: it writes them on a response, or an iteration gives them. */
export interface EventSink {
  /** The follower has a place in the feed: from now on it misses nothing. A new client starts at its `lastId`. */
  begin(follower: Follower, isNew: boolean): void
  /**
   * Events in order. `whole`: all of them as one frame, if every client of the channel may get them. Returns how many the
   * sink takes: at least one, and no more than this turn of the event loop has time for.
   */
  give(follower: Follower, events: readonly SharedEvent[], whole: Frame | undefined): number
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
  /** Brings the follower onto the feed again, after its last event. */
  follow(follower: Follower): void
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
  /** Events of the feed that wait, because the client has not got those before them. `undefined`: the client is live. */
  #early: SharedEvent[] | undefined = []
  #earlyLength = 0
  /** The events to give next. */
  #missed: readonly SharedEvent[] = []
  /** The early events come right after the missed ones: the replay is over. */
  #isReplayed = false
  /** What is read of the store for this client. */
  #reading: Pages<SharedEvent> | undefined
  /** Goes on with what waits for the client, or for the store. */
  #proceed: () => void = () => undefined
  /** Ids of the replay that the feed has not given yet. */
  readonly #overlap = new RecentIds()
  /** The client is ahead of the feed: it has the events of the feed up to this id. */
  #skipUntil: string | undefined
  #isFeedWhole: () => boolean = () => true

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
    this.#missed = []
    this.#isReplayed = false
    this.#overlap.clear()
    this.#skipUntil = undefined
  }

  /**
   * Gives the client the events it has missed; resolves after the last one. `position` is that of the feed when `suspend`
   * was called. Resolves to whether the replay met the feed; if not, the client may be ahead of the feed.
   */
  async replay(events: StoredEvents, position: string): Promise<boolean> {
    let hasMet = false
    for await (const page of this.#read(events)) {
      hasMet = this.#meetsFeed(page, position) || hasMet
      this.#missed = page
      await this.#giveMissed()
    }
    return hasMet
  }

  /** Whether an event of that id is among them. */
  async finds(id: string, events: StoredEvents): Promise<boolean> {
    for await (const page of this.#read(events)) if (page.some((event) => event.id === id)) return true
    return false
  }

  /**
   * Gives the client the events of the feed that came meanwhile, and puts it on the feed when none is left. `skipUntil`: the
   * id up to which the client has what the feed will give. Resolves to `false` if the feed breaks off before that.
   */
  goLive(skipUntil: string | undefined, isFeedWhole: () => boolean): Promise<boolean> {
    this.#skipUntil = skipUntil
    this.#isFeedWhole = isFeedWhole
    this.#isReplayed = true
    return this.#catchUp()
  }

  /** Events of one tick, and all of them as one frame if every client may get them. */
  deliver(events: readonly SharedEvent[], whole: Frame | undefined): void {
    if (this.#early !== undefined) {
      this.#early.push(...events)
      for (const { frame } of events) this.#earlyLength += frame.bytes.length
      if (isTooMuch(this.#early.length, this.#earlyLength)) this.sink.drop()
      return
    }
    const areNew = this.#skipUntil === undefined && this.#overlap.isEmpty
    this.#missed = areNew ? events : this.#withoutKnown(events)
    if (this.#missed.length > 0) this.#giveSome(areNew ? whole : undefined)
    if (this.#missed.length > 0) void this.#goOnLater()
  }

  /** Gives all events that wait for a later turn. The channel is closed, and has no later turn. */
  giveRest(): void {
    while (this.#isReplayed && (this.#missed.length > 0 || this.#takeEarly())) this.#giveSome(undefined)
  }

  /** Nothing follows, because the channel is closed or the client has left. */
  end(): void {
    if (this.isEnded) return
    this.isEnded = true
    this.#early = []
    this.#missed = []
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

  /** The turn had no time for all live events: the client is off the feed until it has them. */
  async #goOnLater(): Promise<void> {
    this.#early = []
    this.#earlyLength = 0
    await this.#giveMissed()
    if (!(await this.#catchUp())) this.channel.follow(this)
  }

  /** Puts the client on the feed when nothing is left that came early. Resolves to `false` if the feed breaks off before. */
  async #catchUp(): Promise<boolean> {
    while (this.#isFeedWhole()) {
      if (!this.#takeEarly()) {
        this.#early = undefined
        return true
      }
      await this.#giveMissed()
    }
    return false
  }

  /** Gives the missed events as the client takes them, and as the turns of the event loop have time. */
  async #giveMissed(): Promise<void> {
    while (this.#missed.length > 0) {
      await new Promise<void>((resolve) => {
        const give = (): void => {
          if (this.#missed.length > 0) this.#giveSome(undefined)
          resolve()
        }
        this.#proceed = resolve
        this.sink.whenWanted(() => {
          if (!isTurnUsedUp()) give()
          // By then the client may have got events of its other channels, and want no more.
          else void nextTurn().then(() => this.sink.whenWanted(give))
        })
      })
    }
  }

  #giveSome(whole: Frame | undefined): void {
    const events = this.#missed
    const count = this.sink.give(this, events, whole)
    this.lastId = events[count - 1]?.id ?? this.lastId
    this.#missed = this.isEnded ? [] : events.slice(count)
  }

  /** Makes the first early events the ones to give next. Returns whether there are any. */
  #takeEarly(): boolean {
    const page = this.#early?.splice(0, EARLY_PAGE) ?? []
    for (const { frame } of page) this.#earlyLength -= frame.bytes.length
    this.#missed = this.#withoutKnown(page)
    return page.length > 0
  }

  /** Events of the feed, without those that the client has from the replay. */
  #withoutKnown(events: readonly SharedEvent[]): readonly SharedEvent[] {
    return events.filter(({ id }) => {
      if (this.#skipUntil !== undefined) {
        if (this.#skipUntil === id) this.#skipUntil = undefined
        return false
      }
      if (this.#overlap.delete(id)) return false
      this.#overlap.clear() // the first event after the replay, so none of the replay follows
      return true
    })
  }

  /** Notes the ids of a replay. Returns whether the replay has met the feed. */
  #meetsFeed(page: readonly SharedEvent[], position: string): boolean {
    let hasMet = false
    for (const { id } of page) {
      if (id === position || this.#early?.[0]?.id === id) {
        if (id !== position) this.#earlyLength -= this.#early?.shift()?.frame.bytes.length ?? 0
        hasMet = true
        this.#overlap.clear()
      } else this.#overlap.add(id)
    }
    return hasMet
  }
}

/** The last ids of a replay: `OVERLAP_LIMIT` of them, and up to as many before those. */
class RecentIds {
  // A single set would lose its first id for each new one, and to find the first takes longer the more are gone.
  #older = new Set<string>()
  #newer = new Set<string>()

  get isEmpty(): boolean {
    return this.#newer.size === 0 && this.#older.size === 0
  }

  add(id: string): void {
    this.#newer.add(id)
    if (this.#newer.size < OVERLAP_LIMIT) return
    this.#older = this.#newer
    this.#newer = new Set()
  }

  delete(id: string): boolean {
    return this.#newer.delete(id) || this.#older.delete(id)
  }

  clear(): void {
    if (this.isEmpty) return
    this.#older = new Set()
    this.#newer = new Set()
  }
}

function readStored(event: unknown): SharedEvent {
  return new SharedEvent(checkStored(event, 'channel: an event of store.since()'))
}
