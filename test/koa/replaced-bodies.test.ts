import { createRequire } from 'node:module'
import { PassThrough, Readable } from 'node:stream'
import { expect } from 'chai'
import { html, Reply, template } from '../../src/index.js'
import { problemHandler, respond, responseKit } from '../../src/koa/index.js'
import { listen, type RunningApp } from '../support/frameworks.js'
import { request } from '../support/request.js'
import { Sandbox } from '../support/sandbox.js'
import { Wire } from '../support/wire.js'

const require = createRequire(import.meta.url)
const sandbox = new Sandbox()
const path = sandbox.write('large.bin', Buffer.alloc(2_000_000, 'x'))
after(() => sandbox.remove())

/** A generator that never ends by itself, and a promise of its `finally`. */
function endless(): { source: () => AsyncGenerator<string>; ended: Promise<void> } {
  let end = (): void => undefined
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const source = async function* (): AsyncGenerator<string> {
    try {
      for (;;) yield 'x'.repeat(1000)
    } finally {
      end()
    }
  }
  return { source, ended }
}

/** All bytes of a body that the kit has set: in memory, or a stream. */
async function bytesOf(body: Buffer | Readable): Promise<Buffer> {
  return Buffer.isBuffer(body) ? Buffer.from(body) : Buffer.concat(await body.toArray())
}

/** How other code passes a body on without a change. */
const passedOn: Readonly<Record<string, (bytes: Buffer) => unknown>> = {
  bytes: (bytes) => bytes,
  text: (bytes) => bytes.toString(),
  'a Node stream': (bytes) => Readable.from([bytes], { objectMode: false }),
  'a web stream': (bytes) => new Blob([bytes]).stream(),
  'a Blob': (bytes) => new Blob([bytes]),
}

/** Answers of every kind of body, that are taken back for an error page. */
const answers: Readonly<Record<string, (ctx: any) => unknown>> = {
  'text()': (ctx) => ctx.text('a'),
  'html()': (ctx) => ctx.html('<p>'),
  'json()': (ctx) => ctx.json({ a: 1 }),
  'json() with a staged type': (ctx) => ctx.setHeader('Content-Type', 'application/json').json({ a: 1 }),
  'json() of no content': (ctx) => ctx.json(null),
  'bytes()': (ctx) => ctx.bytes(Buffer.from('a')),
  'bytes() of JSON': (ctx) => ctx.bytes(Buffer.from('{}'), { type: 'application/json' }),
  'empty()': (ctx) => ctx.empty(),
  'empty() with 205': (ctx) => ctx.empty(205),
  'problem()': (ctx) => ctx.problem({ status: 409 }),
  'redirectLocal()': (ctx) => ctx.redirectLocal('/'),
  'created()': (ctx) => ctx.created('/a', {}, { a: 1 }),
  'reply() of an object': (ctx) => ctx.reply({ a: 1 }),
  'reply() with a head': (ctx) => {
    ctx.reply(new Reply({ a: 1 }, { status: 201, headers: { 'X-A': 'b' }, cookies: { a: 'b' } }))
  },
  'file()': (ctx) => ctx.file(path),
  'file() of JSON': (ctx) => ctx.file(Buffer.from('{}'), { type: 'application/json' }),
  'zip()': (ctx) => ctx.zip([{ name: 'a', source: path }]),
  'streaming()': (ctx) => ctx.streaming(endless().source),
  'streaming() of JSON': (ctx) => ctx.streaming(endless().source, { type: 'application/json' }),
  'ndjson()': (ctx) => ctx.ndjson(endless().source),
  'jsonArray()': (ctx) => ctx.jsonArray(endless().source),
  'jsonStream()': (ctx) => ctx.jsonStream({ a: endless().source() }),
  'csv()': (ctx) => ctx.csv([['a']]),
  'sse()': (ctx) => ctx.sse(endless().source),
}

/** Calls that wait for what comes later. */
const waits: Readonly<Record<string, (ctx: any, later: Promise<string>) => unknown>> = {
  'template()': (ctx) => ctx.template('page'),
  'reply()': (ctx, later) => ctx.reply(later.then((value) => new Reply(value, { type: 'text/plain' }))),
  'reply() of a template': (ctx) => ctx.reply(template('page')),
  'negotiate()': (ctx) => ctx.negotiate({ text: () => template('page') }),
  'respond()': (ctx) => respond(() => template('page'))(ctx, async () => undefined),
  'respond() that waits': (ctx) =>
    respond(() => Promise.resolve().then(() => template('page')))(ctx, async () => undefined),
  'file() of a function': (ctx, later) => ctx.file(async () => Buffer.from(await later)),
  'file() of an object': (ctx, later) => ctx.file({ size: 7, read: async () => [Buffer.from(await later)] }),
}

