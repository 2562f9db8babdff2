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

  const ask = (name: string, asked: object) =>
    request(showcase.ports.koa, {
      method: 'POST',
      path: `/try/${name}`,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(asked),
    })

  it('has the same bytes from both for every feature', async () => {
    for (const { name, method = 'GET' } of features) {
      const { status, text } = await ask(name, { method })
      expect(status, name).to.equal(200)
      const { express, koa, isSame } = JSON.parse(text)
      expect(koa, name).to.deep.equal(express)
      expect(isSame, name).to.equal(true)
    }
  })

  it('shows what the frameworks do alone', async () => {
    const { text } = await ask('redirects.hostile', { method: 'GET', fields: 'Referer: https://evil.example/' })
    const { koa, plain } = JSON.parse(text)
    const locationOf = ({ fields }: { fields: [string, string][] }) => new Map(fields).get('Location')
    expect(locationOf(koa)).to.equal('/#redirects')
    expect(locationOf(plain.express)).to.equal('https://evil.example/')
    expect(locationOf(plain.koa)).to.equal('https://evil.example/')
  })

  it('does not read a large file to its end', async () => {
    const { text } = await ask('files.large', { method: 'GET' })
    expect(JSON.parse(text).koa).to.include({ status: 200, size: 65_536, isCut: true })
  })

  for (const [title, asked, words] of [
    ['a method that it does not know', { method: 'TRACE' }, 'the method must be one of'],
    ['a line that is no field', { method: 'GET', fields: 'nonsense' }, "'nonsense' is no field"],
    ['a name with a space', { method: 'GET', fields: 'a b: c' }, 'a b'],
    ['a value that no field can have', { method: 'GET', fields: 'A: \u0001' }, 'A'],
    ['a field of the connection', { method: 'GET', fields: 'Transfer-Encoding: chunked' }, 'belongs to the connection'],
  ] as const) {
    it(`refuses ${title}`, async () => {
      const { status, text } = await ask('answers.text', asked)
      expect(status).to.equal(400)
      expect(JSON.parse(text).detail).to.include(words)
    })
  }

  it('answers an unknown path and an unknown feature with 404', async () => {
    expect((await ask('nothing', { method: 'GET' })).status).to.equal(404)
    for (const port of Object.values(showcase.ports)) {
      expect((await request(port, { path: '/nowhere' })).status).to.equal(404)
      expect((await request(port, { path: '/assets/..%2fstart.mjs' })).status).to.equal(403)
    }
  })

  it('says so if its port is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const { port } = holder.address() as { port: number }
    const { code, said } = await start(String(port))
    holder.close()
    expect(code).to.equal(1)
    expect(said).to.match(new RegExp(`^Port ${port} is taken by another program\\. .+PORT=\\d+ npm start\\n$`))
  })

  it('says so if PORT is no port', async () => {
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
