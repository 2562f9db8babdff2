import { randomUUID } from 'node:crypto'
import { toError } from '../shared/checks/errors.js'
import type { ChannelSubscription } from '../shared/streams/channel/channel-store.js'
import type { Entry } from '../shared/streams/channel/replay.js'
import type { Listener } from '../shared/streams/channel/server-store.js'
import type { Connection } from './redis-client.js'

/** The field of a stream's entries that holds an event. */
export const FIELD = 'fields'

/** One entry of a stream as Redis answers it: its id, and its fields with their values in turn. */
export type StreamEntry = readonly [id: string, fields: readonly string[]]

/** The most events of one topic that are read at once. */
const PAGE = 500
/** How long Redis waits for an event. A connection that is silent for much longer is dead. */
const BLOCK_MS = 5000
/** The key that wakes the reader is gone this long after the last use. */
const WAKE_LIFETIME_MS = 60_000
/** Stands before every id of a stream. */
export const START = '0-0'

interface Topic {
  /** The id of the last event that the listeners have. */
  position: string
  readonly listeners: Set<Listener>
}

/** What the reader needs of a server. */
interface Server {
  connect(): Promise<Connection>
  /** Sends a command on another connection than that of the reader. */
  call(...args: readonly string[]): Promise<unknown>
}

/** The reader's connection, from the first topic to the last. */
interface Run {
  connection: Connection | undefined
  /** Counts the commands that were sent. */
  count: number
  isWaiting: boolean
}

/** Reads the streams of all topics of this process that have a listener, with one blocking command. */
export class StreamReader {
  readonly #server: Server
  readonly #topics = new Map<string, Topic>()
  /** An entry of this stream ends the wait of the reader, so that it sees a new topic. */
  readonly #wakeKey: string
  #wakePosition = START
  #run: Run | undefined
  /** The wait that was last told to end. */
  #woken = 0

  constructor(server: Server, prefix: string) {
    this.#server = server
    this.#wakeKey = `${prefix}wake:${randomUUID()}`
  }

  /** The id after which a new listener of the stream gets events; `undefined` if no listener is there yet. */
  positionOf(key: string): string | undefined {
    return this.#topics.get(key)?.position
  }

  /** Adds a listener. `position` counts if it is the first one of the stream. */
  add(key: string, position: string, listener: Listener): ChannelSubscription {
    const topic = this.#topics.get(key) ?? { position, listeners: new Set() }
    topic.listeners.add(listener)
    if (!this.#topics.has(key)) {
      this.#topics.set(key, topic)
      if (this.#run === undefined) void this.#start()
      else this.#wake(this.#run)
    }
    const close = (): void => {
      topic.listeners.delete(listener)
      if (topic.listeners.size > 0 || this.#topics.get(key) !== topic) return
      this.#topics.delete(key)
      if (this.#topics.size === 0) this.#end()
    }
    return { position: topic.position, close }
  }

  /** Ends the feeds of all topics. */
  stop(error: Error): void {
    const topics = [...this.#topics.values()]
    this.#topics.clear()
    this.#end()
    for (const { listeners } of topics) for (const { fail } of listeners) fail(error)
  }

  #end(): void {
    this.#run?.connection?.close()
    this.#run = undefined
  }

  async #start(): Promise<void> {
    const run: Run = { connection: undefined, count: 0, isWaiting: false }
    this.#run = run
    this.#woken = 0
    try {
      const connection = await this.#server.connect()
      run.connection = connection
      while (this.#run === run) await this.#readOnce(run, connection)
      connection.close()
    } catch (reason) {
      run.connection?.close()
      if (this.#run === run) this.stop(toError(reason)) // else it was closed, or it has a successor
    }
  }

  async #readOnce(run: Run, connection: Connection): Promise<void> {
    const topics = new Map(this.#topics)
    const positions = [...topics.values()].map(({ position }) => position)
    const streams = [this.#wakeKey, ...topics.keys(), this.#wakePosition, ...positions]
    run.count++
    run.isWaiting = true
    const command = ['XREAD', 'COUNT', `${PAGE}`, 'BLOCK', `${BLOCK_MS}`, 'STREAMS', ...streams]
    const answer = await connection.call(command, 3 * BLOCK_MS).finally(() => {
      run.isWaiting = false
    })
    // Redis answers XREAD with null, or with pairs of a key and its entries.
    for (const [key, entries] of (answer ?? []) as readonly (readonly [string, readonly StreamEntry[]])[]) {
      if (key === this.#wakeKey) this.#wakePosition = entries.at(-1)?.[0] ?? this.#wakePosition
      else this.#deliver(key, topics.get(key), entries)
    }
  }

  #deliver(key: string, topic: Topic | undefined, entries: readonly StreamEntry[]): void {
    for (const entry of entries) {
      if (topic === undefined || this.#topics.get(key) !== topic) return // closed meanwhile
      const { id, fields } = toEntry(entry)
      topic.position = id
      if (fields !== undefined) for (const { deliver } of topic.listeners) deliver({ id, fields })
    }
  }

  /** Ends the wait of the reader, once. If that fails, the reader sees the new topic a few seconds later. */
  #wake({ isWaiting, count }: Run): void {
    if (!isWaiting || this.#woken === count) return
    this.#woken = count
    const key = this.#wakeKey
    this.#server
      .call('XADD', key, 'MAXLEN', '1', '*', 'wake', '1')
      .then(() => this.#server.call('PEXPIRE', key, `${WAKE_LIFETIME_MS}`))
      .catch(() => undefined)
  }
}

export function toEntry([id, pairs]: StreamEntry): Entry {
  for (let index = 0; index < pairs.length; index += 2) {
    const value = pairs[index + 1]
    if (pairs[index] === FIELD && value !== undefined) return { id, fields: value }
  }
  return { id, fields: undefined }
}
