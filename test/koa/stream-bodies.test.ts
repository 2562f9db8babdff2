import { once } from 'node:events'
import { existsSync } from 'node:fs'
import http from 'node:http'
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { type Duplex, PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { html } from '../../src/index.js'
import { responseKit } from '../../src/koa/index.js'
import { listen, type RunningApp } from '../support/frameworks.js'
import { request } from '../support/request.js'
import { Sandbox } from '../support/sandbox.js'
import { Wire } from '../support/wire.js'

const require = createRequire(import.meta.url)

async function* produce(): AsyncGenerator<string> {
  for (const chunk of ['one ', 'two ', 'three']) {
    await turn()
    yield chunk
  }
}

async function* piecesOf(content: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += 50_000) {
    await turn()
    yield content.subarray(at, at + 50_000)
  }
}

const sandbox = new Sandbox()
after(() => sandbox.remove())

const contents = new Map<number, { readonly content: Buffer; readonly path: string }>()

/** Bytes in which no block is like another one near it, and a file of them; made once. */
function contentOf(size: number): { readonly content: Buffer; readonly path: string } {
  const known = contents.get(size)
  if (known !== undefined) return known
  const content = Buffer.alloc(size)
  for (let index = 0; index < size; index++) content[index] = (index * 7) % 251
  const made = { content, path: sandbox.write(`${size}.bin`, content) }
  contents.set(size, made)
  return made
}
const { path: large } = contentOf(300_000)

/** Calls whose content is the same each time. */
const answers: Readonly<Record<string, (ctx: any) => unknown>> = {
  'file()': (ctx) => ctx.file(fileURLToPath(import.meta.url), { type: 'text/plain' }),
  'download()': (ctx) => ctx.download(Buffer.from('text'), 'a.txt'),
  'streaming()': (ctx) => ctx.streaming(produce),
  'ndjson()': (ctx) => ctx.ndjson(produce),
  'jsonArray()': (ctx) => ctx.jsonArray(produce),
  'csv()': (ctx) => ctx.csv([[1]]),
  'sse()': (ctx) => ctx.sse(produce),
  'zip()': (ctx) => ctx.zip([{ name: 'a', source: Buffer.from('a'), mtime: new Date(0) }]),
  'html()': (ctx) => ctx.html(html`<p>${produce()}</p>`),
  'file() of 300 kB': (ctx) => ctx.file(large),
  'file() of a function': (ctx) => ctx.file(() => large),
  'download() of a function': (ctx) => ctx.download(() => new Blob(['blob']), 'a.txt'),
  'download() of a generator': (ctx) => ctx.download(produce(), 'a.txt'),
}

type Middleware = (ctx: any, next: () => Promise<void>) => unknown

/** What other middleware does with a body that Koa sends. */
const readers: Readonly<Record<string, (body: Readable) => unknown>> = {
  'listens to its data': (body) => body.on('data', () => {}),
  'pipes it elsewhere as well': (body) => body.pipe(new PassThrough()).resume(),
  'waits until it is readable': (body) => body.once('readable', () => {}),
  'reads at once': (body) => body.read(),
  'iterates over it': async (body) => {
    for await (const _chunk of body);
  },
  'reduces it': (body) => body.reduce((length: number, chunk: Buffer) => length + chunk.length, 0),
  'is a pipeline': (body) =>
    pipeline(body, async (chunks: AsyncIterable<Buffer>) => {
      for await (const _chunk of chunks);
    }),
}

