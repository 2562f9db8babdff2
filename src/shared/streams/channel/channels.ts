import { AsyncResource } from 'node:async_hooks'
import { checkKeys } from '../../checks/check-keys.js'
import type { Duration } from '../../checks/duration.js'
import { invalidRange, invalidSecretType, invalidType } from '../../checks/errors.js'
import { readTimerMs } from '../stream-options.js'
import { type Channel, channel, coreOf } from './channel.js'
import type { ChannelClient } from './channel-client.js'
import { closedError, fullError, type TopicKeeper } from './channel-core.js'
import { type ChannelOptions, checkFunction, readMaxClients, readReplay } from './channel-options.js'
import type { ChannelStore } from './channel-store.js'
import type { EventSink } from './follower.js'
import { badTopicName } from './server-store.js'

/** Options of `channels()`. */
export interface ChannelsOptions {
  /** How many events each topic keeps for clients that return. Default 100. */
  readonly replay?: number
  /** Makes the store of each topic, as a function or by its method `topic`. Default: the memory of this process. */
  readonly store?: ((topic: string) => ChannelStore) | { topic(name: string): ChannelStore }
  /** How long a topic without clients is kept for those that return. Default 1 minute; 0: not at all. */
  readonly linger?: Duration
  /** How many clients this process serves from all topics. One more gets a 503 with Retry-After. Default: no limit. */
  readonly maxClients?: number
  /** Called with every failure of a store. Default: none. */
  readonly onError?: (error: Error, topic: string) => void
  /** Called with each client that joins a topic. Default: none. */
  readonly onJoin?: (client: ChannelClient, topic: string) => unknown
  /** Called with each client that leaves a topic. Default: none. */
  readonly onLeave?: (client: ChannelClient, topic: string) => unknown
}

/**
 * Channels by name, such as one for each room. A topic is made when it is asked for, and dropped when it has no clients.
 *
 * @param options The same for each topic. `linger`: how long a topic without clients is kept; default 1 minute.
 * @throws `INVALID_OPTION` for a bad option.
 * @example
 * const rooms = channels()
 * app.get('/rooms/:id', (req, res) => res.sse(rooms.topic(req.params.id)))
 */
export function channels(options: ChannelsOptions = {}): Channels {
  return new Channels(options)
}

/** A topic, which is held as long as it is needed. A topic that is dropped works on for code that still has it. */
interface Topic {
  readonly channel: WeakRef<Channel>
  held: Channel | undefined
  timer: NodeJS.Timeout | undefined
}

const DEFAULT_LINGER_MS = 60_000

