import { createRequire } from 'node:module'
import { expect } from 'chai'
import Keygrip from 'keygrip'
import session from 'koa-session'
import request from 'supertest'
import { responseKit } from '../../src/koa/index.js'

const require = createRequire(import.meta.url)

for (const name of ['koa2', 'koa3']) {
  const Koa = require(name)

  describe(`values kept between requests in ${name}`, () => {
    const pages: Record<string, (ctx: any) => unknown> = {
      '/leave': (ctx) => ctx.withFlash({ message: 'saved' }).back('/'),
      '/sign': (ctx) => {
        ctx.cookies.set('own', 'k1.e30.x', { signed: true })
        ctx.body = 'signed'
      },
      '/logout': (ctx) => {
        ctx.session = null
        return ctx.withFlash({ message: 'Goodbye' }).back('/')
      },
      '/login': (ctx) => {
        ctx.session.user = 'Ann'
        ctx.body = 'in'
      },
      '/': (ctx) => {
        ctx.body = ctx.flash()
      },
    }
    const serve = (app: any) => app.use((ctx: any) => pages[ctx.path]?.(ctx)).callback()
    const cookiesOf = (headers: any): string[] =>
      [headers['set-cookie'] ?? []].flat().map((line: string) => line.split(';')[0] ?? '')

    for (const [title, keys] of [
      ['strings', ['newest', 'older']],
      ['a Keygrip', new Keygrip(['newest', 'older'])],
    ] as const) {
      it(`are genuine by the keys of the app: ${title}`, async () => {
        const app = new Koa()
        app.keys = keys
        const listener = serve(app.use(responseKit()))
        const agent = request.agent(listener)
        const { headers } = await agent.get('/leave')
        const [cookie = '', ...others] = cookiesOf(headers)
        expect(others).to.deep.equal([])
        const read = async (Cookie: string) => (await request(listener).get('/').set('Cookie', Cookie)).body
        expect(await read(cookie.replace('kit.flash=', 'kit.other='))).to.deep.equal({})
        expect(await read(`${cookie.slice(0, -1)}${cookie.endsWith('A') ? 'B' : 'A'}`)).to.deep.equal({})
        expect(await read(cookie)).to.deep.equal({ message: 'saved' })
      })

      it(`do not count if another cookie of the app was moved to their name: ${title}`, async () => {
        const app = new Koa()
        app.keys = keys
        const listener = serve(app.use(responseKit()))
        const { headers } = await request(listener).get('/sign')
        const [own = '', signature = ''] = cookiesOf(headers)
        const mac = signature.slice('own.sig='.length)
        for (const Cookie of [
          [own, signature].join('; ').replaceAll('own', 'kit.flash'),
          `kit.flash=k1.${Buffer.from('own=k1.e30.x').toString('base64url')}.${mac}`,
          `kit.flash=k1.e30.${mac}`,
        ]) {
          expect((await request(listener).get('/').set('Cookie', Cookie)).body).to.deep.equal({})
        }
      })
    }

    for (const [title, keys] of [
      ...['the secret of the app', [''], ['', 'the secret of the app'], [Buffer.from('x')], 7].map(
        (each) => [JSON.stringify(each), each] as const,
      ),
      ['a Keygrip with an empty key', new Keygrip(['the secret of the app', ''])],
    ] as const) {
      it(`need keys, and the error does not show them: ${title}`, async () => {
        const app = new Koa()
        app.keys = keys
        const errors: (Error & { code?: unknown })[] = []
        app.on('error', (error: Error) => errors.push(error))
        const listener = serve(app.use(responseKit()))
        expect((await request(listener).get('/leave')).status).to.equal(500)
        expect(errors.map(({ code }) => code)).to.deep.equal(['NOT_CONFIGURED'])
        expect(errors[0]?.message)
          .to.match(/^withFlash needs .*'cookies\.secrets'/)
          .and.not.include('the secret of the app')
        expect((await request(listener).get('/').set('Cookie', 'kit.flash=v1.x.y')).body).to.deep.equal({})
      })
    }

    it('and left when koa-session ends the session are read in the next one', async () => {
      const app = new Koa()
      app.keys = ['newest']
      const agent = request.agent(serve(app.use(session({}, app)).use(responseKit())))
      await agent.get('/login')
      const { headers } = await agent.get('/logout')
      expect(headers.location).to.equal('/')
      expect((await agent.get('/')).body).to.deep.equal({ message: 'Goodbye' })
      expect((await agent.get('/')).body).to.deep.equal({})
    })
  })
}
