import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import * as ioredis5 from 'ioredis'
import * as ioredis6 from 'ioredis6'
import { channel } from '../../src/index.js'
import { type RedisClient, redisClaims, redisStore } from '../../src/redis/index.js'
import { checkChannelStore, checkClaims } from '../../src/testing/index.js'
import { hasRedis, type StoreServer, startCluster, startRedis, startSentinel } from '../support/redis-server.js'
import { Sandbox } from '../support/sandbox.js'

const { Redis } = ioredis5

for (const [version, { Cluster, Redis }] of Object.entries({
  'ioredis 5': ioredis5,
  'ioredis 6': ioredis6 as unknown as typeof ioredis5, // the same constructors
})) {
  describe(`redisStore and redisClaims on several servers: ${version}`, function () {
    this.timeout(60_000)
    if (!hasRedis('redisStore and redisClaims on a cluster and with Sentinel')) return
    let sandbox: Sandbox
    const servers: StoreServer[] = []
    const used: RedisClient[] = []
    beforeEach(() => {
      sandbox = new Sandbox()
    })
    afterEach(async () => {
      for (const each of used.splice(0)) redisStore(each).close()
      await Promise.all(servers.splice(0).map((each) => each.stop()))
      sandbox.remove()
    })
    const use = <Client extends RedisClient>(client: Client): Client => {
      used.push(client)
      return client
    }

    it('keep the contract on a cluster of three nodes, with one store on each of them', async () => {
      const nodes = await startCluster(sandbox.root, 3)
      servers.push(...nodes)
      const cluster = () => use(new Cluster([{ host: '127.0.0.1', port: nodes[0].port }], { lazyConnect: true }))
      // The slots of these tags are 15495, 3300 and 7365: each on another third of the 16384.
      const prefixes = ['app:{a}:', 'app:{b}:', 'app:{c}:']
      await Promise.all([
        ...prefixes.map((prefix) =>
          checkChannelStore(redisStore(cluster(), { prefix }), { other: redisStore(cluster(), { prefix }) }),
        ),
        checkClaims(redisClaims(cluster()), { other: redisClaims(cluster()) }),
      ])
      const claims = redisClaims(cluster())
      await Promise.all(Array.from({ length: 60 }, (_, index) => claims.claim(`spread-${index}`)))
      const keys = await Promise.all(nodes.map((node) => keysOf(node)))
      expect(keys.map((each) => each.filter((key) => key.endsWith(':topic:main')))).to.deep.equal([
        ['app:{b}:topic:main'],
        ['app:{c}:topic:main'],
        ['app:{a}:topic:main'],
      ])
      expect(keys.every((each) => each.some((key) => key.startsWith('response-kit:claim:')))).to.equal(true)
    })

    it('go on with the new master after Sentinel has replaced the one that died', async () => {
      const master = await startRedis(undefined, ['--repl-diskless-sync-delay', '0'])
      servers.push(master)
      const replica = await startRedis(undefined, ['--replicaof', '127.0.0.1', `${master.port}`])
      servers.push(replica)
      const sentinel = await startSentinel(sandbox.root, { master, replica })
      servers.push(sentinel)
      const sentinels = [{ host: '127.0.0.1', port: sentinel.port }]
      const client = use(new Redis({ sentinels, name: 'main', lazyConnect: true }))
      const [news, claims] = [channel({ store: redisStore(client), onError: () => undefined }), redisClaims(client)]
      const events = news.events({ lastEventId: '0-0' })
      await news.publish('before')
      expect((await events.next()).value?.data).to.equal('before')
      await claims.claim('once')
      while ((await ask(replica, 'EXISTS', 'response-kit:claim:once')) !== 1) await delay(20)

      await master.kill()
      await untilItWorks(() => news.publish('after'))
      expect((await events.next()).value?.data).to.equal('after')
      expect(await claims.claim('once'), 'claimed again after the failover').to.equal(false)
      expect(await ask(replica, 'ROLE')).to.have.property('0', 'master')
      await news.close()
    })
  })
}

async function ask(server: StoreServer, ...[command = '', ...args]: readonly string[]): Promise<unknown> {
  const admin = new Redis(server.port, '127.0.0.1')
  try {
    return await admin.call(command, args)
  } finally {
    admin.disconnect()
  }
}

const keysOf = async (server: StoreServer): Promise<string[]> => (await ask(server, 'KEYS', '*')) as string[] // as Redis answers

/** While the servers change their roles, calls reject. */
async function untilItWorks<Value>(call: () => Promise<Value>): Promise<Value> {
  for (;;) {
    try {
      return await call()
    } catch {
      await delay(50)
    }
  }
}
