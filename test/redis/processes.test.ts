import { join } from 'node:path'
import { hasRedis, startRedis } from '../support/redis-server.js'
import { Sandbox } from '../support/sandbox.js'
import { describeProcesses } from '../support/store-processes.js'

describe('two processes that share a Redis, one by ioredis and one by node-redis', function () {
  this.timeout(60_000)
  if (!hasRedis('channels and claims of several processes')) return
  let sandbox: Sandbox
  before(() => {
    sandbox = new Sandbox()
  })
  after(() => sandbox?.remove())
  describeProcesses({
    module: join(import.meta.dirname, 'fixtures/open.ts'),
    clients: ['ioredis', 'node-redis'],
    start: () => startRedis(sandbox.root),
  })
})
