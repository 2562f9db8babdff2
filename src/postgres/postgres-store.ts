import { checkKeys } from '../shared/checks/check-keys.js'
import type { Duration } from '../shared/checks/duration.js'
import type {
  ChannelStore,
  ChannelSubscription,
  StoredEvent,
  TopicStore,
} from '../shared/streams/channel/channel-store.js'
import { type ReadQueue, Replay } from '../shared/streams/channel/replay.js'
import {
  checkTopicName,
  MAIN_TOPIC,
  type Retention,
  readRetention,
  refuseOwnId,
  storeFailed,
} from '../shared/streams/channel/server-store.js'
import { channelOf, NoticeReader, payloadOf } from './notice-reader.js'
import { type PostgresPool, type PostgresServer, type Row, readPool } from './postgres-pool.js'
import { lockOf, readTable, type Table } from './tables.js'

/** Options of `postgresStore()`. */
export interface PostgresStoreOptions {
  /** The table of the events, with its schema if it needs one. It is made if it is not there. Default `'response_kit_events'`. */
  readonly table?: string
  /** About how many events of each topic are kept for clients that return. Default 1000. */
  readonly maxLength?: number
  /** About how long the events of the table are kept. Seconds, or a duration with its unit. Default `'1d'`. */
  readonly maxAge?: Duration
}

/** Numbers go on above those of a table that was dropped: a client takes a lower one for an event that it has. */
const columns = (): string => `
  topic text not null,
  id bigint generated always as identity (start with ${Date.now()}),
  fields bytea not null,
  created timestamptz not null default now(),
  primary key (topic, id)`

/** How many events are appended between two times that old ones are removed. */
const TRIM_EVERY = 100
const LARGEST_ID = 2n ** 63n - 1n

/**
 * Keeps the events of channels in a table of Postgres and tells of them by `LISTEN` and `NOTIFY`, for apps whose only server
 * is Postgres: `channel({ store: postgresStore(pool) })`.
 *
 * @param pool A `Pool` of the package `pg`. As long as a channel has clients, the kit keeps one of its connections.
 * @param options `table`, `maxLength` and `maxAge`.
 * @throws `INVALID_ARGUMENT`, `INVALID_OPTION`. Publishing rejects with `STORE_FAILED` while Postgres is away.
 * @example const news = channel({ store: postgresStore(new Pool()).topic('news') })
 */
export function postgresStore(pool: PostgresPool, options: PostgresStoreOptions = {}): TopicStore {
  const server = readPool(pool, 'postgresStore')
  checkKeys('postgresStore()', options, ['table', 'maxLength', 'maxAge'])
  const name = options.table === undefined ? 'response_kit_events' : options.table
  const table = readTable(server, name, 'postgresStore()', columns)
  const shared: Shared = {
    table,
    reader: readerOf(server, table),
    reads: server.reads,
    ...readRetention('postgresStore()', options),
  }
  const main = new PostgresTopic(shared, MAIN_TOPIC)
  return {
    append: (event) => main.append(event),
    subscribe: (deliver, fail) => main.subscribe(deliver, fail),
    since: (id) => main.since(id),
    keeps: (id) => main.keeps(id),
    topic: (topic) => new PostgresTopic(shared, checkTopicName(topic, 'topic')),
  }
}

interface Shared extends Retention {
  readonly table: Table
  readonly reader: NoticeReader
  readonly reads: ReadQueue
}

const readers = new WeakMap<PostgresServer, Map<string, NoticeReader>>()

/** Stores of one pool and one table share the connection that listens. */
function readerOf(server: PostgresServer, table: Table): NoticeReader {
  const ofServer = readers.get(server) ?? new Map<string, NoticeReader>()
  readers.set(server, ofServer)
  const reader = ofServer.get(table.sql) ?? new NoticeReader(server, eventTable(table))
  ofServer.set(table.sql, reader)
  return reader
}

function eventTable({ sql, query }: Table): ConstructorParameters<typeof NoticeReader>[1] {
  return {
    async lastId(topic) {
      const [row] = await query(`select max(id)::text as id from ${sql} where topic = $1`, [topic])
      return BigInt(typeof row?.id === 'string' ? row.id : 0)
    },
    async between(topic, after, last) {
      const where = 'topic = $1 and id > $2 and id <= $3'
      const rows = await query(`select ${EVENT} from ${sql} where ${where} order by id`, [
        topic,
        String(after),
        String(last),
      ])
      return rows.map(toStoredEvent)
    },
  }
}

