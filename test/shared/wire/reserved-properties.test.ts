import { channel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { expect } from 'chai'
import { responseKit } from '../../../src/express/index.js'
import { listen } from '../../support/frameworks.js'
import { request } from '../../support/request.js'

const require = createRequire(import.meta.url)

describe('the reserved properties of responses', () => {
  it("leave no subscription of Node's channel after the servers that use the kit have closed", async () => {
    const starts = channel('http.server.request.start')
    const app = require('express5')().use(responseKit(), (_req: any, res: any) => res.text('x'))
    const servers = [await listen(app), await listen(app)]
    for (const { port } of servers) await request(port)
    await servers[0]?.close()
    await servers[1]?.close()
    for (const { server } of servers) if (server.listening) await once(server, 'close')
    expect(starts.hasSubscribers).to.equal(false)
  })
})
