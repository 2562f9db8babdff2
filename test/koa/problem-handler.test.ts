import { PassThrough } from 'node:stream'
import { expect } from 'chai'
import { problemHandler, respond, responseKit } from '../../src/koa/index.js'
import { frameworks, listen } from '../support/frameworks.js'
import { request } from '../support/request.js'

for (const { name, module: Koa } of frameworks.filter(({ family }) => family === 'koa')) {
  describe(`problemHandler(): ${name}`, () => {
    it("emits the app's error event, unless a hook is told", async () => {
      for (const [options, count] of [
        [{}, 1],
        [{ onError() {} }, 0],
      ] as const) {
        const emitted: unknown[] = []
        const app = new Koa()
        app.on('error', (error: Error, ctx: any) => emitted.push([error.message, ctx.path]))
        app.use(problemHandler(options))
        app.use(() => {
          throw new Error('boom')
        })
        const running = await listen(app.callback())
        const { status } = await request(running.port, { path: '/a' })
        await running.close()
        expect(status).to.equal(500)
        expect(emitted).to.deep.equal(count === 1 ? [['boom', '/a']] : [])
      }
    })

    for (const place of ['around', 'inside']) {
      it(`closes a stream that was set as the body before the failure: used ${place} responseKit()`, async () => {
        const source = new PassThrough()
        source.write('begun')
        const app = new Koa()
        app.use(place === 'around' ? problemHandler({ onError() {} }) : responseKit())
        app.use(place === 'around' ? responseKit() : problemHandler({ onError() {} }))
        app.use(async (ctx: any) => {
          await ctx.streaming(source)
          throw new Error('after all')
        })
        const running = await listen(app.callback())
        const { status, headers } = await request(running.port)
        await running.close()
        expect(status).to.equal(500)
        expect(headers['content-type']).to.equal('application/problem+json')
        expect(source.destroyed).to.equal(true)
      })
    }
    it('replaces what failed before, without await', async () => {
      const app = new Koa()
      app.use(responseKit()).use(problemHandler({ onError() {} }))
      app.use(async (ctx: any) => {
        await ctx.file('/missing')
        throw Object.assign(new Error('after all'), { status: 403 })
      })
      const running = await listen(app.callback())
      const { status } = await request(running.port)
      await running.close()
      expect(status).to.equal(403)
    })

    it('does not wait for a call that the error page replaces', async () => {
      const app = new Koa()
      app.use(responseKit()).use(problemHandler({ onError() {} }))
      app.use((ctx: any) => {
        ctx.streaming(new PassThrough()) // nothing comes
        throw new Error('after all')
      })
      const running = await listen(app.callback())
      const { status } = await request(running.port)
      await running.close()
      expect(status).to.equal(500)
    })
  })

  describe(`respond(): ${name}`, () => {
    it('works where responseKit() was not passed', async () => {
      const app = new Koa()
      app.use(respond((ctx) => ({ path: ctx.path })))
      const running = await listen(app.callback())
      const { text } = await request(running.port, { path: '/7' })
      await running.close()
      expect(text).to.equal('{"path":"/7"}')
    })

    it('leaves a body Koa was given, where the handler returns nothing', async () => {
      const app = new Koa()
      app.use(
        respond((ctx) => {
          ctx.body = 'native'
        }),
      )
      const running = await listen(app.callback())
      const { text } = await request(running.port)
      await running.close()
      expect(text).to.equal('native')
    })
  })
}
