import { join } from 'node:path'
import { expect } from 'chai'
import type { Browser, Page } from 'puppeteer-core'
import { hasChromium, startChromium } from '../support/chromium.js'
import { freePort } from '../support/free-port.js'
import { hasNginx, startNginx } from '../support/nginx.js'
import { hasPostgres, startPostgres } from '../support/postgres-server.js'
import { hasRedis, type StoreServer, startRedis } from '../support/redis-server.js'
import { Sandbox } from '../support/sandbox.js'
import { type StoreProcess, startStoreProcess } from '../support/store-processes.js'

const CLIENT = `<!doctype html><title>events</title><script>
  window.events = [];
  const source = new EventSource('/events');
  source.onmessage = ({ data }) => events.push(data);
  source.onopen = () => { window.opened = (window.opened ?? 0) + 1 };
</script>`

interface Store {
  readonly name: string
  isThere(what: string): boolean
  start(sandbox: Sandbox): Promise<StoreServer>
  /** Exports what connects to the server, once for each of the two clients. */
  readonly module: string
  readonly clients: readonly [string, string]
}

const stores: readonly Store[] = [
  {
    name: 'Redis',
    isThere: hasRedis,
    start: () => startRedis(),
    module: '../redis/fixtures/open.ts',
    clients: ['ioredis', 'node-redis'],
  },
  {
    name: 'PostgreSQL',
    isThere: hasPostgres,
    start: startPostgres,
    module: '../postgres/fixtures/open.ts',
    clients: ['pg', 'pg'],
  },
]

describe('an EventSource of Chromium, through nginx, to two processes', function () {
  this.timeout(120_000)
  const what = 'EventSource over several processes'
  if (![hasNginx(what), hasChromium(what)].every(Boolean)) return
  let browser: Browser
  before(async () => {
    browser = await startChromium()
  })
  after(() => browser?.close())
  for (const store of stores) describe(`that share a ${store.name}`, () => describeStore(store, () => browser))
})

function describeStore({ name, isThere, start, module, clients }: Store, browserOf: () => Browser): void {
  if (!isThere(`EventSource over several processes that share a ${name}`)) return
  let sandbox: Sandbox
  let server: StoreServer
  let processes: readonly StoreProcess[] = []
  let stopNginx: (() => Promise<void>) | undefined
  let port: number
  before(async () => {
    sandbox = new Sandbox()
    server = await start(sandbox)
    const opener = join(import.meta.dirname, module)
    processes = await Promise.all(clients.map((client) => startStoreProcess(opener, server.port, client)))
    port = await freePort()
    // One process is reached through its Express app, the other one through its Koa app.
    const upstreams = processes.map(
      ({ origins }, index) => `server ${origins[index]?.slice(7)} max_fails=1 fail_timeout=30s;`,
    )
    stopNginx = await startNginx(
      sandbox,
      port,
      `upstream app { ${upstreams.join(' ')} }
       server {
         listen 127.0.0.1:${port};
         location = /page { default_type text/html; return 200 '${CLIENT.replaceAll("'", '"').replaceAll('\n', ' ')}'; }
         location / {
           proxy_pass http://app;
           proxy_http_version 1.1;
           proxy_set_header Connection '';
           proxy_buffering off;
           proxy_read_timeout 1h;
         }
       }`,
    )
  })
  after(async () => {
    await stopNginx?.()
    await Promise.all(processes.map((each) => each.kill()))
    await server?.stop()
    sandbox?.remove()
  })

  it('goes on at the other process if the one that serves it is killed, and gets each event once', async () => {
    const page: Page = await browserOf().newPage()
    await page.goto(`http://127.0.0.1:${port}/page`)
    const got = (event: string) => page.waitForFunction((last) => (globalThis as any).events.at(-1) === last, {}, event)
    const ask = async (each: StoreProcess | undefined, path: string) =>
      (await fetch(`${each?.origins[0]}${path}`)).text()
    await page.waitForFunction(() => (globalThis as any).opened === 1)
    await ask(processes[0], '/publish?id=one')
    await got('one')
    await ask(processes[1], '/publish?id=two')
    await got('two')
    const sizes = await Promise.all(processes.map((each) => ask(each, '/size')))
    const serving = sizes.indexOf('1')
    const staying = processes[1 - serving]
    await processes[serving]?.kill()
    await ask(staying, '/publish?id=missed')
    await got('missed')
    await ask(staying, '/publish?id=live')
    await got('live')
    expect(await page.evaluate(() => (globalThis as any).events)).to.deep.equal(['one', 'two', 'missed', 'live'])
    expect(await ask(staying, '/size')).to.equal('1')
    await page.close()
  })
}
