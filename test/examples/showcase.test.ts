import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { packPackage } from '../support/packed-project.js'
import { request } from '../support/request.js'

const folder = join(import.meta.dirname, '../../examples/showcase')

interface Feature {
  readonly name: string
  readonly group?: string
  readonly method?: string
  readonly path: string
}

describe('the showcase', function () {
  this.timeout(60_000)
  let showcase: { ports: { express: number; koa: number }; close(): Promise<void> }
  let features: readonly Feature[]
  before(async () => {
    await packPackage() // the showcase runs the build
    const { startServers } = await import(join(folder, 'servers.mjs'))
    features = (await import(join(folder, 'features.mjs'))).features.filter(({ group }: Feature) => group !== undefined)
    showcase = await startServers(0)
  })
  after(() => showcase.close())

  for (const framework of ['express', 'koa'] as const) {
    it(`shows every feature on one page, from ${framework}`, async () => {
      const { status, text } = await request(showcase.ports[framework])
      expect(status).to.equal(200)
      for (const { name, path } of features) {
        expect(text).to.include(`data-feature="${name}"`)
        expect(text).to.include(path)
      }
      expect(text).to.include(framework === 'koa' ? 'ctx.<span class="call">text' : 'res.<span class="call">text')
      expect(text).to.include('<input type="hidden" name="__back" value="/">')
    })
  }

  it('has the same bytes from both for every feature', async () => {
    for (const { name } of features) {
      const { status, text } = await request(showcase.ports.koa, { path: `/wire/${name}` })
      expect(status, name).to.equal(200)
      const { express, koa, isSame } = JSON.parse(text)
      expect({ ...koa, asked: [] }, name).to.deep.equal({ ...express, asked: [] })
      expect(isSame, name).to.equal(true)
    }
  })

  it('answers an unknown path and an unknown feature with 404', async () => {
    for (const port of Object.values(showcase.ports)) {
      expect((await request(port, { path: '/nowhere' })).status).to.equal(404)
      expect((await request(port, { path: '/wire/nothing' })).status).to.equal(404)
      expect((await request(port, { path: '/assets/..%2fstart.mjs' })).status).to.equal(403)
    }
  })

  it('says so where its port is taken', async () => {
    const holder = createServer().listen(0)
    await once(holder, 'listening')
    const { port } = holder.address() as { port: number }
    const { code, said } = await start(String(port))
    holder.close()
    expect(code).to.equal(1)
    expect(said).to.match(new RegExp(`^Port ${port} is taken by another program\\. .+PORT=\\d+ npm start\\n$`))
  })

  it('says so where PORT is no port', async () => {
    expect(await start('http')).to.deep.equal({
      code: 1,
      said: "PORT must be a number from 0 to 65534, got 'http'. Koa takes the port after it.\n",
    })
  })
})

async function start(port: string): Promise<{ code: number; said: string }> {
  const child = spawn(process.execPath, [join(folder, 'start.mjs')], { env: { ...process.env, PORT: port } })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const [code] = await once(child, 'close')
  return { code, said }
}
