import { join } from 'node:path'
import { expect } from 'chai'
import type { Browser, Page } from 'puppeteer-core'
import { hasChromium, startChromium } from '../support/chromium.js'
import { freePort } from '../support/free-port.js'
import { hasNginx, startNginx } from '../support/nginx.js'
import { hasRedis, type StoreServer, startRedis } from '../support/redis-server.js'
import { Sandbox } from '../support/sandbox.js'
import { type StoreProcess, startStoreProcess } from '../support/store-processes.js'

const CLIENT = `<!doctype html><title>events</title><script>
  window.events = [];
  const source = new EventSource('/events');
  source.onmessage = ({ data }) => events.push(data);
  source.onopen = () => { window.opened = (window.opened ?? 0) + 1 };
</script>`

describe('an EventSource of Chromium, through nginx, to two processes that share a Redis', function () {
  this.timeout(60_000)
  const what = 'EventSource over several processes'
  if (![hasRedis(what), hasNginx(what), hasChromium(what)].every(Boolean)) return
  let sandbox: Sandbox
  let redis: StoreServer
  let processes: readonly StoreProcess[] = []
  let stopNginx: (() => Promise<void>) | undefined
  let browser: Browser
  let port: number
  before(async () => {
    sandbox = new Sandbox()
    redis = await startRedis()
    const module = join(import.meta.dirname, '../redis/fixtures/open.ts')
    processes = await Promise.all(
      ['ioredis', 'node-redis'].map((client) => startStoreProcess(module, redis.port, client)),
    )
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
    browser = await startChromium()
  })
  after(async () => {
    await browser?.close()
    await stopNginx?.()
    await Promise.all(processes.map((each) => each.kill()))
    await redis?.stop()
    sandbox?.remove()
  })

  it('goes on at the other process if the one that serves it is killed, and gets each event once', async () => {
    const page: Page = await browser.newPage()
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
})
