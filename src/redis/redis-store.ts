import { checkKeys } from '../shared/checks/check-keys.js'
import type { Duration } from '../shared/checks/duration.js'
import { invalidRange, invalidType } from '../shared/checks/errors.js'
import type {
  ChannelStore,
  ChannelSubscription,
  StoredEvent,
  TopicStore,
} from '../shared/streams/channel/channel-store.js'
import { type Entry, Replay } from '../shared/streams/channel/replay.js'
import {
  checkTopicName,
  MAIN_TOPIC,
  type Retention,
  readRetention,
  refuseOwnId,
  storeFailed,
} from '../shared/streams/channel/server-store.js'
import type { RedisClient } from './redis-client.js'
import { type RedisProcess, redisProcessOf } from './redis-process.js'
import { FIELD, START, type StreamEntry, toEntry } from './stream-reader.js'

/** Options of `redisStore()`. */
export interface RedisStoreOptions {
  /**
   * What the keys begin with. A Redis Cluster keeps keys with the same text in braces on one node, which one reader needs: on
   * a cluster the prefix must have such a tag. Default `'response-kit:{events}:'`.
   */
  readonly prefix?: string
  /** About how many events of each topic are kept for clients that return. Default 1000. */
  readonly maxLength?: number
  /**
   * About how long events are kept. A topic that is silent for longer takes no memory. Needs Redis 6.2. Seconds, or a
   * duration with its unit. Default `'1d'`.
   */
  readonly maxAge?: Duration
}

/** A store for channels in Redis. */
export interface RedisStore extends TopicStore {
  /** Ends the connections that the kit has opened for this client. The end of the client does the same. */
  close(): void
}

const LARGEST_PART = 2n ** 64n - 1n

