import http from 'node:http'
import { createRequire } from 'node:module'
import zlib from 'node:zlib'
import { expect } from 'chai'
import compress from 'koa-compress'
import session from 'koa-session'
import { html } from '../../src/index.js'
import { responseKit } from '../../src/koa/index.js'
import { listen, type RunningApp } from '../support/frameworks.js'

const require = createRequire(import.meta.url)

for (const name of ['koa2', 'koa3']) {
  describe(`streams under koa-compress and koa-session: ${name}`, () => {
    let app: RunningApp
    const errors: Error[] = []
    const serve = async (handler: (ctx: any) => unknown): Promise<void> => {
      const koa = new (require(name))()
      koa.keys = ['secret']
      koa.on('error', (error: Error) => errors.push(error))
      koa.use(session(koa))
      koa.use(compress())
      koa.use(responseKit())
      koa.use(handler)
      app = await listen(koa.callback())
    }
    beforeEach(() => void errors.splice(0))
    afterEach(() => app.close())

    const get = (): Promise<http.IncomingMessage> =>
      new Promise((resolve) => {
        http.get({ port: app.port, agent: false, headers: { 'Accept-Encoding': 'gzip' } }, resolve)
      })

    it('each chunk leaves when it is made', async () => {
      const steps: (() => void)[] = []
      await serve((ctx) =>
        ctx.streaming(
          async function* () {
            for (const word of ['one', 'two', 'three']) {
              yield word
              await new Promise<void>((resolve) => steps.push(resolve))
            }
          },
          { type: 'text/plain' },
        ),
      )
      const incoming = await get()
      expect(incoming.headers['content-encoding']).to.equal('gzip')
      const received: string[] = []
      for await (const chunk of incoming.pipe(zlib.createGunzip())) {
        received.push(String(chunk))
        steps.shift()?.()
      }
      expect(received).to.deep.equal(['one', 'two', 'three'])
    })

    it('a source that fails late cuts the connection, told once', async () => {
      await serve((ctx) =>
        ctx.streaming(
          async function* () {
            yield 'x'.repeat(100)
            await new Promise((resolve) => setTimeout(resolve, 30))
            throw new Error('broken')
          },
          { type: 'text/plain' },
        ),
      )
      const incoming = await get()
      incoming.on('error', () => undefined).resume()
      await new Promise((resolve) => incoming.once('close', resolve))
      expect(incoming.complete).to.equal(false)
      expect(errors.map((error) => error.message)).to.deep.equal(['broken'])
    })

    const failAtOnce = (): AsyncIterable<never> => ({
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('broken')) }),
    })
    for (const [title, send] of [
      ['jsonStream', (ctx: any) => ctx.jsonStream({ rows: failAtOnce() })],
      ['html', (ctx: any) => ctx.html(html`<p>one</p>${failAtOnce()}`)],
    ] as const) {
      it(`${title}: a part that fails before the head leaves is an error page or a cut, told once`, async () => {
        await serve(send)
        const incoming = await get()
        let isCut = false
        incoming.on('error', () => {
          isCut = true
        })
        incoming.resume()
        await new Promise((resolve) => incoming.once('close', resolve))
        expect(isCut || incoming.statusCode === 500, `status ${incoming.statusCode}`).to.equal(true)
        expect(errors.map((error) => error.message)).to.deep.equal(['broken'])
      })
    }

    it('an event stream is left uncompressed and keeps the session cookie', async () => {
      await serve((ctx) => {
        ctx.session.seen = true
        return ctx.sse(['x'.repeat(5000)])
      })
      const incoming = await get()
      expect(incoming.headers).not.to.have.property('content-encoding')
      expect(incoming.headers['set-cookie']?.join()).to.include('koa.sess')
      incoming.resume()
    })
  })
}