/** Channels by name. */
export class Channels {
  readonly #options: ChannelsOptions
  readonly #makeStore: ((topic: string) => ChannelStore) | undefined
  readonly #lingerMs: number
  readonly #maxClients: number
  readonly #topics = new Map<string, Topic>()
  /** The streams and iterations that are in any topic, each with the number of its topics. */
  readonly #clients = new Map<EventSink, number>()
  /** Timers and topics that are made in the async context of a request would keep what belongs to the request. */
  readonly #context = new AsyncResource('ResponseKitChannels')
  /** Forgets the name of a topic that no code can use any more. */
  readonly #collected = new FinalizationRegistry<string>((name) => {
    if (this.#topics.get(name)?.channel.deref() === undefined) this.#topics.delete(name)
  })
  #isClosed = false

  constructor(options: ChannelsOptions = {}) {
    checkKeys('channels()', options, ['replay', 'store', 'linger', 'maxClients', 'onError', 'onJoin', 'onLeave'])
    for (const name of ['onError', 'onJoin', 'onLeave'] as const) {
      checkFunction(`channels: option '${name}'`, options[name])
    }
    this.#options = options
    this.#makeStore = readStores(options.store)
    this.#lingerMs = readTimerMs("channels: option 'linger'", options.linger, DEFAULT_LINGER_MS)
    this.#maxClients = readMaxClients("channels: option 'maxClients'", options.maxClients)
    if (options.replay === undefined) return
    readReplay("channels: option 'replay'", options.replay) // refuses a bad one
    if (options.store !== undefined) {
      throw invalidRange(
        "channels: option 'replay'",
        'absent beside stores, which decide what they keep',
        options.replay,
      )
    }
  }

  /** How many topics are held: those with clients, and those that had some a short time ago. */
  get size(): number {
    let size = 0
    for (const { held } of this.#topics.values()) if (held !== undefined) size++
    return size
  }

  /**
   * The channel of a name: the same one as long as it has clients, or code that holds it, and until it is closed.
   *
   * @param name Any text but the empty one. With Redis or Postgres: 1 to 200 characters, none of them a control character.
   * @throws `INVALID_ARGUMENT` if the name is no string, and with status 400 if it is no name; `ESHUTDOWN` after `close()`.
   * @example
   * rooms.topic('room:7').publish('hello', { except: userId })
   */
  topic(name: string): Channel {
    if (typeof name !== 'string') throw invalidType('topic: name', 'a string', name)
    if (name === '') throw badTopicName('topic: name', 'a string that is not empty', name)
    if (this.#isClosed) throw closedError()
    return this.#topics.get(name)?.channel.deref() ?? this.#context.runInAsyncScope(() => this.#create(name))
  }

  /**
   * Ends every stream of every topic, and the connections to the stores.
   *
   * @throws Nothing; it rejects if a store cannot be closed.
   * @example
   * await rooms.close()
   */
  async close(): Promise<void> {
    this.#isClosed = true
    const topics = [...this.#topics.values()]
    this.#topics.clear()
    for (const { timer } of topics) clearTimeout(timer)
    await Promise.all(topics.map(({ channel }) => channel.deref()?.close()))
  }

  #create(name: string): Channel {
    const { replay, onError, onJoin, onLeave } = this.#options
    const options: ChannelOptions = {
      name,
      ...(replay !== undefined && { replay }),
      ...(this.#makeStore !== undefined && { store: this.#makeStore(name) }),
      ...(onError !== undefined && { onError: (error: Error) => onError(error, name) }),
    }
    const made = channel(options)
    if (onJoin !== undefined) made.onJoin((client) => onJoin(client, name))
    if (onLeave !== undefined) made.onLeave((client) => onLeave(client, name))
    const topic: Topic = { channel: new WeakRef(made), held: undefined, timer: undefined }
    this.#topics.set(name, topic)
    this.#collected.register(made, name)
    coreOf(made).keeper = this.#keeperOf(name, topic)
    return made
  }

  /** What the channel of a topic tells. It does not hold the channel. */
  #keeperOf(name: string, topic: Topic): TopicKeeper {
    const hold = (): void => {
      clearTimeout(topic.timer)
      topic.held = topic.channel.deref()
    }
    const rest = (): void => {
      if (topic.held === undefined || topic.held.size > 0) return
      clearTimeout(topic.timer)
      this.#context.runInAsyncScope(() => {
        topic.timer = setTimeout(drop, this.#lingerMs, topic).unref()
      })
    }
    return {
      admit: (retryAfterSeconds) => {
        if (this.#clients.size >= this.#maxClients) throw fullError(retryAfterSeconds)
      },
      join: (client) => {
        this.#clients.set(client, (this.#clients.get(client) ?? 0) + 1)
        hold()
      },
      leave: (client) => {
        const count = this.#clients.get(client) ?? 0
        if (count > 1) this.#clients.set(client, count - 1)
        else this.#clients.delete(client)
        rest()
      },
      publish: () => {
        hold()
        rest()
      },
      close: () => {
        clearTimeout(topic.timer)
        topic.held = undefined
        if (this.#topics.get(name) === topic) this.#topics.delete(name)
      },
    }
  }
}

function readStores(store: ChannelsOptions['store']): ((topic: string) => ChannelStore) | undefined {
  if (store === undefined || typeof store === 'function') return store
  if (typeof store === 'object' && store !== null && typeof store.topic === 'function') {
    return (name) => store.topic(name)
  }
  throw invalidSecretType(
    "channels: option 'store'",
    'a function that makes the store of a topic, or an object with topic()',
    store,
  )
}

/** Lets go of a topic without clients. What its memory holds goes with it, if no other code has it. */
function drop(topic: Topic): void {
  const { held } = topic
  if (held === undefined || held.size > 0) return
  topic.held = undefined
  coreOf(held).disconnect()
}