for (const name of ['koa2', 'koa3']) {
  describe(`the body of a stream: ${name}`, () => {
    let app: RunningApp
    const errors: Error[] = []
    const serve = async (handler: (ctx: any) => unknown, ...outer: Middleware[]): Promise<void> => {
      errors.splice(0)
      const koa = new (require(name))()
      koa.on('error', (error: Error) => errors.push(error))
      for (const each of [...outer, responseKit(), handler]) koa.use(each)
      app = await listen(koa.callback())
    }
    afterEach(async () => {
      await app.close()
      expect(errors).to.deep.equal([])
    })

    it('tells code that waits for its end', async () => {
      const heard: string[] = []
      await serve(async (ctx) => {
        await ctx.streaming(produce)
        for (const event of ['end', 'close']) ctx.body.on(event, () => heard.push(event))
      })
      expect((await request(app.port)).text).to.equal('one two three')
      while (heard.length < 2) await turn()
      expect(heard).to.deep.equal(['end', 'close'])
    })

    it('is heard by code that listens to its data, and is still sent', async () => {
      let heard = ''
      await serve(async (ctx) => {
        await ctx.streaming(produce)
        ctx.body.on('data', (chunk: Buffer) => {
          heard += chunk
        })
      })
      expect((await request(app.port)).text).to.equal('one two three')
      expect(heard).to.equal('one two three')
    })

    for (const [call, answer] of Object.entries(answers)) {
      for (const method of ['GET', 'HEAD']) {
        it(`is no stream of objects, which koa-json writes as JSON: ${call}, ${method}`, async () => {
          const modes: unknown[] = []
          await serve(answer, async (ctx, next) => {
            await next()
            modes.push(ctx.body?.readableObjectMode ?? false)
          })
          expect((await request(app.port, { method })).status).to.equal(200)
          expect(modes).to.deep.equal([false])
        })
      }
    }

    for (const [title, read] of Object.entries(readers)) {
      for (const [call, answer] of Object.entries(answers)) {
        it(`arrives whole beside code that ${title}: ${call}`, async () => {
          await serve(answer, async (ctx, next) => {
            await next()
            if (ctx.query.read !== undefined && ctx.body instanceof Readable) void read(ctx.body)
          })
          const { body } = await request(app.port)
          expect(body.length).to.be.above(0)
          expect((await request(app.port, { path: '/?read' })).text).to.equal(body.toString())
        })
      }

      for (const size of [405_264, 700_000, 3_000_000]) {
        for (const call of ['file', 'streaming'] as const) {
          it(`arrives whole beside code that ${title}: ${call}() of ${size} bytes, twice on a connection`, async () => {
            const { content, path } = contentOf(size)
            await serve(
              (ctx: any) => (call === 'file' ? ctx.file(path) : ctx.streaming(piecesOf(content))),
              async (ctx, next) => {
                await next()
                void read(ctx.body)
              },
            )
            const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
            for (const _each of ['first', 'second']) {
              const [answer] = await once(http.get({ host: '127.0.0.1', port: app.port, agent }), 'response')
              expect((await buffer(answer)).equals(content)).to.equal(true)
            }
            agent.destroy()
          })
        }
      }
    }

    for (const [call, answer] of Object.entries<(ctx: any) => unknown>(answers)) {
      it(`is all of the content for HEAD if other code reads it, as a cache for GET does: ${call}`, async () => {
        let cached: Buffer | undefined
        await serve(answer, async (ctx, next) => {
          if (ctx.query.cached !== undefined) {
            ctx.body = cached
            return
          }
          await next()
          if (ctx.method !== 'HEAD') return
          cached = Buffer.isBuffer(ctx.body) ? Buffer.from(ctx.body) : await buffer(ctx.body)
          ctx.body = cached
        })
        const { body } = await request(app.port)
        const { status } = await request(app.port, { method: 'HEAD' })
        expect(status).to.equal(200)
        expect(body.length).to.be.above(0)
        expect((await request(app.port, { path: '/?cached' })).text).to.equal(body.toString())
      })

      it(`is an answer for a page of the app that stands for what is not found: ${call}, HEAD`, async () => {
        await serve(answer, async (ctx, next) => {
          await next()
          if (!ctx.body) ctx.throw(404)
        })
        expect((await request(app.port, { method: 'HEAD' })).status).to.equal(200)
      })
    }

    it('opens no source for HEAD if no code reads it, and releases it', async () => {
      const heard: string[] = []
      const source = new PassThrough().on('close', () => heard.push('close'))
      const made = sandbox.write('made.txt', 'made')
      const sources: unknown[] = [
        source,
        () => {
          heard.push('called')
          return made
        },
      ]
      await serve((ctx) => ctx.download(sources.shift(), 'a.txt'))
      while (sources.length > 0) {
        const { status, headers } = await request(app.port, { method: 'HEAD' })
        expect(status).to.equal(200)
        expect(headers).not.to.have.any.keys('content-length', 'transfer-encoding')
      }
      while (heard.length === 0) await turn()
      expect(heard).to.deep.equal(['close'])
    })

    it('deletes the file of a function, if other code has read it for HEAD', async () => {
      const path = sandbox.write(`${name}-made.txt`, 'made')
      await serve(async (ctx) => {
        await ctx.download(() => path, 'a.txt', { deleteAfterSend: true })
        expect((await buffer(ctx.body)).toString()).to.equal('made')
      })
      expect((await request(app.port, { method: 'HEAD' })).status).to.equal(200)
      while (existsSync(path)) await turn()
    })

    it('fails for code that reads the body of a HEAD, if its source fails', async () => {
      await serve(async (ctx) => {
        await ctx.streaming(() => Promise.reject(new Error('no source')))
        await buffer(ctx.body)
      })
      expect((await request(app.port, { method: 'HEAD' })).status).to.equal(500)
      expect(errors.splice(0).map(({ message }) => message)).to.deep.equal(['no source'])
    })

    for (const [title, stage, call, expected] of [
      ['an earlier body', (ctx: any) => (ctx.body = 'abc'), (ctx: any) => ctx.streaming(produce), undefined],
      ['a staged length', (ctx: any) => (ctx.length = 13), (ctx: any) => ctx.streaming(produce), '13'],
      ['an earlier body', (ctx: any) => (ctx.body = 'abc'), (ctx: any) => ctx.streaming(new Blob(['12345'])), '5'],
      ['an earlier body', (ctx: any) => (ctx.body = 'abc'), (ctx: any) => ctx.file(large), '300000'],
      ['an earlier body', (ctx: any) => (ctx.body = 'abc'), (ctx: any) => ctx.empty(200), '0'],
    ] as const) {
      for (const method of ['GET', 'HEAD']) {
        it(`has the length of its own content after ${title}: ${expected}, ${method}`, async () => {
          await serve((ctx) => {
            stage(ctx)
            return call(ctx)
          })
          expect((await request(app.port, { method })).headers['content-length']).to.equal(expected)
        })
      }
    }

    for (const call of ['file', 'streaming'] as const) {
      it(`keeps what other code has put before it: ${call}()`, async () => {
        await serve(async (ctx) => {
          await (call === 'file' ? ctx.file(large) : ctx.streaming(produce))
          ctx.body.unshift('first ')
          ctx.remove('Content-Length')
        })
        const { text } = await request(app.port)
        expect(text.slice(0, 10)).to.equal(call === 'file' ? 'first \0\x07\x0e\x15' : 'first one ')
      })
    }

    for (const [title, PassOn] of Object.entries<new () => Duplex>({
      'Node.js': PassThrough,
      'readable-stream 1.0, which through2 0.6 uses': require('readable-stream-1').PassThrough,
    })) {
      for (const [call, answer] of Object.entries(answers)) {
        it(`can be piped through a stream of ${title}: ${call}`, async () => {
          await serve(answer, async (ctx, next) => {
            await next()
            if (ctx.query.piped !== undefined && ctx.body instanceof Readable) ctx.body = ctx.body.pipe(new PassOn())
          })
          const { body } = await request(app.port)
          expect(body.length).to.be.above(0)
          expect((await request(app.port, { path: '/?piped' })).text).to.equal(body.toString())
        })
      }
    }

    it('leaves no listener on a connection whose client has been slow', async () => {
      await serve((ctx) =>
        ctx.streaming(async function* () {
          for (let index = 0; index < 256; index++) yield 'x'.repeat(64 * 1024)
        }),
      )
      const accepted = once(app.server, 'connection')
      const wire = await Wire.connect(app.port)
      const [socket]: Socket[] = await accepted
      const before = socket?.listenerCount('drain')
      wire.socket.pause()
      for (let round = 1; round <= 3; round++) {
        wire.get()
        while ((socket?.writableLength ?? 0) === 0) await turn() // the client reads nothing yet
        await wire.receive(round * 256 * 64 * 1024)
        await wire.receiveUntil('\r\n0\r\n\r\n')
      }
      expect(socket?.listenerCount('drain')).to.equal(before)
      wire.socket.destroy()
    })
  })
}
