import { AsyncResource } from 'node:async_hooks'
import { invalidRange, invalidType, toError } from '../../checks/errors.js'
import { adoptPromise, isThenable } from '../../checks/promise.js'
import { abortedError } from '../../exchange/exchange.js'
import { Frame } from '../../wire/frame.js'
import type { FrameTaker } from '../../wire/response-writer.js'
import { isTurnUsedUp } from '../../wire/turn-budget.js'
import type { BatchReader } from '../batch.js'
import { COMMENT, SHUTDOWN } from '../event-frames.js'
import { type ServerSentEvent, serializeEventParts, serializeId } from '../serialize-event.js'
import { Backlog } from './backlog.js'
import type { ChannelClient } from './channel-client.js'
import type { ChannelEvent, SharedEvent } from './channel-event.js'
import type { EventSink, Follower } from './follower.js'
import { joinedId, joinedPart } from './joined-id.js'

/** What an event passes before a client gets it. */
export interface EventPassage {
  readonly filter?: ((event: ChannelEvent, client: ChannelClient) => boolean) | undefined
  readonly map?: ((event: ChannelEvent, client: ChannelClient) => string | ServerSentEvent) | undefined
}

/** How the stream of one client is written. */
export interface ReaderPlan extends EventPassage {
  readonly client: ChannelClient
  /** Text before the first event. */
  readonly preamble: string
  readonly heartbeatMs: number
  /** What the ids of a joined stream call each channel. Absent: one channel, whose ids are written as they are. */
  readonly keys?: readonly string[] | undefined
  /** Cuts off the client, because of what the client did or did not do. */
  readonly cutOff: (reason: Error) => void
}

/** The stream of one client: what opens it, then what its followers give, in the order in which they give it. */
export class ChannelReader implements BatchReader, EventSink {
  readonly isPaused = true
  isEnded = false
  hold: Promise<void> | undefined
  #release: () => void = () => undefined
  /** Settles when every channel has a place for this client, or the stream has ended. */
  readonly ready: Promise<void>
  #setReady: () => void = () => undefined
  readonly #plan: ReaderPlan
  /** All clients of the channel get the same bytes, if no event leaves one of them out. */
  readonly #isPlain: boolean
  /** The async context of the request, if the app has functions for it: a live event comes in that of its publisher. */
  readonly #context: AsyncResource | undefined
  /** The followers of its channels, in the order of the list. */
  #followers: readonly Follower[] = []
  /** The followers that have no place in their channel yet. */
  readonly #awaited = new Set<Follower>()
  /** What the ids of a joined stream say of each channel. */
  readonly #parts: string[] = []
  #taker: FrameTaker | undefined
  /** What the head is sent with. `undefined`: it has been sent. */
  #opening: string | undefined
  /** The client has missed nothing, but the last id that it has does not say so. */
  #isPositionDue = false
  readonly #backlog = new Backlog()
  readonly #wanting: (() => void)[] = []
  #failure: Error | undefined
  #resolve: ((batch: Buffer | undefined) => void) | undefined
  #reject: ((reason: unknown) => void) | undefined
  readonly #endListeners: (() => void)[] = []
  /** The silence of this stream, if it may differ from that of its channel. */
  #silence: NodeJS.Timeout | undefined

