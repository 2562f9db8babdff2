import { expect } from 'chai'
import { Cluster, Redis } from 'ioredis'
import * as ioredis6 from 'ioredis6'
import { createClient, createCluster, createSentinel } from 'redis'
import * as redis6 from 'redis6'
import { channel, type StoredEvent } from '../../src/index.js'
import { type RedisClient, redisClaims, redisStore } from '../../src/redis/index.js'
import { checkChannelStore, checkClaims } from '../../src/testing/index.js'
import { hasRedis, type StoreServer, startRedis } from '../support/redis-server.js'
import { checkRemoved, checkReturning, PageReads } from '../support/returning-clients.js'

const codeOf = (call: () => unknown): unknown => {
  try {
    call()
  } catch (error) {
    return [(error as { code: string }).code, String(error)]
  }
  return 'no error'
}

const failureOf = async (call: () => unknown): Promise<string> => {
  try {
    await call()
  } catch (error) {
    return (error as Error).message
  }
  return 'no error'
}

describe('redisStore and redisClaims: arguments', () => {
  const client = new Redis({ lazyConnect: true })

  for (const [what, value] of Object.entries({
    nothing: undefined,
    'a URL': 'redis://user:hunter2@localhost',
    'the options of a client': { host: 'localhost', password: 'hunter2' },
    'an object': {},
    'a class': Redis,
    'made by createCluster of node-redis': createCluster({ rootNodes: [] }),
    'made by createSentinel of node-redis': createSentinel({
      name: 'main',
      sentinelRootNodes: [{ host: 'a', port: 1 }],
    }),
    'made by version 4 of node-redis, whose connections have no destroy()': {
      on: () => undefined,
      duplicate: () => undefined,
      sendCommand: () => undefined,
      isReady: false,
      isPubSubActive: false,
    },
    'a client of another package': { on: () => undefined, duplicate: () => undefined, get: () => undefined },
  })) {
    it(`refuse a client that is ${what}`, () => {
      for (const make of [redisStore, redisClaims]) {
        const [code, message] = codeOf(() => make(value as unknown as RedisClient)) as [string, string]
        expect(code).to.equal('INVALID_ARGUMENT')
        expect(message).to.include(`${make.name}: client must be a client of 'ioredis'`).and.to.include("of 'redis'")
        expect(message).not.to.include('hunter2')
      }
    })
  }

  for (const options of [
    { prefix: 1 },
    { maxLength: 0 },
    { maxLength: 1.5 },
    { maxLength: '10' },
    { maxAge: 'soon' },
    { maxAge: '1ms' },
    { maxage: '1d' },
    { prefix: null },
  ]) {
    it(`refuse the options ${JSON.stringify(options)}`, () => {
      expect(codeOf(() => redisStore(client, options as object))).to.include('INVALID_OPTION')
    })
  }

  it('refuse a prefix that is no text, also for claims', () => {
    expect(codeOf(() => redisClaims(client, { prefix: 1 } as object))).to.include('INVALID_OPTION')
  })

  for (const name of ['', 'a\nb', 'x'.repeat(201), 'a\0', 7, undefined]) {
    it(`refuse the topic ${JSON.stringify(name)}`, () => {
      expect(codeOf(() => redisStore(client).topic(name as string))).to.include('INVALID_ARGUMENT')
    })
  }

  it('demand a tag in the prefix on a cluster, which the default has', () => {
    const cluster = new Cluster([{ host: '127.0.0.1', port: 1 }], { lazyConnect: true })
    expect(codeOf(() => redisStore(cluster, { prefix: 'app:' }))).to.include('INVALID_OPTION')
    redisStore(cluster)
    redisStore(cluster, { prefix: 'app:{events}:' })
  })
})

