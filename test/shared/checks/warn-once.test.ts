import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { expect } from 'chai'
import { warnOnce } from '../../../src/shared/checks/warn-once.js'

/** What a new process with this code writes to stderr. */
function stderrOf(code: string): string {
  const result = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', code], {
    cwd: new URL('../../..', import.meta.url),
    encoding: 'utf8',
  })
  expect(result.status, result.stderr).to.equal(0)
  return result.stderr
}

describe('warnOnce', () => {
  it("tells the developer once, by Node's warning event with a code", async () => {
    const seen: (Error & { code?: string })[] = []
    const listen = (warning: Error) => seen.push(warning)
    process.on('warning', listen)
    try {
      const first = once(process, 'warning')
      for (let call = 0; call < 3; call++) warnOnce('RESPONSE_KIT_SHORT_SECRET', 'the message', 'this test')
      await first
      const second = once(process, 'warning')
      warnOnce('RESPONSE_KIT_SHORT_SECRET', 'another', 'another subject')
      await second
    } finally {
      process.off('warning', listen)
    }
    expect(seen.map(({ name, code, message }) => [name, code, message])).to.deep.equal([
      ['ResponseKitWarning', 'RESPONSE_KIT_SHORT_SECRET', 'the message'],
      ['ResponseKitWarning', 'RESPONSE_KIT_SHORT_SECRET', 'another'],
    ])
  })

  it('secrets of less than 32 bytes give one warning, which shows no secret', () => {
    const text = stderrOf(`
      import { responseKit } from './src/express/index.ts'
      for (const secrets of ['hidden', ['hidden', 'a secret of thirty-two bytes or more']]) responseKit({ cookies: { secrets } })
    `)
    expect(text.match(/RESPONSE_KIT_SHORT_SECRET/g)).to.have.length(1)
    expect(text).to.include('shorter than 32 bytes').and.not.to.include('hidden')
  })

  it('secrets of 32 bytes give none', () => {
    const text = stderrOf(`
      import { responseKit } from './src/express/index.ts'
      responseKit({ cookies: { secrets: 'x'.repeat(32) } })
    `)
    expect(text).to.equal('')
  })

  it('flash that can only be signed, or under a short key of the framework, gives one warning', () => {
    const text = stderrOf(`
      import http from 'node:http'
      import { once } from 'node:events'
      import Koa from 'koa'
      import Keygrip from 'keygrip'
      import { responseKit } from './src/koa/index.ts'
      const app = new Koa()
      app.use(responseKit())
      app.use((ctx) => ctx.withFlash({ a: 1 }).text('x'))
      const server = app.listen(0)
      await once(server, 'listening')
      for (const keys of [new Keygrip(['hidden']), ['a key of thirty-two bytes or more'], ['hidden'], ['hidden']]) {
        app.keys = keys
        await (await fetch('http://localhost:' + server.address().port)).text()
      }
      server.closeAllConnections()
      server.close()
    `)
    expect(text.match(/RESPONSE_KIT_SIGNED_ONLY/g)).to.have.length(1)
    expect(text.match(/RESPONSE_KIT_SHORT_SECRET/g)).to.have.length(1)
    expect(text).to.include('app.keys: a secret is shorter than 32 bytes').and.not.to.include('hidden')
  })
})
