import { join } from 'node:path'
import { hasPostgres, startPostgres } from '../support/postgres-server.js'
import { Sandbox } from '../support/sandbox.js'
import { describeProcesses } from '../support/store-processes.js'

describe('two processes that share a PostgreSQL', function () {
  this.timeout(60_000)
  if (!hasPostgres('channels and claims of several processes')) return
  let sandbox: Sandbox
  before(() => {
    sandbox = new Sandbox()
  })
  after(() => sandbox?.remove())
  describeProcesses({
    module: join(import.meta.dirname, 'fixtures/open.ts'),
    clients: ['pg', 'pg'],
    start: () => startPostgres(sandbox),
  })
})
