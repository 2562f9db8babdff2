import { createRequire } from 'node:module'
import { PassThrough } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import koaCompress from 'koa-compress'
import { responseKit } from '../../src/koa/index.js'
import { listen, type RunningApp } from '../support/frameworks.js'
import { request } from '../support/request.js'
import { Sandbox } from '../support/sandbox.js'

const require = createRequire(import.meta.url)
const TEXT = 'the quick brown fox '.repeat(100)
const sandbox = new Sandbox()
const path = sandbox.write('a.txt', TEXT)
const LARGE = Buffer.alloc(1_000_000, 'large ')
const large = sandbox.write('large.txt', LARGE)
after(() => sandbox.remove())

type Middleware = (ctx: any, next: () => Promise<void>) => unknown

for (const name of ['koa2', 'koa3']) {
  describe(`a body that other middleware sets after the kit has answered: ${name} (RFC 9110 §8.8)`, () => {
    let app: RunningApp
    const serve = async (outer: Middleware, handler: (ctx: any) => unknown): Promise<void> => {
      const koa = new (require(name))()
      koa.use(outer)
      koa.use(responseKit())
      koa.use(handler)
      app = await listen(koa.callback())
    }
    const ask = (headers = {}, method = 'GET') => request(app.port, { headers, method })
    afterEach(() => app.close())

    let count = 0
    const footer: Middleware = async (ctx, next) => {
      await next()
      if (typeof ctx.body === 'string') ctx.body += ` ${count++}`
    }

    for (const [call, handler] of [
      ['text()', (ctx: any) => ctx.text('hello')],
      ['html()', (ctx: any) => ctx.html('hello')],
      ['json()', (ctx: any) => ctx.json('hello')],
      ['problem()', (ctx: any) => ctx.problem({ status: 404 })],
      ['reply()', (ctx: any) => ctx.reply('hello')],
    ] as const) {
      it(`${call}: a text with a footer has no ETag, the right length, and is never a 304`, async () => {
        await serve(footer, handler)
        const first = await ask()
        expect(first.headers).not.to.have.property('etag')
        expect(first.headers['content-length']).to.equal(String(first.body.length))
        const plain = await tagOf(handler)
        const second = await ask({ 'If-None-Match': first.headers.etag ?? '"none"' })
        expect(second.status).to.equal(first.status)
        expect(second.text).not.to.equal(first.text)
        expect(plain === undefined || /^W\/"/.test(plain)).to.equal(true) // without the footer it has one
      })
    }

    async function tagOf(handler: (ctx: any) => unknown): Promise<string | undefined> {
      const koa = new (require(name))()
      koa.use(responseKit()).use(handler)
      const other = await listen(koa.callback())
      const { headers } = await request(other.port)
      await other.close()
      return headers.etag
    }

    it('file(): another stream has no ETag, Last-Modified, Accept-Ranges, digest or length of the file', async () => {
      await serve(
        async (ctx, next) => {
          await next()
          ctx.body = ctx.body.pipe(new PassThrough())
        },
        (ctx) => ctx.file(large, { digest: 'sha-256', headers: { 'Content-Digest': 'sha-256=:AA==:' } }),
      )
      const { headers, body } = await ask()
      expect(body.equals(LARGE)).to.equal(true)
      expect(headers).not.to.have.any.keys('etag', 'last-modified', 'accept-ranges', 'repr-digest', 'content-length')
      expect(headers).not.to.have.any.keys('content-digest') // RFC 9530 §2: it is a digest of the bytes that are sent
      expect(headers['content-type']).to.equal('text/plain; charset=utf-8') // a pipe may leave the bytes as they are
    })

    it('bytes in the place of a file have the length of the bytes', async () => {
      await serve(
        async (ctx, next) => {
          await next()
          ctx.body = Buffer.from('short')
        },
        (ctx) => ctx.file(Buffer.from(TEXT), { type: 'text/plain' }),
      )
      const { headers, text } = await ask()
      expect([text, headers['content-length']]).to.deep.equal(['short', '5'])
      expect(headers).not.to.have.any.keys('etag', 'accept-ranges')
    })

    it('the same body once more keeps its validators', async () => {
      await serve(
        async (ctx, next) => {
          await next()
          // biome-ignore lint/correctness/noSelfAssign: what a middleware does that changes nothing
          ctx.body = ctx.body
        },
        (ctx) => ctx.text('hello'),
      )
      expect((await ask()).headers).to.have.property('etag')
    })

    it('what the handler staged, and what the other middleware sets, stays', async () => {
      await serve(
        async (ctx, next) => {
          await next()
          ctx.body = 'another'
          ctx.set('ETag', '"of the other"')
        },
        (ctx) => ctx.text('hello'),
      )
      expect((await ask()).headers.etag).to.equal('"of the other"')
      await app.close()
      await serve(footer, (ctx) => ctx.setEtag('row-7').text('hello'))
      expect((await ask()).headers.etag).to.equal('"row-7"')
    })

    it('a second answer of the kit itself keeps its own validators, after an error', async () => {
      await serve(
        (_ctx, next) => next(),
        async (ctx) => {
          await ctx.file('/no/such/file').catch(() => {})
          ctx.body = 'native'
        },
      )
      expect((await ask()).status).to.equal(404)
    })

    it('koa-compress: a weak tag and the date stay, a strong tag is weak, Accept-Ranges and the digest go', async () => {
      await serve(koaCompress({ threshold: 0, br: false }), (ctx) =>
        ctx.path === '/text' ? ctx.text(TEXT) : ctx.file(path, { digest: 'sha-256' }),
      )
      const coded = { 'Accept-Encoding': 'gzip' }
      const text = await request(app.port, { path: '/text', headers: coded })
      expect(gunzipSync(text.body).toString()).to.equal(TEXT)
      expect(text.headers.etag).to.match(/^W\/"/)
      const again = await request(app.port, {
        path: '/text',
        headers: { ...coded, 'If-None-Match': text.headers.etag ?? '' },
      })
      expect(again.status).to.equal(304)
      const file = await ask(coded)
      expect(gunzipSync(file.body).toString()).to.equal(TEXT)
      expect(file.headers.etag).to.match(/^W\/"/)
      expect(file.headers).to.have.property('last-modified')
      expect(file.headers).not.to.have.any.keys('accept-ranges', 'repr-digest')
      expect((await ask({ ...coded, 'If-None-Match': file.headers.etag ?? '' })).status).to.equal(304)
      const plain = await ask()
      expect(plain.headers.etag).to.match(/^"/)
      expect(plain.headers['accept-ranges']).to.equal('bytes')
    })

    it('an app, and a context, that did not pass the kit set bodies as before', async () => {
      const koa = new (require(name))()
      koa.use(async (ctx: any, next: () => Promise<void>) => {
        if (ctx.path !== '/native') return next()
        ctx.set('ETag', '"own"')
        ctx.body = 'one'
        ctx.body = { two: 2 }
      })
      koa.use(responseKit())
      koa.use((ctx: any) => ctx.text('hello'))
      app = await listen(koa.callback())
      await ask()
      const { headers, text } = await request(app.port, { path: '/native' })
      expect([headers.etag, text]).to.deep.equal(['"own"', '{"two":2}'])
    })
  })
}