  constructor(plan: ReaderPlan) {
    this.#plan = plan
    this.#opening = plan.preamble
    this.#isPlain = plan.filter === undefined && plan.map === undefined && plan.keys === undefined
    if (!this.#isPlain) this.#watchSilence()
    if (plan.filter !== undefined || plan.map !== undefined) this.#context = new AsyncResource('ResponseKitEvents')
    this.ready = new Promise((resolve) => {
      this.#setReady = resolve
    })
  }

  /** A timer of its own finds the silence of this stream. */
  get watchesSilence(): boolean {
    return this.#silence !== undefined
  }

  /** Sets the followers of its channels, in the order of the list. */
  follow(followers: readonly Follower[]): void {
    this.#followers = followers
    for (const follower of followers) {
      this.#awaited.add(follower)
      this.#noteId(follower, follower.lastId ?? '')
    }
    if (followers.length === 0) this.#setReady()
  }

  begin(follower: Follower, isNew: boolean): void {
    if (isNew) {
      const position = follower.lastId ?? ''
      this.#noteId(follower, position)
      if (position !== '') this.#isPositionDue = true
    }
    this.#awaited.delete(follower)
    if (this.#awaited.size === 0) this.#setReady()
    // The head is sent with the positions of all channels, if their stores answer in time.
    const isOpen = this.#opening === undefined || this.#awaited.size === 0
    if (isOpen && this.hold === undefined) this.tellPosition()
  }

  /** Tells a client what it has missed nothing up to, if it does not know it from an event. */
  tellPosition(): void {
    const position = this.#position
    if (this.#isPositionDue && position !== '') {
      this.#deliverNote(Buffer.from(`${serializeId(position, 'channel: position')}\n`))
    }
    this.#isPositionDue = false
  }

  give(follower: Follower, events: readonly SharedEvent[], whole: Frame | undefined): number {
    if (this.isEnded) return events.length
    if (this.#isPlain && whole !== undefined) {
      this.#isPositionDue = false
      this.#deliverFrame(whole)
      return events.length
    }
    const give = (): number => this.#giveOwn(follower, events)
    return this.#context === undefined ? give() : this.#context.runInAsyncScope(give)
  }

  /** Gives what this client gets of the events. */
  #giveOwn(follower: Follower, events: readonly SharedEvent[]): number {
    const [first] = events
    try {
      // The frame of an event serves all clients. Many events are written at once, for this client alone.
      if (events.length > 1 || first === undefined) return this.#giveText(follower, events)
      const frame = this.#pass(follower, first, FRAME)
      if (frame !== undefined) this.#deliverFrame(frame)
    } catch (reason) {
      this.fail(toError(reason))
    }
    return events.length
  }

  /** Gives as many events as this turn has time for: `filter` and `map` take as long as the app likes. */
  #giveText(follower: Follower, events: readonly SharedEvent[]): number {
    let [text, count] = ['', 0]
    try {
      for (const event of events) {
        if (count > 0 && isTurnUsedUp()) break
        count++
        text += this.#pass(follower, event, TEXT) ?? ''
      }
    } finally {
      this.write(text)
    }
    return count
  }

  /** New clients get nothing of the feeds until `releaseFeeds`. */
  holdFeeds(): void {
    this.hold = new Promise((resolve) => {
      this.#release = resolve
    })
  }

