import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { Client, Pool, type PoolClient, types as pgTypes, type QueryResult } from 'pg'
import type { StoredEvent } from '../../src/index.js'
import { type PostgresPool, postgresClaims, postgresStore } from '../../src/postgres/index.js'
import { checkChannelStore, checkClaims } from '../../src/testing/index.js'
import { hasPostgres, startPostgres } from '../support/postgres-server.js'
import type { StoreServer } from '../support/redis-server.js'
import { checkRemoved, checkReturning, PageReads } from '../support/returning-clients.js'
import { Sandbox } from '../support/sandbox.js'

const failureOf = async (call: () => unknown): Promise<Error & { readonly code?: string }> => {
  try {
    await call()
  } catch (error) {
    return error as Error
  }
  return new Error('no error')
}

/** A pool that sends some statements on a connection of the test, or tells of their answers. */
function wrapped(
  pool: Pool,
  choose: (text: string) => PoolClient | undefined,
  watch = (_: string, answer: Promise<QueryResult>) => answer,
): PostgresPool {
  const wrapper = {
    totalCount: 0,
    on: () => undefined,
    query: () => undefined,
    async connect() {
      const client = await pool.connect()
      const query = (text: string, values: unknown[]) => watch(text, (choose(text) ?? client).query(text, values))
      return { query, release: () => client.release(), on: () => undefined, off: () => undefined }
    },
  }
  return wrapper
}

describe('postgresStore and postgresClaims: arguments', () => {
  const pool = new Pool()

  for (const [what, value] of Object.entries({
    nothing: undefined,
    'a URL': 'postgres://user:hunter2@localhost',
    'the options of a pool': { host: 'localhost', password: 'hunter2' },
    'a Client': new Client(),
  })) {
    it(`refuse a pool that is ${what}`, async () => {
      for (const make of [postgresStore, postgresClaims]) {
        const error = await failureOf(() => make(value as unknown as PostgresPool))
        expect(error.code).to.equal('INVALID_ARGUMENT')
        expect(error.message).to.include(`${make.name}: pool must be a Pool of the package 'pg'`)
        expect(error.message).not.to.include('hunter2')
      }
    })
  }

  for (const options of [
    { table: 'a; drop table b' },
    { table: 'a.b.c' },
    { table: '' },
    { table: 1 },
    { maxLength: 0 },
    { maxAge: 1e-9 },
    { maxage: 1 },
  ]) {
    it(`refuse the options ${JSON.stringify(options)}`, async () => {
      expect(await failureOf(() => postgresStore(pool, options as object))).to.include({ code: 'INVALID_OPTION' })
    })
  }

  it('refuse a table that is no name, also for claims', async () => {
    expect(await failureOf(() => postgresClaims(pool, { table: 'A"' }))).to.include({ code: 'INVALID_OPTION' })
  })
})

