import { execFile } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { json, type SendOutcome } from '../../src/index.js'
import { contract } from '../support/contract.js'
import type { AppOptions } from '../support/frameworks.js'
import { requestPartially } from '../support/partial-request.js'
import { Wire } from '../support/wire.js'

const LARGE = Buffer.alloc(300_000, 'x')

contract('failures of the application around an answer', ({ framework, serve, ask, askForError }) => {
  it('an onError hook that throws changes nothing: one error page, told once', async () => {
    let calls = 0
    const onError = () => {
      calls += 1
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    }
    const app = await serve((target) => target.download('/no/such/file'), { kit: { onError } })
    expect((await askForError(app)).status).to.equal(404)
    expect(calls).to.equal(1)
    expect(app.errors).to.have.length(1)
    expect(app.errors[0]).to.have.property('code', 'ENOENT')
  })

  const rejecting = (): any => Promise.reject(new Error('no space left on device'))
  const hooks: readonly [hook: string, answer: (target: any) => unknown, options: AppOptions, status: number][] = [
    ['onError of the kit', (target) => target.download('/no/such/file'), { kit: { onError: rejecting } }, 404],
    ['onError of problemHandler', fail, { problems: { onError: rejecting } }, 500],
    ['details of problemHandler', fail, { problems: { onError() {}, details: rejecting } }, 500],
    ['page of problemHandler', fail, { problems: { onError() {}, page: rejecting } }, 500],
    ['onProgress', (target) => target.file(Buffer.from('x'), { onProgress: rejecting }), {}, 200],
    ['afterSend', (target) => target.afterSend(rejecting).text('x'), {}, 200],
    ['stringify', (target) => target.reply(json({}, { stringify: rejecting })), {}, 500],
    ['encode of a cookie', (target) => target.setCookie('a', 'b', { encode: rejecting }), {}, 500],
    ['templates', (target) => target.template('a'), { kit: { templates: rejecting } }, 500],
    ['a choice of negotiate', (target) => target.negotiate({ html: rejecting, json: rejecting }), {}, 500],
  ]
  for (const [hook, run, options, status] of hooks) {
    it(`${hook}: a promise that rejects is no unhandled rejection`, async () => {
      const app = await serve((target) => {
        const sent = run(target)
        return sent instanceof Promise ? sent : undefined
      }, options)
      // An unhandled rejection fails this file.
      expect((await askForError(app, { headers: { Accept: 'text/html' } })).status).to.equal(status)
    })
  }

  it('an afterSend task that throws leaves the answer whole', async () => {
    const thrown = new Error('no space left on device')
    let tell: ((error: Error) => void) | undefined
    const told = new Promise<Error>((resolve) => {
      tell = resolve
    })
    const app = await serve(
      (target) => {
        target.afterSend(() => {
          throw thrown
        })
        return target.file(LARGE, { name: 'a.bin' })
      },
      { kit: { onError: (error) => tell?.(error) } },
    )
    expect((await ask(app)).body.equals(LARGE)).to.equal(true)
    expect(await told).to.equal(thrown)
    expect(app.errors).to.deep.equal([])
  })

  it('onError is told method, whole URL, and that the client did not leave', async () => {
    const told: unknown[] = []
    const kit = { onError: (error: Error, context: unknown) => told.push([error.message, context]) }
    const app = await serve((target) => target.reply(Promise.reject(new Error('boom'))), { kit })
    await askForError(app, { method: 'POST', path: '/a/b?c=d' })
    expect(told).to.deep.equal([['boom', { method: 'POST', url: '/a/b?c=d', aborted: false }]])
  })

  it('a call after the head was sent is ALREADY_SENT: nothing is opened, and the answer stays whole', async () => {
    const source = new Readable({ read: () => undefined })
    const codes: unknown[] = []
    const app = await serve(async (target, { native }) => {
      const res = native.ctx?.res ?? native.res
      if (framework.family === 'koa') native.ctx.respond = false
      res.statusCode = 200
      res.setHeader('Content-Length', '5')
      res.write('first')
      for (const call of [
        () => target.text('x'),
        () => target.streaming(source),
        () => target.download('/no/such/file'),
        () => target.redirectTo('home'),
        () => target.reply('x'),
      ]) {
        try {
          await call()
        } catch (error) {
          codes.push((error as { code?: string }).code)
        }
      }
      res.end()
    })
    const { status, text } = await ask(app)
    expect([status, text]).to.deep.equal([200, 'first'])
    expect(codes).to.deep.equal(Array(5).fill('ALREADY_SENT'))
    expect(source.destroyed).to.equal(true)
  })

  it('a client that half-closes after its request gets the whole answer', async () => {
    const app = await serve((target) => target.streaming([LARGE, LARGE]))
    // Else Node ends the connection as soon as it sees that the client has ended its side.
    Object.assign(app.server, { httpAllowHalfOpen: true })
    const wire = await Wire.connect(app.port)
    wire.socket.end('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    await wire.receiveAll()
    const bytes = wire.body.toString('latin1').replaceAll(/[^x]/g, '').length
    expect(bytes).to.equal(2 * LARGE.length)
    expect(wire.body.subarray(-5).toString()).to.equal('0\r\n\r\n')
  })

  for (const bytes of [1, LARGE.length]) {
    it(`a client that resets after byte ${bytes} has an answer that ended or was aborted, never both`, async () => {
      const told: boolean[] = []
      const outcomes: SendOutcome[] = []
      const ended = new EventEmitter()
      const app = await serve(
        (target) => {
          target.afterSend((outcome) => {
            outcomes.push(outcome)
            setImmediate(() => ended.emit('ended'))
          })
          return target.file(LARGE)
        },
        { kit: { onError: (_error, { aborted }) => void told.push(aborted) } },
      )
      const hasEnded = once(ended, 'ended')
      const wire = await Wire.connect(app.port)
      await wire.get().receive(bytes)
      wire.reset()
      await hasEnded
      expect(outcomes).to.have.length(1)
      expect(told).to.deep.equal(outcomes[0]?.aborted ? [true] : [])
      expect(outcomes[0]?.error).to.equal(undefined)
      expect(app.errors).to.deep.equal([])
    })
  }

  it('an answer sent while a large body is unread reaches the client', async () => {
    const app = await serve((target) => void target.setStatus(413).text('too large'))
    const wire = await Wire.connect(app.port)
    wire.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n')
    wire.socket.write(Buffer.alloc(1_000_000))
    await wire.receive(1)
    expect(wire.received.toString()).to.match(/^HTTP\/1\.1 413 /)
    wire.reset()
  })

  it('a stream that fails after its first chunk is told to the hook once, and never looks complete', async () => {
    const told: string[] = []
    const app = await serve(
      (target) =>
        target.streaming(
          (function* () {
            yield 'first'
            throw new Error('late')
          })(),
        ),
      { kit: { onError: (error) => told.push(error.message) } },
    )
    const { status, isComplete } = await requestPartially(app.port)
    expect([status, isComplete]).to.deep.equal([200, false])
    expect(told).to.deep.equal(['late'])
  })
})

describe('debug output under the name response-kit', () => {
  const run = (debug: string) => {
    const script = `
      const { frameworks, listen } = await import('./test/support/frameworks.js')
      const { request } = await import('./test/support/request.js')
      for (const framework of frameworks) {
        const app = await listen(framework.createListener((target) => target.download('/no/such/file'), {}, []))
        await request(app.port, { path: '/' + framework.name })
        await app.close()
      }`
    return promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      env: { ...process.env, NODE_DEBUG: debug },
    })
  }

  it('names method, URL and failure of each, and says nothing if it is not asked for', async function () {
    this.timeout(20_000)
    const [asked, silent] = await Promise.all([run('response-kit'), run('')])
    for (const name of ['express4', 'express5', 'koa2', 'koa3']) {
      expect(asked.stderr).to.match(new RegExp(`RESPONSE-KIT \\d+: GET /${name}: `))
    }
    expect(silent.stderr).not.to.match(/response-kit/i)
  })
})

function fail(): never {
  throw new Error('boom')
}
