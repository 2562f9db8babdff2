import { createHash } from 'node:crypto'
import { toError } from '../shared/checks/errors.js'
import type { ChannelSubscription, StoredEvent } from '../shared/streams/channel/channel-store.js'
import { type Listener, storeFailed } from '../shared/streams/channel/server-store.js'
import type { Listening, PostgresServer } from './postgres-pool.js'

/** The most bytes of a payload that Postgres takes. */
const PAYLOAD_LIMIT = 7999
/** A number of 64 bits and a space. */
const ID_LENGTH = 21

/** What the reader asks of the table of events. */
export interface EventTable {
  /** The id of the last event of a topic. */
  lastId(topic: string): Promise<bigint>
  /** The events of a topic after one id up to another. */
  between(topic: string, after: bigint, last: bigint): Promise<readonly StoredEvent[]>
}

interface Notice {
  readonly id: bigint
  /** Absent if the payload had no room: the table has it. */
  readonly fields: string | undefined
}

interface Topic {
  readonly name: string
  /** The name of the channel on which Postgres tells of it. */
  readonly channel: string
  /** The id of the last event that the listeners have; absent until the feed has a position. */
  position?: bigint
  readonly listeners: Set<Listener>
  /** Notices that wait: for the position, or for the text of one before them. */
  waiting: Notice[]
  isReading: boolean
  readonly opening: Promise<void>
}

/** Listens to the topics of this process on one connection. */
export class NoticeReader {
  readonly #server: PostgresServer
  readonly #table: EventTable
  /** By their channels. */
  readonly #topics = new Map<string, Topic>()
  #listening: Promise<Listening> | undefined

  constructor(server: PostgresServer, table: EventTable) {
    this.#server = server
    this.#table = table
  }

  async subscribe(name: string, channel: string, listener: Listener): Promise<ChannelSubscription> {
    const topic = this.#topics.get(channel) ?? this.#open(name, channel)
    await topic.opening
    if (this.#topics.get(channel) !== topic) return this.subscribe(name, channel, listener) // it was closed meanwhile
    topic.listeners.add(listener)
    const close = (): void => {
      topic.listeners.delete(listener)
      if (topic.listeners.size === 0) this.#remove(topic)
    }
    return { position: String(topic.position), close }
  }

  #open(name: string, channel: string): Topic {
    const opening = new Promise<void>((resolve, reject) => {
      setImmediate(() => this.#begin(topic).then(resolve, reject))
    })
    const topic: Topic = { name, channel, listeners: new Set(), waiting: [], isReading: false, opening }
    this.#topics.set(channel, topic)
    return topic
  }

  /** Listens first and asks for the position then, so that no event falls between the two. */
  async #begin(topic: Topic): Promise<void> {
    try {
      const listening = await this.#connection()
      await listening.query(`listen "${topic.channel}"`)
      topic.position = await this.#table.lastId(topic.name)
    } catch (error) {
      this.#remove(topic)
      throw error
    }
    // A turn later, so that the subscriber has its position before it gets an event.
    setImmediate(() => this.#read(topic))
  }

  #connection(): Promise<Listening> {
    const listening: Promise<Listening> =
      this.#listening ??
      this.#server.listen(
        (channel, payload) => this.#take(channel, payload),
        (error) => {
          if (this.#listening === listening) this.#stop(error)
        },
      )
    this.#listening = listening
    listening.catch(() => {
      if (this.#listening === listening) this.#listening = undefined // the next call tries again
    })
    return listening
  }

  #remove(topic: Topic): void {
    if (this.#topics.get(topic.channel) !== topic) return
    this.#topics.delete(topic.channel)
    const listening = this.#listening
    if (this.#topics.size === 0) this.#listening = undefined
    const isLast = this.#listening === undefined
    listening
      ?.then((connection) => (isLast ? connection.end() : connection.query(`unlisten "${topic.channel}"`)))
      .catch(() => undefined)
  }

  #stop(error: Error): void {
    const topics = [...this.#topics.values()]
    this.#topics.clear()
    this.#listening = undefined
    for (const { listeners } of topics) for (const { fail } of listeners) fail(error)
  }

  #take(channel: string, payload: string): void {
    const topic = this.#topics.get(channel)
    const notice = readNotice(payload)
    if (topic === undefined || notice === undefined) return
    topic.waiting.push(notice)
    if (topic.listeners.size > 0) this.#read(topic)
  }

  #read(topic: Topic): void {
    if (topic.isReading || topic.position === undefined) return
    topic.isReading = true
    this.#readWaiting(topic).catch((reason) => {
      const listeners = [...topic.listeners]
      topic.listeners.clear()
      this.#remove(topic)
      for (const { fail } of listeners) fail(toError(reason))
    })
  }

  /** Gives the notices in their order. Those whose payload has the text are given in one turn of the event loop. */
  async #readWaiting(topic: Topic): Promise<void> {
    for (;;) {
      const notice = topic.waiting.shift()
      if (notice === undefined) {
        topic.isReading = false
        return
      }
      const { position = 0n } = topic
      if (notice.id <= position) continue // before the feed
      if (notice.fields !== undefined) {
        give(topic, { id: String(notice.id), fields: notice.fields })
        continue
      }
      const events = await this.#table.between(topic.name, position, notice.id)
      if (events.at(-1)?.id !== String(notice.id)) {
        throw storeFailed('Postgres: an event was removed before this process had read it')
      }
      for (const event of events) give(topic, event)
    }
  }
}

function give(topic: Topic, event: StoredEvent): void {
  topic.position = BigInt(event.id)
  for (const { deliver } of topic.listeners) deliver(event)
}

/** The text after the id in a payload, if there is room for it. */
export function payloadOf(fields: string): string {
  const text = ` ${JSON.stringify(fields)}` // JSON escapes NUL, which Postgres cannot hold in a text
  return Buffer.byteLength(text) <= PAYLOAD_LIMIT - ID_LENGTH ? text : ''
}

/** `undefined` for what another program has sent on the channel. */
function readNotice(payload: string): Notice | undefined {
  const [, id = '', json] = /^(\d{1,19})(?: (".*"))?$/s.exec(payload) ?? []
  if (id === '') return undefined
  try {
    return { id: BigInt(id), fields: json === undefined ? undefined : String(JSON.parse(json)) }
  } catch {
    return undefined
  }
}

/** The channel on which Postgres tells of a topic: names of channels have at most 63 bytes. */
export function channelOf(table: string, topic: string): string {
  return `response_kit_${createHash('sha256').update(`${table}\0${topic}`).digest('hex').slice(0, 40)}`
}