describe('postgresStore and postgresClaims', function () {
  this.timeout(60_000)
  if (!hasPostgres('postgresStore and postgresClaims')) return
  let sandbox: Sandbox
  let server: StoreServer
  let pool: Pool
  const pools: Pool[] = []
  const makePool = (options: object = {}): Pool => {
    const made = new Pool({ host: '127.0.0.1', port: server.port, user: 'postgres', database: 'postgres', ...options })
    pools.push(made)
    return made
  }
  before(async () => {
    sandbox = new Sandbox()
    server = await startPostgres(sandbox)
  })
  after(async () => {
    await server?.stop()
    sandbox?.remove()
  })
  beforeEach(() => {
    pool = makePool()
  })
  afterEach(async () => {
    await Promise.all(pools.splice(0).map((each) => each.end()))
  })

  it('keep the contract, also if two processes make the tables at the same moment', async () => {
    const other = makePool()
    await Promise.all([
      checkChannelStore(postgresStore(pool), { other: postgresStore(other) }),
      checkClaims(postgresClaims(pool), { other: postgresClaims(other) }),
    ])
  })

  it('keep the contract in tables of a schema, with a pool of another parser of numbers', async () => {
    await pool.query('create schema app')
    // As an app has it that reads bigint and bytea into objects of its own.
    const types = { getTypeParser: (id: number) => ([17, 20].includes(id) ? () => ({}) : pgTypes.getTypeParser(id)) }
    const odd = makePool({ types })
    const options = { table: 'app.events' }
    await checkChannelStore(postgresStore(odd, options).topic('a'), { other: postgresStore(pool, options).topic('a') })
  })

  it('a transaction that got its number first and commits last is not skipped', async () => {
    const store = postgresStore(pool).topic('order')
    const seen: string[] = []
    const feed = await store.subscribe(
      ({ fields }) => void seen.push(fields),
      () => undefined,
    )
    const slow = await pool.connect()
    await slow.query('begin')
    // The statement of append(), in a transaction that stays open: other publishers of the topic must wait for its end.
    const statements: string[] = []
    const spy = postgresStore(
      wrapped(pool, (text) => {
        if (!text.startsWith('with lock')) return undefined
        statements.push(text)
        return slow
      }),
    ).topic('order')
    const first = await spy.append({ id: undefined, fields: 'first' })
    let isKept = false
    const second = Promise.resolve(store.append({ id: undefined, fields: 'second' })).then((event) => {
      isKept = true
      return event
    })
    await pool.query('select pg_sleep(0.1)')
    expect(statements).to.have.length(1)
    expect(isKept).to.equal(false)
    await slow.query('commit')
    slow.release()
    const { id } = await second
    expect(Number(id)).to.be.above(Number(first.id))
    while (seen.length < 2) await turn()
    expect(seen).to.deep.equal(['first', 'second'])
    await feed.close()
  })

  it('many clients that return at once are read for a few at a time', async () => {
    const reads = new PageReads()
    const counted = wrapped(
      makePool(),
      () => undefined,
      (text, answer) => {
        if (!text.includes('as fields')) return answer
        return reads.count(answer, ({ rows }) =>
          rows.reduce((sum, { fields }) => sum + Buffer.from(fields, 'base64').length, 0),
        )
      },
    )
    await checkReturning(postgresStore(counted).topic('returning'), reads)
  })

  it('a client that stalls learns that an event was removed', () =>
    checkRemoved(postgresStore(pool, { maxLength: 100 }).topic('removed')))

  it('publishers of one topic do not wait for those of another', async () => {
    const holder = await pool.connect()
    await holder.query('begin')
    const store = postgresStore(wrapped(pool, (text) => (text.startsWith('with lock') ? holder : undefined)))
    await store.topic('held').append({ id: undefined, fields: 'x' })
    await postgresStore(pool).topic('free').append({ id: undefined, fields: 'y' })
    await holder.query('rollback')
    holder.release()
  })

  it('one connection listens to all topics of a process, and goes back with the last of them', async () => {
    const store = postgresStore(pool)
    const seen: string[] = []
    const subscriptions = []
    for (let number = 0; number < 20; number++) {
      const deliver = ({ fields }: StoredEvent): void => void seen.push(fields)
      subscriptions.push(await store.topic(`t${number}`).subscribe(deliver, () => undefined))
    }
    const listening = async (): Promise<number> => {
      const { rows } = await pool.query(
        "select 1 from pg_stat_activity where query ilike 'listen%' or query ilike 'unlisten%'",
      )
      return rows.length
    }
    for (let number = 0; number < 20; number++)
      await store.topic(`t${number}`).append({ id: undefined, fields: `${number}` })
    while (seen.length < 20) await turn()
    expect(await listening()).to.equal(1)
    for (const subscription of subscriptions) await subscription.close()
    while ((await listening()) > 0) await turn()
  })

  it('text of any length comes in order: what has no room in a payload is read from the table', async () => {
    const store = postgresStore(pool).topic('long')
    const seen: string[] = []
    const feed = await store.subscribe(
      ({ fields }) => void seen.push(fields),
      () => undefined,
    )
    // Around the limit of 7,999 bytes, with characters of one to six bytes in JSON.
    const texts = [7900, 7960, 7970, 7975, 7976, 7977, 7978, 7980, 7999, 8000, 8001, 100_000].flatMap((length) => [
      'a'.repeat(length),
      '\0'.repeat(Math.ceil(length / 6)),
      'é'.repeat(Math.ceil(length / 2)),
      'short',
    ])
    await Promise.all(texts.map((fields) => store.append({ id: undefined, fields })))
    while (seen.length < texts.length) await turn()
    expect([...seen].sort()).to.deep.equal([...texts].sort())
    const replayed: string[] = []
    for await (const { fields } of await store.since(feed.position)) replayed.push(fields)
    expect(seen).to.deep.equal(replayed)
    await feed.close()
  })

  it('what another program sends on the channel of a topic is passed over', async () => {
    const store = postgresStore(pool).topic('foreign')
    const seen: string[] = []
    const failures: Error[] = []
    const feed = await store.subscribe(
      ({ fields }) => void seen.push(fields),
      (error) => void failures.push(error),
    )
    const { rows } = await pool.query("select query from pg_stat_activity where query like 'listen%'")
    const channel = /"(\w+)"/.exec(rows[0].query)?.[1]
    for (const payload of ['', 'x', '1 {', '99999999999 {', '99999999999 "', '99999999999 {}', '1e9 ""']) {
      await pool.query('select pg_notify($1, $2)', [channel, payload])
    }
    await store.append({ id: undefined, fields: 'own' })
    while (seen.length === 0) await turn()
    expect([seen, failures]).to.deep.equal([['own'], []])
    await feed.close()
  })

  it('old events are removed: above the length, and after their time', async () => {
    const options = { table: 'kept_events', maxLength: 50, maxAge: '1h' }
    const store = postgresStore(pool, options)
    await store.append({ id: undefined, fields: 'first' })
    await pool.query("update kept_events set created = now() - interval '2 hours'")
    const count = async (): Promise<number> =>
      Number((await pool.query('select count(*) from kept_events')).rows[0].count)
    for (let number = 0; number < 250; number++) await store.append({ id: undefined, fields: 'x' })
    while ((await count()) > 150) await turn()
    const { rows } = await pool.query("select 1 from kept_events where created < now() - interval '1 hour'")
    expect(rows).to.have.length(0)
  })

  it('refuses an id of the publisher', async () => {
    const error = await failureOf(() => postgresStore(pool).append({ id: 'mine', fields: '' }))
    expect(error.message).to.equal("publish: id must be absent, because Postgres gives the ids, got 'mine'")
  })

  it('keeps() is false for an event that was removed', async () => {
    const store = postgresStore(pool).topic('kept')
    expect(await store.keeps?.('0')).to.equal(true)
    const { id } = await store.append({ id: undefined, fields: 'x' })
    expect(await store.keeps?.(id)).to.equal(true)
    await pool.query("delete from response_kit_events where topic = 'kept'")
    expect(await store.keeps?.(id)).to.equal(false)
  })

  it('a role that may not create tables uses those that are there; if there are none, the error says so', async () => {
    await postgresStore(pool).append({ id: undefined, fields: 'x' })
    await pool.query('create role reader login; grant select, insert, delete on response_kit_events to reader')
    const poor = makePool({ user: 'reader' })
    await postgresStore(poor).append({ id: undefined, fields: 'x' })
    const error = await failureOf(() =>
      postgresStore(poor, { table: 'not_there' }).append({ id: undefined, fields: 'x' }),
    )
    expect(error).to.include({ code: 'STORE_FAILED' })
    expect(error.message).to.match(/^Postgres refuses select: permission denied/)
  })

  it('an event that waits for a connection until its publisher is told of a failure is not published later', async () => {
    const small = makePool({ max: 1 })
    const store = postgresStore(small).topic('late')
    const { id } = await store.append({ id: undefined, fields: 'before' })
    const held = await small.connect() // as if it hung
    const failures = await Promise.all(
      [1, 2].map(() => failureOf(() => store.append({ id: undefined, fields: 'late' }))),
    )
    for (const error of failures) expect(error.message).to.include('no answer in 5 seconds')
    held.release()
    await store.append({ id: undefined, fields: 'after' })
    const fields: string[] = []
    for await (const event of store.since(id) as AsyncIterable<StoredEvent>) fields.push(event.fields)
    expect(fields).to.deep.equal(['after'])
  })

  it('a pool of one connection publishes, and is not given to a channel with clients', async () => {
    const store = postgresStore(makePool({ max: 1 })).topic('one')
    const failure = await failureOf(() =>
      store.subscribe(
        () => undefined,
        () => undefined,
      ),
    )
    expect(failure).to.include({ code: 'NOT_CONFIGURED' })
    await store.append({ id: undefined, fields: 'x' })
  })

  it('a table that is dropped in use is made again, and its events are new ones for every client', async () => {
    const options = { table: 'dropped_events' }
    const store = postgresStore(pool, options).topic('dropped')
    const claims = postgresClaims(pool, { table: 'dropped_claims' })
    const seen: string[] = []
    const feed = await store.subscribe(
      ({ fields }) => void seen.push(fields),
      () => undefined,
    )
    for (const fields of ['a', 'b', 'c']) await store.append({ id: undefined, fields })
    await claims.claim('x')
    while (seen.length < 3) await turn()
    await pool.query('drop table dropped_events; drop table dropped_claims')
    await store.append({ id: undefined, fields: 'd' })
    expect(await claims.claim('x')).to.equal(true)
    while (seen.length < 4) await turn()
    expect(seen).to.deep.equal(['a', 'b', 'c', 'd'])
    await feed.close()
  })

  it('everything rejects at once while the server is away, the feed breaks off, and all works when it is back', async () => {
    const store = postgresStore(pool).topic('away')
    const failures: Error[] = []
    await store.append({ id: undefined, fields: 'before' })
    await store.subscribe(
      () => undefined,
      (error) => void failures.push(error),
    )
    await server.kill()
    while (failures.length === 0) await turn()
    const calls = [
      () => store.append({ id: undefined, fields: 'lost' }),
      () =>
        store.subscribe(
          () => undefined,
          () => undefined,
        ),
      () => postgresClaims(pool).claim('x'),
    ]
    for (const error of [...failures, ...(await Promise.all(calls.map(failureOf)))]) {
      expect(error).to.include({ code: 'STORE_FAILED', status: 503 })
      expect(error.message).to.match(/^Postgres is away: .+/)
    }
    await server.restart()
    const { id } = await store.append({ id: undefined, fields: 'after' })
    const feed = await store.subscribe(
      () => undefined,
      () => undefined,
    )
    expect(feed.position).to.equal(id)
    await feed.close()
  })
})