describe('redisStore and redisClaims', function () {
  this.timeout(30_000)
  if (!hasRedis('redisStore and redisClaims')) return
  let server: StoreServer
  let client: Redis
  const used: RedisClient[] = []
  before(async () => {
    server = await startRedis()
  })
  after(() => server?.stop())
  beforeEach(() => {
    client = ioredis()
  })
  afterEach(async () => {
    for (const each of used.splice(0)) redisStore(each).close()
    await client.flushall()
    client.disconnect()
  })

  function ioredis(options: object = {}): Redis {
    const made = new Redis({ port: server.port, host: '127.0.0.1', lazyConnect: true, ...options })
    used.push(made)
    return made
  }
  function nodeRedis(options: object = {}): RedisClient {
    const made = createClient({ socket: { host: '127.0.0.1', port: server.port }, ...options })
    used.push(made)
    return made
  }
  const monitor = async (task: () => Promise<unknown>): Promise<string[]> => {
    const before = await client.call('INFO', 'commandstats')
    await task()
    const after = await client.call('INFO', 'commandstats')
    const counts = (text: unknown): Map<string, number> =>
      new Map(
        [...String(text).matchAll(/cmdstat_([\w|]+):calls=(\d+)/g)].map(([, name = '', calls]) => [
          name,
          Number(calls),
        ]),
      )
    const old = counts(before)
    return [...counts(after)].flatMap(([name, calls]) =>
      Array.from({ length: calls - (old.get(name) ?? 0) }, () => name),
    )
  }

  it('keep the contract with ioredis', async () => {
    await Promise.all([
      checkChannelStore(redisStore(client), { other: redisStore(ioredis()) }),
      checkClaims(redisClaims(client), { other: redisClaims(ioredis()) }),
    ])
  })

  it('keep the contract with node-redis, beside a process with ioredis', async () => {
    await Promise.all([
      checkChannelStore(redisStore(nodeRedis()).topic('mixed'), { other: redisStore(ioredis()).topic('mixed') }),
      checkClaims(redisClaims(nodeRedis()), { other: redisClaims(ioredis()) }),
    ])
  })

  for (const [what, make] of Object.entries({
    'ioredis 6': () => new ioredis6.Redis({ port: server.port, host: '127.0.0.1', lazyConnect: true }),
    'ioredis 6 that speaks RESP2': () =>
      new ioredis6.Redis({ port: server.port, host: '127.0.0.1', lazyConnect: true, protocol: 2 }),
    'ioredis 6 whose replies are maps': () =>
      new ioredis6.Redis({ port: server.port, host: '127.0.0.1', lazyConnect: true, replyMapping: 'resp3' }),
    'redis 6': () => redis6.createClient({ socket: { host: '127.0.0.1', port: server.port } }),
    'redis 6 that speaks RESP3': () =>
      redis6.createClient({ RESP: 3, socket: { host: '127.0.0.1', port: server.port } }),
  })) {
    it(`keep the contract with ${what}, beside a process with ioredis 5`, async () => {
      const newer: RedisClient = make()
      used.push(newer)
      const failures: string[] = []
      const news = channel({
        store: redisStore(newer).topic('news'),
        onError: ({ message }) => void failures.push(message),
      })
      const events = news.events({ lastEventId: '0-0' })
      for (const data of ['first', 'second', 'third']) {
        await news.publish(data)
        expect((await events.next()).value?.data).to.equal(data)
      }
      await news.close()
      expect(failures).to.deep.equal([]) // the feed has never broken off
      await Promise.all([
        checkChannelStore(redisStore(newer), { other: redisStore(ioredis()) }),
        checkClaims(redisClaims(newer), { other: redisClaims(ioredis()) }),
      ])
    })
  }

  it('keep the contract with clients that have a keyPrefix, pipeline by themselves, or speak RESP3', async () => {
    const own = ioredis({ keyPrefix: 'app:', enableAutoPipelining: true })
    const other = redisStore(nodeRedis({ RESP: 3 }), { prefix: 'app:response-kit:{events}:' })
    await checkChannelStore(redisStore(own), { other })
    const keys = (await client.keys('*')).filter((key) => !key.includes('wake:'))
    expect(keys).to.deep.equal(['app:response-kit:{events}:topic:main'])
  })

  // The reader waits for 5 seconds in silence.
  for (const [what, make] of Object.entries({
    'ioredis with socketTimeout': () => ioredis({ socketTimeout: 200 }),
    'node-redis with socketTimeout': () =>
      nodeRedis({ socket: { host: '127.0.0.1', port: server.port, socketTimeout: 200 } }),
  })) {
    it(`a feed does not break off because nothing is published: ${what}`, async () => {
      const store = redisStore(make())
      const failures: Error[] = []
      const seen: string[] = []
      const feed = await store.subscribe(
        ({ fields }) => void seen.push(fields),
        (error) => void failures.push(error),
      )
      const readers = async (): Promise<number> =>
        String(await client.call('CLIENT', 'LIST'))
          .split('\n')
          .filter((line) => line.includes('cmd=xread') && Number(/ age=(\d+)/.exec(line)?.[1]) >= 2).length
      while (failures.length === 0 && (await readers()) === 0) await new Promise((resolve) => setImmediate(resolve))
      expect(failures).to.deep.equal([])
      await store.append({ id: undefined, fields: 'after the silence' })
      while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve))
      await feed.close()
    })
  }

  it('keep the contract with a node-redis that has a cache on its side', async () => {
    const cached = nodeRedis({ RESP: 3, clientSideCache: { ttl: 0, maxEntries: 0, evictPolicy: 'LRU' } })
    await Promise.all([checkChannelStore(redisStore(cached)), checkClaims(redisClaims(cached))])
  })

  it('all topics of a process are read by one blocking connection, which ends with the last of them', async () => {
    const store = redisStore(client)
    const seen: string[] = []
    const readers = async (): Promise<number> =>
      String(await client.call('CLIENT', 'LIST'))
        .split('\n')
        .filter((line) => line.includes('cmd=xread')).length
    const subscriptions = []
    for (let number = 0; number < 50; number++) {
      const deliver = ({ fields }: StoredEvent): void => void seen.push(fields)
      subscriptions.push(await store.topic(`t${number}`).subscribe(deliver, () => undefined))
    }
    const started = performance.now()
    for (let number = 0; number < 50; number++)
      await store.topic(`t${number}`).append({ id: undefined, fields: `${number}` })
    while (seen.length < 50) await new Promise((resolve) => setImmediate(resolve))
    expect(performance.now() - started).to.be.below(4000) // a reader that is not woken waits for 5 seconds
    expect([...seen].sort()).to.deep.equal(Array.from({ length: 50 }, (_, number) => `${number}`).sort())
    expect(await readers()).to.equal(1)
    for (const subscription of subscriptions) await subscription.close()
    while ((await readers()) > 0) await new Promise((resolve) => setImmediate(resolve))
  })

  it('many clients that return at once are read for a few at a time', async () => {
    const reads = new PageReads()
    class Counted extends Redis {
      override duplicate(options?: object): Redis {
        return new Counted({ ...this.options, ...options })
      }
      override call(command: string, ...given: any[]): Promise<unknown> {
        const answer = super.call(command, ...given)
        if (command !== 'XRANGE') return answer
        return reads.count(answer, (page) =>
          (page as [string, string[]][]).reduce((sum, [, [, text = '']]) => sum + text.length, 0),
        )
      }
    }
    const counted = new Counted({ port: server.port, host: '127.0.0.1', lazyConnect: true })
    used.push(counted)
    await checkReturning(redisStore(counted), reads)
  })

  it('a client that stalls learns that an event was removed', () =>
    checkRemoved(redisStore(client, { maxLength: 100, prefix: 'removed:' })))

  it('an event costs one command of the publisher', async () => {
    const store = redisStore(client)
    await store.append({ id: undefined, fields: 'first' })
    const commands = await monitor(async () => {
      for (let count = 0; count < 20; count++) await store.append({ id: undefined, fields: 'data: x\n' })
    })
    expect(commands.filter((name) => name !== 'info')).to.deep.equal(Array.from({ length: 20 }, () => 'xadd'))
  })

  it('a topic is trimmed by length and by age, and its key goes when it is silent', async () => {
    const short = redisStore(client, { maxLength: 100, prefix: '{short}:' })
    for (let count = 0; count < 1000; count++) await short.append({ id: undefined, fields: 'x' })
    expect(await client.xlen('{short}:topic:main')).to.be.within(100, 300) // Redis removes whole nodes of 100 entries
    const key = '{young}:topic:main'
    const dayMs = 86_400_000
    for (let count = 0; count < 300; count++) await client.xadd(key, `${1000 + count}-0`, 'fields', 'old')
    const young = redisStore(client, { prefix: '{young}:' })
    await young.append({ id: undefined, fields: 'new' })
    while ((await client.xlen(key)) > 100) await new Promise((resolve) => setImmediate(resolve))
    expect(await client.pttl(key)).to.be.within(dayMs, 1.2 * dayMs)
  })

  it('refuses an id of the publisher, which Redis would not keep', async () => {
    const refusal = await failureOf(() => redisStore(client).append({ id: 'mine', fields: '' }))
    expect(refusal).to.equal("publish: id must be absent, because Redis gives the ids, got 'mine'")
  })

  it('keeps() is false for an event that was trimmed, and for the start of a stream that was', async () => {
    const store = redisStore(client, { prefix: '{kept}:' })
    expect(await store.keeps?.('0-0')).to.equal(true)
    const { id } = await store.append({ id: undefined, fields: 'x' })
    expect([await store.keeps?.('0-0'), await store.keeps?.(id)]).to.deep.equal([true, true])
    await store.append({ id: undefined, fields: 'y' })
    await client.xtrim('{kept}:topic:main', 'MAXLEN', 1)
    expect([await store.keeps?.('0-0'), await store.keeps?.(id)]).to.deep.equal([false, false])
  })

  for (const make of [ioredis, nodeRedis]) {
    it(`everything rejects at once while the server is away, and works when it is back: ${make.name}`, async () => {
      const own = await startRedis()
      const away = make({ port: own.port, socket: { host: '127.0.0.1', port: own.port } })
      const store = redisStore(away)
      const failures: Error[] = []
      await store.append({ id: undefined, fields: 'before' })
      await store.subscribe(
        () => undefined,
        (error) => void failures.push(error),
      )
      await own.kill()
      while (failures.length === 0) await new Promise((resolve) => setImmediate(resolve))
      const started = performance.now()
      const errors = await Promise.all(
        [
          () => store.append({ id: undefined, fields: 'lost' }),
          () =>
            store.subscribe(
              () => undefined,
              () => undefined,
            ),
          () => redisClaims(away).claim('x'),
        ].map((call) => Promise.resolve(call()).catch((error: Error) => error)),
      )
      expect(performance.now() - started).to.be.below(2000)
      for (const error of [...failures, ...errors]) {
        expect(error).to.include({ code: 'STORE_FAILED', status: 503 })
        expect(String(error)).to.match(/Redis is away: .+/)
      }
      await own.restart()
      await store.append({ id: undefined, fields: 'after' })
      store.close()
      await own.stop()
    })
  }

  it('a server that takes connections and does not answer is away', async () => {
    const silent = await startRedis()
    const store = redisStore(ioredis({ port: silent.port }))
    await store.append({ id: undefined, fields: 'x' })
    await client.call('PING')
    const stopped = new Redis(silent.port, '127.0.0.1')
    await stopped.call('CLIENT', 'PAUSE', '20000', 'WRITE')
    stopped.disconnect()
    const warnings: Error[] = []
    const note = (warning: Error): void => void warnings.push(warning)
    process.on('warning', note)
    // More than the listeners of one kind that Node takes without a warning.
    const errors = await Promise.all(
      Array.from({ length: 12 }, () => failureOf(() => store.append({ id: undefined, fields: 'y' }))),
    )
    await new Promise((resolve) => setImmediate(resolve)) // a warning comes in a later turn
    process.off('warning', note)
    expect(warnings).to.deep.equal([])
    expect(errors[0]).to.include('Redis is away: XADD: no answer in 5 seconds')
    for (const error of errors) expect(error).to.include('Redis is away: XADD: ')
    await silent.kill()
  })

  it('a command that Redis refuses says so', async () => {
    await client.set('{odd}:topic:main', 'no stream')
    const error = await failureOf(() => redisStore(client, { prefix: '{odd}:' }).append({ id: undefined, fields: 'x' }))
    expect(error).to.match(/^Redis refuses XADD: WRONGTYPE/)
  })

  it('the end of the client ends the connections of the kit: the process can exit', async () => {
    const own = ioredis({ lazyConnect: false })
    const failures: string[] = []
    const store = redisStore(own)
    await store.subscribe(
      () => undefined,
      ({ message }) => void failures.push(message),
    )
    await own.quit()
    while (failures.length === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(failures).to.deep.equal(['Redis: the client was closed'])
  })
})