/**
 * Keeps the events of channels in Redis Streams, one for each topic: `channel({ store: redisStore(client) })`. The ids of
 * events are those of Redis, so a client may return to any process, also after a restart.
 *
 * @param client A client of `ioredis` or of `redis`. The kit opens two connections with its options: one that waits for the
 * events of all topics, and one for all else.
 * @param options `prefix`, `maxLength` and `maxAge`.
 * @throws `INVALID_ARGUMENT`, `INVALID_OPTION`. Publishing rejects with `STORE_FAILED` while Redis is away.
 * @example const news = channel({ store: redisStore(new Redis(url)).topic('news') })
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): RedisStore {
  const shared = redisProcessOf(client, 'redisStore')
  checkKeys('redisStore()', options, ['prefix', 'maxLength', 'maxAge'])
  const settings: Settings = {
    prefix: readPrefix(options.prefix, shared),
    ...readRetention('redisStore()', options),
  }
  const main = new RedisTopic(shared, settings, MAIN_TOPIC)
  return {
    append: (event) => main.append(event),
    subscribe: (deliver, fail) => main.subscribe(deliver, fail),
    since: (id) => main.since(id),
    keeps: (id) => main.keeps(id),
    topic: (name) => new RedisTopic(shared, settings, checkTopicName(name, 'topic')),
    close: () => shared.close(),
  }
}

interface Settings extends Retention {
  readonly prefix: string
}

class RedisTopic implements ChannelStore {
  readonly #process: RedisProcess
  readonly #settings: Settings
  readonly #key: string
  /** The time of the server, in milliseconds, at which old events are removed again. */
  #nextTrim = 0

  constructor(process: RedisProcess, settings: Settings, name: string) {
    this.#process = process
    this.#settings = settings
    this.#key = `${settings.prefix}topic:${name}`
  }

  async append({
    id: given,
    fields,
  }: {
    readonly id: string | undefined
    readonly fields: string
  }): Promise<StoredEvent> {
    refuseOwnId(given, 'Redis')
    const trim = ['MAXLEN', '~', `${this.#settings.maxLength}`]
    const answer = await this.#process.call('XADD', this.#key, ...trim, '*', FIELD, fields)
    const id = String(answer)
    this.#trimByAge(Number(id.split('-', 1)[0]))
    return { id, fields }
  }

  async subscribe(deliver: (event: StoredEvent) => void, fail: (error: Error) => void): Promise<ChannelSubscription> {
    const reader = this.#process.reader(this.#settings.prefix)
    const position = reader.positionOf(this.#key) ?? (await this.#lastId())
    return reader.add(this.#key, position, { deliver, fail })
  }

  since(id: string): Replay {
    return new Replay(this.#process.reads, async (position, count) => {
      const start = position ?? (isStreamId(id) ? id : START)
      const page = await this.#range(start, '+', count + 1)
      if (page[0]?.id === start) return page.slice(1)
      if (position !== undefined)
        throw storeFailed('Redis: an event was removed before a client that returns had read it')
      if (start === START) return page
      // Redis does not have it (any more): all that is kept. The id may also be of a stream that was lost, and so too high.
      return this.#range(START, '+', count)
    })
  }

  /** Whether `since(id)` gives every event after that one: Redis still has the event itself, or has removed none. */
  async keeps(id: string): Promise<boolean> {
    if (!isStreamId(id)) return false
    const keeps = await this.#process.reads.read(async () => {
      if (id !== START) return (await this.#range(id, id, 1)).length > 0
      return Number(await this.#process.call('EXISTS', this.#key)) === 0 || this.#hasAll()
    })
    return keeps === true
  }

  /** Whether no event was ever removed from the stream. Before Redis 7 that is not known. */
  async #hasAll(): Promise<boolean> {
    const answer = await this.#process.call('XINFO', 'STREAM', this.#key)
    const info = answer as readonly unknown[] // names and values in turn
    const [length, added] = ['length', 'entries-added'].map((name) => info[info.indexOf(name) + 1])
    return info.includes('entries-added') && length === added
  }

  /** Entries from an id on, that one included: Redis 6.0 knows no range that leaves it out. */
  async #range(start: string, end: string, count: number): Promise<readonly Entry[]> {
    const answer = await this.#process.call('XRANGE', this.#key, start, end, 'COUNT', `${count}`)
    return (answer as readonly StreamEntry[]).map(toEntry) // as Redis answers XRANGE
  }

  /** The id of the last event that Redis still has. */
  async #lastId(): Promise<string> {
    const answer = await this.#process.call('XREVRANGE', this.#key, '+', '-', 'COUNT', '1')
    const [last] = answer as readonly StreamEntry[] // as Redis answers XREVRANGE
    return last?.[0] ?? START
  }

  /** Ten times in `maxAge`. The key itself goes if nothing is appended for a little longer than that. */
  #trimByAge(now: number): void {
    if (now < this.#nextTrim) return
    const { maxAgeMs } = this.#settings
    this.#nextTrim = now + maxAgeMs / 10
    const calls = [
      ['PEXPIRE', this.#key, `${Math.ceil(maxAgeMs * 1.2)}`],
      ['XTRIM', this.#key, 'MINID', '~', `${Math.max(0, now - maxAgeMs)}`], // a syntax error before Redis 6.2
    ]
    for (const call of calls) this.#process.call(...call).catch(() => undefined)
  }
}

function isStreamId(id: string): boolean {
  return /^\d{1,20}-\d{1,20}$/.test(id) && id.split('-').every((part) => BigInt(part) <= LARGEST_PART)
}

function readPrefix(prefix: unknown, { server }: RedisProcess): string {
  const { keyPrefix, isCluster } = server
  const text = prefix === undefined ? 'response-kit:{events}:' : prefix
  if (typeof text !== 'string') throw invalidType("redisStore(): option 'prefix'", 'a string', text)
  if (isCluster && !/\{[^{}]+\}/.test(keyPrefix + text)) {
    throw invalidRange(
      "redisStore(): option 'prefix'",
      "a text with a tag for the cluster, as in 'app:{events}:'",
      text,
    )
  }
  return keyPrefix + text
}