  releaseFeeds(): void {
    this.hold = undefined
    this.tellPosition()
    this.#release()
    if (this.#followers.length === 0) this.end()
  }

  /** Gives text of whole events. */
  write(text: string): void {
    if (text !== '' && !this.isEnded) this.#deliver(Buffer.from(text))
  }

  whenWanted(callback: () => void): void {
    if (this.#resolve !== undefined || this.isEnded) callback()
    else this.#wanting.push(callback)
  }

  /** Calls back when the stream has ended, in any way. */
  whenEnded(callback: () => void): void {
    if (this.isEnded) callback()
    else this.#endListeners.push(callback)
  }

  offerTo(taker: FrameTaker): void {
    this.#taker = taker
  }

  beat(): void {
    if (this.#silence === undefined) this.#breakSilence()
  }

  drop(): void {
    this.#plan.cutOff(abortedError('The client does not keep up with the channel: dropped with 1 MB before it'))
  }

  read(): Buffer | undefined | Promise<Buffer | undefined> {
    while (this.#backlog.isEmpty && this.#wanting.length > 0) this.#wanting.shift()?.()
    const opening = this.#opening
    if (opening !== undefined && this.#failure !== undefined) {
      const failure = this.#takeFailure()
      this.#opening = undefined
      this.#backlog.clear() // an error page takes the place of all that was given
      throw failure
    }
    if (opening !== undefined && this.hold === undefined) this.tellPosition()
    this.#opening = undefined
    const batch = this.#backlog.take()
    if (opening !== undefined) return openingOf(opening, batch)
    if (batch !== undefined) return batch
    if (this.#failure !== undefined) throw this.#takeFailure()
    if (this.isEnded) return undefined
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** Ends the stream with a last event. */
  finish(): void {
    if (this.isEnded) return
    this.#deliverNote(SHUTDOWN.bytes)
    this.end()
  }

  cancel(): void {
    this.#backlog.clear()
    this.#failure = undefined
    this.end()
  }

  /** Ends the stream by a failure, after what was given before it. */
  fail(reason: Error): void {
    if (this.isEnded) return
    this.#failure = reason
    this.end()
  }

  /** One of the channels is closed. What the others have for this tick is given before the end. */
  close(): void {
    for (const follower of this.#followers) {
      follower.channel.flush()
      follower.giveRest()
    }
    this.end()
  }

  /** Nothing follows. A client that leaves one of its channels leaves all of them. */
  end(): void {
    if (this.isEnded) return
    this.isEnded = true
    clearInterval(this.#silence)
    for (const follower of this.#followers) follower.end()
    for (const proceed of this.#wanting.splice(0)) proceed()
    for (const tell of this.#endListeners.splice(0)) tell()
    this.#setReady()
    this.#release()
    if (this.#resolve === undefined) return
    if (this.#failure === undefined) this.#answer(undefined)
    else {
      const reject = this.#reject
      this.#resolve = undefined
      reject?.(this.#takeFailure())
    }
  }

  /** The failure, once. */
  #takeFailure(): Error | undefined {
    const failure = this.#failure
    this.#failure = undefined
    return failure
  }

  /** The client gets this id of a channel, alone or as a part of the id of a joined stream. */
  #noteId(follower: Follower, id: string): void {
    const index = this.#followers.indexOf(follower)
    const key = this.#plan.keys?.[index]
    if (key !== undefined) this.#parts[index] = id === '' ? '' : joinedPart(key, id)
  }

  /** What the client returns with. Empty: it cannot be told what it missed. */
  get #position(): string {
    if (this.#plan.keys === undefined) return this.#followers[0]?.lastId ?? ''
    const known = this.#parts.filter((part) => part !== '')
    return known.length === 0 ? '' : joinedId(known)
  }

  /** What this client gets of an event. `undefined`: nothing. */
  #pass<Form>(follower: Follower, event: SharedEvent, form: EventForm<Form>): Form | undefined {
    const { client, filter, map, keys } = this.#plan
    this.#noteId(follower, event.id)
    if (event.except === client.id) return this.#leaveOut()
    if (filter !== undefined && !passes(filter, event.value, client)) return this.#leaveOut()
    this.#isPositionDue = false
    const id = keys === undefined ? event.id : this.#position
    const mapped = map?.(event.value, client)
    if (map === undefined || mapped === event.value) return form.ofEvent(event, id)
    adoptPromise(mapped)
    const { id: own, fields } = serializeEventParts(mapped, 'sse: what map returned')
    if (own !== undefined && own !== event.id) {
      throw invalidRange('sse: the id of what map returned', `that of the event, ${event.id}, or absent`, own)
    }
    return form.ofText(`${serializeId(id, 'channel: event')}${fields}\n`)
  }

  #leaveOut(): undefined {
    this.#isPositionDue = true
    this.#watchSilence()
  }

  /** From now on a timer of its own finds the silence of this stream: the channel may be busy with events for others. */
  #watchSilence(): void {
    const { heartbeatMs } = this.#plan
    if (heartbeatMs > 0) this.#silence ??= setInterval(() => this.#breakSilence(), heartbeatMs).unref()
  }

  /** If events were left out, the client is told the position that it has reached: it need not ask for them again. */
  #breakSilence(): void {
    if (this.#resolve === undefined) return
    if (this.#isPositionDue && this.#position !== '' && this.hold === undefined) this.tellPosition()
    else this.#deliverFrame(COMMENT)
  }

  #deliverFrame(frame: Frame): void {
    // A client that keeps up costs one write, no promise and no place in a queue.
    if (this.#resolve === undefined || this.#taker?.take(frame) !== true) this.#deliver(frame.bytes)
    else this.#silence?.refresh()
  }

  #deliver(bytes: Buffer): void {
    this.#backlog.add(bytes)
    this.#passOn()
  }

  /** Delivers what is no event. However much waits, it is no reason to drop the client. */
  #deliverNote(bytes: Buffer): void {
    this.#backlog.addNote(bytes)
    this.#passOn()
  }

  #passOn(): void {
    this.#silence?.refresh()
    if (this.#resolve !== undefined) this.#answer(this.#backlog.take())
    else if (this.#backlog.isTooLong) this.drop()
  }

  #answer(batch: Buffer | undefined): void {
    const resolve = this.#resolve
    this.#resolve = undefined
    resolve?.(batch)
  }
}

/** A form in which an event is given. */
interface EventForm<Form> {
  ofEvent(event: SharedEvent, id: string): Form
  ofText(text: string): Form
}

const TEXT: EventForm<string> = {
  ofEvent: (event, id) => (id === event.id ? event.text : event.textWith(id)),
  ofText: (text) => text,
}

const FRAME: EventForm<Frame> = {
  ofEvent: (event, id) => (id === event.id ? event.frame : event.frameWith(id)),
  ofText: (text) => new Frame(text),
}

function passes(
  filter: (event: ChannelEvent, client: ChannelClient) => unknown,
  event: ChannelEvent,
  client: ChannelClient,
): boolean {
  const result = filter(event, client)
  if (!isThenable(result)) return Boolean(result)
  adoptPromise(result) // a promise counts as true: every client would get every event
  throw invalidType('sse: what filter returned', 'true or false', result)
}

/** The comment is for a stream that has nothing else to open with. */
function openingOf(preamble: string, batch: Buffer | undefined): Buffer {
  if (preamble === '') return batch ?? Buffer.from(COMMENT.bytes)
  return batch === undefined ? Buffer.from(preamble) : Buffer.concat([Buffer.from(preamble), batch])
}