/** The same calls, of which no code knows the end. */
const forgotten: Readonly<Record<string, (ctx: any, later: Promise<string>) => unknown>> = {
  ...Object.fromEntries(Object.entries(waits).filter(([title]) => !title.startsWith('respond()'))),
  'html()': (ctx, later) => ctx.html(html`${later}`),
  'template() with catch': (ctx) => ctx.template('page').catch(() => undefined),
}

for (const name of ['koa2', 'koa3']) {
  describe(`an answer that is taken back, because its handler fails: ${name}`, () => {
    for (const [title, answer] of Object.entries(answers)) {
      it(`${title}: Koa answers as if there had been none`, async () => {
        const Koa = require(name)
        const ask = async (isAnswered: boolean) => {
          const app = new Koa()
          let body: any
          app.use(async (ctx: any, next: () => Promise<void>) => {
            await next().catch(() => {
              ctx.status = 500
            })
          })
          app.use(responseKit())
          app.use(async (ctx: any) => {
            if (isAnswered) await answer(ctx)
            body = ctx.body
            throw new Error('after all')
          })
          const running = await listen(app.callback())
          try {
            const { status, headers, text } = await request(running.port)
            if (isAnswered && typeof body?.pipe === 'function') expect(body.destroyed).to.equal(true)
            return { status, headers: { ...headers, date: '' }, text }
          } finally {
            await running.close()
          }
        }
        expect(await ask(true)).to.deep.equal(await ask(false))
      })
    }
  })

  /** Runs after the call has answered. */
  const afterwards: Readonly<Record<string, [after: (ctx: any) => void, status: number, code: string | undefined]>> = {
    'a failure': [
      () => {
        throw Object.assign(new Error('after all'), { code: 'AFTER' })
      },
      500,
      'AFTER',
    ],
    'a page of the app': [(ctx) => Object.assign(ctx, { status: 503, body: 'later' }), 503, 'ALREADY_SENT'],
    'a page that is written on the response': [
      (ctx) => {
        ctx.respond = false
        ctx.res.removeHeader('Content-Length')
        ctx.res.statusCode = 503
        ctx.res.end('busy')
      },
      503,
      'ALREADY_SENT',
    ],
    'another status for the same body': [(ctx) => Object.assign(ctx, { status: 404 }), 404, undefined],
    'another form of the same body': [(ctx) => Object.assign(ctx, { body: Buffer.from('coded') }), 200, undefined],
  }
  for (const [what, [change, expected, code]] of Object.entries(afterwards)) {
    for (const place of ['inside', 'outside']) {
      it(`the callback of a call is told ${code ?? 'no error'} of ${what} ${place} responseKit(): ${name}`, async () => {
        const koa = new (require(name))()
        koa.silent = true
        const other = async (ctx: any, next: () => Promise<void>): Promise<void> => {
          await next()
          change(ctx)
        }
        const told: any[] = []
        for (const each of place === 'inside' ? [responseKit(), other] : [other, responseKit()]) koa.use(each)
        koa.use((ctx: any) => ctx.download(path, 'a.bin', (error?: Error) => told.push(error)))
        const app = await listen(koa.callback())
        try {
          expect((await request(app.port)).status).to.equal(expected)
        } finally {
          await app.close()
        }
        expect(told.map((error) => error?.code)).to.deep.equal([code])
      })
    }
  }

  it(`an error page keeps what outer code has set after the answer, and nothing of that answer: ${name}`, async () => {
    const koa = new (require(name))()
    koa.use(problemHandler({ onError() {} }))
    koa.use(responseKit())
    koa.use(async (ctx: any, next: () => Promise<void>) => {
      await next()
      ctx.set('Cache-Control', 'no-store')
      ctx.append('Set-Cookie', 'late=1')
      ctx.vary('Origin')
      throw new Error('after all')
    })
    koa.use((ctx: any) => ctx.file(path, { maxAge: '1h', headers: { 'Set-Cookie': ['of=file'], 'X-File': 'a' } }))
    const app = await listen(koa.callback())
    try {
      const { status, headers } = await request(app.port)
      expect([status, headers['cache-control'], headers['set-cookie']]).to.deep.equal([500, 'no-store', ['late=1']])
      expect(headers.vary).to.match(/Origin/)
      expect(headers).not.to.have.property('x-file')
    } finally {
      await app.close()
    }
  })

  it(`a page between two kits takes the place of a file that the inner handler has awaited: ${name}`, async () => {
    const koa = new (require(name))()
    koa.use(responseKit())
    koa.use((ctx: any, next: () => Promise<void>) =>
      next().catch(() => {
        ctx.status = 500
      }),
    )
    koa.use(responseKit())
    koa.use(async (ctx: any) => {
      await ctx.file(path)
      throw new Error('after all')
    })
    const app = await listen(koa.callback())
    try {
      const { status, headers, text } = await request(app.port)
      expect({ status, text }).to.deep.equal({ status: 500, text: 'Internal Server Error' })
      expect(headers).to.not.have.any.keys('etag', 'last-modified', 'cache-control', 'accept-ranges')
    } finally {
      await app.close()
    }
  })

  describe(`what takes the place of an answer: ${name}`, () => {
    let app: RunningApp
    const errors: Error[] = []
    const serve = async (handler: (ctx: any) => unknown): Promise<void> => {
      errors.splice(0)
      const koa = new (require(name))()
      koa.on('error', (error: Error) => errors.push(error))
      koa.use(responseKit())
      koa.use(handler)
      app = await listen(koa.callback())
    }
    afterEach(async () => {
      await app.close()
      expect(errors).to.deep.equal([])
    })

    it('a body set after a stream is sent, and the stream destroyed', async () => {
      const { source, ended } = endless()
      await serve(async (ctx) => {
        await ctx.streaming(source)
        ctx.body = 'another'
      })
      expect((await request(app.port)).text).to.equal('another')
      await ended
    })

    it('a body set after a file is sent, and the file closed', async () => {
      await serve(async (ctx) => {
        await ctx.file(path)
        ctx.body = 'another'
      })
      expect((await request(app.port)).text).to.equal('another') // the hook of every test finds an open descriptor
    })

    for (const range of ['bytes=0-4', 'bytes=0-4,10-14']) {
      for (const [what, body, type] of [
        ['text', 'another', 'text/plain; charset=utf-8'],
        ['bytes', Buffer.from('another'), 'application/octet-stream'],
        ['an object', { another: 1 }, 'application/json; charset=utf-8'],
      ] as const) {
        it(`${what} in the place of a part is the whole answer: ${range}`, async () => {
          await serve(async (ctx) => {
            await ctx.file(path, { type: 'application/octet-stream' })
            ctx.body = body
          })
          const { status, headers, text } = await request(app.port, { headers: { Range: range } })
          expect(status).to.equal(200)
          expect(headers['content-range']).to.equal(undefined)
          // The type that the handler has named stays, but Koa has one of its own for JSON.
          const isNamed = !range.includes(',') && what !== 'an object'
          expect(headers['content-type']).to.equal(isNamed ? 'application/octet-stream' : type)
          expect(text).to.equal(Buffer.isBuffer(body) || typeof body === 'string' ? 'another' : '{"another":1}')
        })
      }
    }

    it('a part that a stream has passed on stays a part', async () => {
      await serve(async (ctx) => {
        await ctx.file(path)
        ctx.body = ctx.body.pipe(new PassThrough())
      })
      const { status, headers, text } = await request(app.port, { headers: { Range: 'bytes=0-999999' } })
      expect([status, headers['content-range']]).to.deep.equal([206, 'bytes 0-999999/2000000'])
      expect(text.length).to.equal(1_000_000)
    })

    for (const range of ['bytes=0-9', 'bytes=0-999999', 'bytes=0-9,20-29']) {
      for (const [what, passOn] of Object.entries(passedOn)) {
        if (name === 'koa2' && ['a web stream', 'a Blob'].includes(what)) continue // they would be JSON there
        it(`a part that other code passes on as ${what} stays a part: ${range}`, async () => {
          await serve(async (ctx) => {
            await ctx.file(path)
            ctx.body = passOn(await bytesOf(ctx.body))
          })
          const { status, headers, text } = await request(app.port, { headers: { Range: range } })
          expect(status).to.equal(206)
          if (range.includes(',')) expect(headers['content-type']).to.match(/^multipart\/byteranges; boundary=/)
          else {
            expect(headers['content-range']).to.equal(`bytes ${range.slice('bytes='.length)}/2000000`)
            expect(text).to.equal('x'.repeat(range === 'bytes=0-9' ? 10 : 1_000_000))
          }
        })
      }
    }

    it('what takes the place of a part whose Content-Range other code has removed is no part', async () => {
      await serve(async (ctx) => {
        await ctx.file(path)
        ctx.remove('Content-Range')
        ctx.body = 'another'
      })
      expect((await request(app.port, { headers: { Range: 'bytes=0-9' } })).status).to.equal(200)
    })

    it('a part that other code has made itself, with its Content-Range, is that part', async () => {
      await serve(async (ctx) => {
        await ctx.file(path)
        ctx.set('Content-Range', 'bytes 5-9/2000000')
        ctx.body = Buffer.from('12345')
      })
      const { status, headers, text } = await request(app.port, { headers: { Range: 'bytes=0-999999' } })
      expect([status, headers['content-range'], text]).to.deep.equal([206, 'bytes 5-9/2000000', '12345'])
    })

    it('ctx.respond = false leaves the response to the handler; the stream is destroyed with it', async () => {
      const { source, ended } = endless()
      await serve(async (ctx) => {
        await ctx.streaming(source)
        ctx.respond = false
        ctx.res.removeHeader('Content-Type')
        ctx.res.end('by hand')
      })
      const { text } = await request(app.port)
      expect(text).to.equal('by hand')
      await ended
    })

    it('a stream no code awaits is sent whole', async () => {
      await serve((ctx) => {
        ctx.streaming(async function* () {
          yield 'one '
          await new Promise((resolve) => setImmediate(resolve))
          yield 'two'
        })
      })
      const { status, text } = await request(app.port)
      expect([status, text]).to.deep.equal([200, 'one two'])
    })

    it('a file no code awaits is sent whole', async () => {
      await serve((ctx) => {
        ctx.file(path)
      })
      expect((await request(app.port)).body.length).to.equal(2_000_000)
    })
  })

  describe(`a body that other code sets while a call waits: ${name}`, () => {
    /** An app whose handler makes a call that waits until `settle()`. What stands `beside` it is a middleware inside of the kits. */
    const serve = async (
      kits: number,
      beside: (ctx: any, next: () => Promise<void>) => unknown,
      handler: (ctx: any, later: Promise<string>) => unknown,
    ) => {
      let settle = (): void => undefined
      const later = new Promise<string>((resolve) => {
        settle = () => resolve('at last')
      })
      const errors: Error[] = []
      let noteEnd = (_code: unknown): void => undefined
      const told = new Promise((resolve) => {
        noteEnd = resolve
      })
      const koa = new (require(name))()
      koa.on('error', (error: Error) => errors.push(error))
      const options = { templates: () => later, onError: (error: any) => noteEnd(error.code) }
      for (let kit = 0; kit < kits; kit++) koa.use(responseKit(options))
      koa.use(beside)
      koa.use((ctx: any) => handler(ctx, later))
      return { ...(await listen(koa.callback())), errors, told, settle }
    }

    for (const kits of [1, 2]) {
      for (const [title, call] of Object.entries(waits)) {
        it(`${title}, awaited below ${kits} responseKit(), and a timeout: the body of the timeout is the answer`, async () => {
          const beside = async (ctx: any, next: () => Promise<void>) => {
            await Promise.race([next(), new Promise(setImmediate)])
            ctx.status = 503
            ctx.body = 'too late'
          }
          const running = await serve(kits, beside, async (ctx, later) => void (await call(ctx, later)))
          const { port, close, errors, told, settle } = running
          try {
            const { status, text } = await request(port)
            expect({ status, text }).to.deep.equal({ status: 503, text: 'too late' })
            settle()
            expect(await told).to.equal('ALREADY_SENT')
            expect(errors).to.deep.equal([])
          } finally {
            await close()
          }
        })
      }

      for (const [title, call] of Object.entries(forgotten)) {
        it(`${title}, not awaited below ${kits} responseKit(), and a fallback: the call is the answer`, async () => {
          let settleCall = (): void => undefined
          const beside = async (ctx: any, next: () => Promise<void>) => {
            await next()
            ctx.body ??= 'no such page'
            settleCall()
          }
          const running = await serve(kits, beside, (ctx, later) => void call(ctx, later))
          settleCall = running.settle
          try {
            const { status, text } = await request(running.port)
            const { errors } = running
            expect({ status, text, errors }).to.deep.equal({ status: 200, text: 'at last', errors: [] })
          } finally {
            await running.close()
          }
        })
      }
    }

    it('a timeout that names no status: nothing of the Reply leaves with its body', async () => {
      const reply = () =>
        template('page')
          .setStatus(201)
          .setCookie('of', 'the reply')
          .setHeaders({ 'X-Of': 'the reply', 'Cache-Control': 'max-age=600', 'Content-Type': 'application/pdf' })
      const beside = async (ctx: any, next: () => Promise<void>) => {
        ctx.cookies.set('of', 'the app')
        await Promise.race([next(), new Promise(setImmediate)])
        ctx.cookies.set('late', 'yes')
        ctx.set('X-Late', 'yes')
        ctx.body = 'too late'
      }
      const { port, close, settle, told } = await serve(1, beside, (ctx) => ctx.reply(reply()))
      try {
        const { status, headers, text } = await request(port)
        expect({ status, text }).to.deep.equal({ status: 200, text: 'too late' })
        expect(headers['set-cookie']).to.deep.equal(['of=the app; path=/; httponly', 'late=yes; path=/; httponly'])
        expect([headers['x-of'], headers['cache-control'], headers['x-late']]).to.deep.equal([
          undefined,
          undefined,
          'yes',
        ])
        expect(headers['content-type']).to.equal('text/plain; charset=utf-8')
        settle()
        await told
      } finally {
        await close()
      }
    })

    it('the body of a handler takes the place of a redirect that has waited for its session', async () => {
      const beside = async (ctx: any, next: () => Promise<void>) => {
        await next()
        await new Promise(setImmediate)
        ctx.body = 'moved'
        expect(() => ctx.text('once more')).to.throw('already been answered')
      }
      const { port, close } = await serve(1, beside, (ctx) => {
        ctx.session = { save: (done: () => void) => setImmediate(done) }
        ctx.withFlash({ a: 1 })
        ctx.redirect('/elsewhere')
      })
      try {
        const { status, text } = await request(port)
        expect({ status, text }).to.deep.equal({ status: 302, text: 'moved' })
      } finally {
        await close()
      }
    })
  })

  describe(`no body in the place of an answer: ${name}`, () => {
    const data = { list: Array.from({ length: 40 }, (_, id) => ({ id })) }
    const text = JSON.stringify(data)
    const json = sandbox.write(`${name}.json`, text.repeat(2000))
    const calls: Readonly<Record<string, (ctx: any) => unknown>> = {
      'json()': (ctx) => ctx.json(data),
      'reply() of an object': (ctx) => ctx.reply(data),
      'created() with an object': (ctx) => ctx.created('/a', undefined, data),
      'problem()': (ctx) => ctx.problem({ status: 422, detail: 'a'.repeat(200) }),
      'file() of JSON in memory': (ctx) => ctx.file(Buffer.from(text), { type: 'application/json' }),
      'file() of a large JSON file': (ctx) => ctx.file(json),
      'jsonStream()': (ctx) => ctx.jsonStream({ list: Promise.resolve(data.list) }),
      'text()': (ctx) => ctx.text(text),
      'bytes()': (ctx) => ctx.bytes(Buffer.from(text), { type: 'application/json' }),
    }
    for (const [call, answer] of Object.entries(calls)) {
      for (const [what, empty] of [
        ['null', null],
        ['undefined', undefined],
      ] as const) {
        it(`${call}, ${what}: the next answer of the connection is in its place`, async () => {
          const app = new (require(name))()
          app.silent = true
          app.use(async (ctx: any, next: () => Promise<void>) => {
            await next()
            if (ctx.path === '/empty') ctx.body = empty
          })
          app.use(responseKit())
          app.use((ctx: any) => (ctx.path === '/empty' ? answer(ctx) : ctx.text('the second')))
          const server = await listen(app.callback())
          try {
            const wire = await Wire.connect(server.port)
            wire.get('/empty').get('/second', 'Connection: close\r\n')
            const received = (await wire.receiveAll()).toString('latin1')
            const [head = '', rest = ''] = received.split(/\r\n\r\n(.*)/s)
            const length = /^content-length: (\d+)/im.exec(head)?.[1]
            const status = Number(head.slice(9, 12))
            if (length !== undefined) expect(rest.slice(Number(length))).to.match(/^HTTP\/1\.1 200 OK/)
            else
              expect(status === 204 ? rest : rest.slice(rest.indexOf('\r\n0\r\n\r\n') + 7)).to.match(
                /^HTTP\/1\.1 200 OK/,
              )
            expect(received.endsWith('the second')).to.equal(true)
          } finally {
            await server.close()
          }
        })
      }
    }
  })
}