/** As text, whichever parsers of types the app has given `pg`. */
const EVENT = "id::text as event, encode(fields, 'base64') as fields"

function toStoredEvent({ event, fields }: Row): StoredEvent {
  return { id: String(event), fields: Buffer.from(String(fields), 'base64').toString() }
}

function isEventId(id: string): boolean {
  return /^[1-9]\d{0,18}$/.test(id) && BigInt(id) <= LARGEST_ID
}

class PostgresTopic implements ChannelStore {
  readonly #shared: Shared
  readonly #name: string
  readonly #lock: string
  readonly #channel: string
  /** How many events were appended here since old ones were removed, and when they are removed again. */
  #count = 0
  #nextTrim = 0

  constructor(shared: Shared, name: string) {
    this.#shared = shared
    this.#name = name
    this.#lock = lockOf(`${shared.table.sql}\0${name}`)
    this.#channel = channelOf(shared.table.sql, name)
  }

  /**
   * Numbers are given before a transaction commits, so that a reader could see a later one first and miss the other. The
   * lock of the topic is held from before the number is given until after the commit: numbers become visible in order.
   */
  async append({
    id: given,
    fields,
  }: {
    readonly id: string | undefined
    readonly fields: string
  }): Promise<StoredEvent> {
    refuseOwnId(given, 'Postgres')
    const { table } = this.#shared
    const [row] = await table.query(
      `with lock as materialized (select pg_advisory_xact_lock($1)),
       added as (insert into ${table.sql} (topic, fields) select $2::text, $3::bytea from lock returning id)
       select id::text as event, pg_notify($4, id::text || $5::text) from added`,
      [this.#lock, this.#name, Buffer.from(fields), this.#channel, payloadOf(fields)],
    )
    this.#trim()
    return { id: String(row?.event), fields }
  }

  async subscribe(deliver: (event: StoredEvent) => void, fail: (error: Error) => void): Promise<ChannelSubscription> {
    await this.#shared.table.ready()
    return this.#shared.reader.subscribe(this.#name, this.#channel, { deliver, fail })
  }

  since(id: string): Replay {
    const { table, reads } = this.#shared
    // If Postgres does not have the event (any more), it gives all that is kept. One statement sees one state of the table,
    // and encodes the events of the page alone: the planner may sort all of the topic before it.
    const known = `select id from ${table.sql} where topic = $1 and id = $2`
    const page = `select id, fields from ${table.sql} where topic = $1 and id >= coalesce((${known}), 0) order by id limit $3`
    const events = `select ${EVENT} from (${page}) page order by id`
    return new Replay(reads, async (position, count) => {
      const after = position ?? (isEventId(id) ? id : '0')
      const rows = (await table.query(events, [this.#name, after, count + 1])).map(toStoredEvent)
      if (rows[0]?.id === after) return rows.slice(1)
      if (position !== undefined)
        throw storeFailed('Postgres: an event was removed before a client that returns had read it')
      return rows
    })
  }

  /** Whether `since(id)` gives every event after that one: Postgres still has the event itself, or none of the topic. */
  async keeps(id: string): Promise<boolean> {
    const { table, reads } = this.#shared
    const keeps = await reads.read(async () => {
      if (id !== '0') return this.#has(id)
      return (await table.query(`select 1 from ${table.sql} where topic = $1 limit 1`, [this.#name])).length === 0
    })
    return keeps === true
  }

  async #has(id: string): Promise<boolean> {
    if (!isEventId(id)) return false
    const { table } = this.#shared
    return (await table.query(`select 1 from ${table.sql} where topic = $1 and id = $2`, [this.#name, id])).length > 0
  }

  /** Removes what is above the limits, now and then. If it fails, a later call removes it. */
  #trim(): void {
    const { table, maxLength, maxAgeMs } = this.#shared
    const now = Date.now()
    if (++this.#count < TRIM_EVERY && now < this.#nextTrim) return
    this.#count = 0
    this.#nextTrim = now + maxAgeMs / 10
    const oldest = `select id from ${table.sql} where topic = $1 order by id desc offset $2 limit 1`
    table
      .query(`delete from ${table.sql} where topic = $1 and id <= (${oldest})`, [this.#name, maxLength])
      .then(() => table.query(`delete from ${table.sql} where created < now() - $1 * interval '1 ms'`, [maxAgeMs]))
      .catch(() => undefined)
  }
}
