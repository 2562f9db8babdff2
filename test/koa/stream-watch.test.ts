import { once } from 'node:events'
import { existsSync, truncateSync } from 'node:fs'
import { createRequire } from 'node:module'
import { PassThrough, Readable, Stream, Transform, type TransformCallback } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import type { SendOutcome } from '../../src/index.js'
import { responseKit } from '../../src/koa/index.js'
import { listen, type RunningApp } from '../support/frameworks.js'
import { request } from '../support/request.js'
import { Sandbox } from '../support/sandbox.js'
import { Wire } from '../support/wire.js'

const require = createRequire(import.meta.url)
const sandbox = new Sandbox()
after(() => sandbox.remove())

/** Keeps what it gets, as a compressor does until it has a block: the head of the response waits as well. */
class Holding extends Transform {
  /** Resolves when the first chunk is there. */
  readonly held: Promise<void>
  #tellHeld = (): void => undefined

  constructor() {
    super()
    this.held = new Promise((resolve) => {
      this.#tellHeld = resolve
    })
  }

  override _transform(_chunk: Buffer, _encoding: BufferEncoding, _callback: TransformCallback): void {
    this.#tellHeld()
  }
}

for (const name of ['koa2', 'koa3']) {
  describe(`a client that leaves before the head of a stream: ${name}`, () => {
    for (const [kind, source] of [
      ['a generator', endless],
      ['a Node stream', () => Readable.from(endless(), { objectMode: false })],
    ] as const) {
      it(`${kind} that another stream holds back: no error of the app`, async () => {
        const errors: Error[] = []
        const aborted: boolean[] = []
        const holding = new Holding()
        const koa = new (require(name))()
        koa.on('error', (error: Error) => errors.push(error))
        koa.use(async (ctx: any, next: () => Promise<void>) => {
          await next()
          ctx.body = ctx.body.pipe(holding)
        })
        koa.use(responseKit({ onError: (_error, facts) => void aborted.push(facts.aborted) }))
        let closed: Promise<unknown> | undefined
        koa.use((ctx: any) => {
          closed = once(ctx.res, 'close')
          return ctx.streaming(source())
        })
        const app = await listen(koa.callback())
        try {
          const wire = await Wire.connect(app.port)
          wire.get()
          await holding.held
          wire.reset()
          await closed
          await turn() // Koa is told of the end of its own pipeline after the response
          await turn()
          expect(wire.received).to.have.length(0)
        } finally {
          await app.close()
        }
        expect(errors.map(({ message }) => message)).to.deep.equal([])
        expect(aborted).to.deep.equal([true])
      })
    }
  })
}

/** Gives nothing before its end, as code that changes whole pages does. */
class Gathering extends Transform {
  override _transform(_chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    callback()
  }

  override _flush(callback: TransformCallback): void {
    callback(null, 'all of it')
  }
}

/** How other code has a body in its hands before a byte of it leaves. */
const gatherers: Readonly<Record<string, (ctx: any) => unknown>> = {
  'in a stream of its own': (ctx) => {
    ctx.body = ctx.body.pipe(new Gathering())
  },
  'in memory': async (ctx) => {
    ctx.body = Buffer.concat(await ctx.body.toArray())
  },
}

for (const name of ['koa2', 'koa3']) {
  describe(`a source that fails while other code gathers its bytes: ${name}`, () => {
    for (const [what, options] of [
      ['a file', {}],
      ['a file with onProgress', { onProgress() {} }],
    ] as const) {
      for (const [title, gather] of Object.entries(gatherers)) {
        it(`${what}, ${title}: an error page, which is told to all that wait for the end; the file stays`, async () => {
          const path = sandbox.write(`${name} ${what} ${title}.bin`, Buffer.alloc(1_000_000))
          const told: unknown[] = []
          const codeOf = (error: Error | undefined): string | undefined => (error as NodeJS.ErrnoException)?.code
          const koa = new (require(name))()
          koa.on('error', (error: Error) => told.push(['the app', codeOf(error)]))
          koa.use(
            responseKit({ onError: (error, { aborted }) => void told.push(['the hook', codeOf(error), aborted]) }),
          )
          koa.use(async (ctx: any, next: () => Promise<void>) => {
            await next()
            await gather(ctx)
          })
          koa.use(async (ctx: any) => {
            ctx.afterSend(({ error, aborted }: SendOutcome) => void told.push(['the task', codeOf(error), aborted]))
            const tell = (error?: Error) => told.push(['the callback', codeOf(error)])
            await ctx.download(path, 'a.bin', { ...options, deleteAfterSend: true }, tell)
            truncateSync(path, 500_000)
          })
          const app = await listen(koa.callback())
          try {
            const { status, text } = await request(app.port)
            expect([status, text]).to.deep.equal([500, 'Internal Server Error'])
          } finally {
            await app.close()
          }
          expect(told).to.have.deep.members([
            ['the app', 'SHORT_BODY'],
            ['the hook', 'SHORT_BODY', false],
            ['the task', 'SHORT_BODY', false],
            ['the callback', 'SHORT_BODY'],
          ])
          expect(existsSync(path)).to.equal(true)
        })
      }
    }
  })
}

/** Gives what it gets in a later turn, as zlib does. */
class Slow extends Transform {
  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    setImmediate(() => setImmediate(() => callback(null, chunk)))
  }
}

/** A coder of the old kind, as those of event-stream and JSONStream. It gives nothing. */
function oldCoder(): any {
  return Object.assign(new Stream(), { readable: true, writable: true, write: () => true, end() {}, destroy() {} })
}

for (const name of ['koa2', 'koa3']) {
  describe(`a source that fails while its pipelined response waits, coded by other code: ${name}`, () => {
    it('a coder of the old kind: the client gets the error page', async () => {
      const koa = new (require(name))()
      koa.silent = true
      koa.use(async (ctx: any, next: () => Promise<void>) => {
        await next()
        ctx.body = ctx.body.pipe(oldCoder())
      })
      koa.use(responseKit())
      koa.use((ctx: any) =>
        ctx.streaming(async function* () {
          yield 'x'
          throw new Error('the source')
        }),
      )
      const app = await listen(koa.callback())
      try {
        const wire = await Wire.connect(app.port)
        wire.get('/', 'Connection: close\r\n')
        expect((await wire.receiveAll()).toString('latin1')).to.match(/^HTTP\/1\.1 500 /)
      } finally {
        await app.close()
      }
    })

    it('nothing is written after the end of the error page', async () => {
      const koa = new (require(name))()
      let letFirstEnd = (): void => undefined
      const held = new Promise<void>((resolve) => {
        letFirstEnd = resolve
      })
      koa.on('error', () => turn().then(turn).then(turn).then(letFirstEnd)) // the coder has given its bytes by then
      const coder = new Slow()
      koa.use(async (ctx: any, next: () => Promise<void>) => {
        await next()
        if (ctx.path === '/second') ctx.body = ctx.body.pipe(coder) // as koa-compress, which codes the body
      })
      koa.use(responseKit())
      koa.use((ctx: any) => {
        if (ctx.path === '/first') return held.then(() => void ctx.text('first'))
        return ctx.streaming(async function* () {
          yield 'x'.repeat(100)
          throw new Error('the source')
        })
      })
      const app = await listen(koa.callback())
      try {
        const wire = await Wire.connect(app.port)
        wire.get('/first').get('/second', 'Connection: close\r\n')
        const received = (await wire.receiveAll()).toString('latin1')
        expect(received).to.match(/^HTTP\/1\.1 200 OK\r\n/)
        expect(received).to.include('\r\n\r\nfirst').and.not.include('xxxx')
      } finally {
        await app.close()
      }
    })
  })
}

for (const name of ['koa2', 'koa3']) {
  describe(`other code sends bytes of the kit in a stream of its own: ${name}`, () => {
    const errors: Error[] = []
    let closed: Promise<unknown> | undefined
    let app: RunningApp
    const serve = async (replace: () => Readable): Promise<void> => {
      const koa = new (require(name))()
      errors.splice(0)
      koa.on('error', (error: Error) => errors.push(error))
      koa.use(async (ctx: any, next: () => Promise<void>) => {
        await next()
        closed = once(ctx.res, 'close')
        ctx.body = replace() // as koa-compress, which codes the body
      })
      koa.use(responseKit())
      koa.use((ctx: any) => void ctx.bytes(Buffer.alloc(100)))
      app = await listen(koa.callback())
    }
    afterEach(() => app.close())
    const settled = async (): Promise<string[]> => {
      await closed
      await turn() // Koa is told of the end of its own pipeline after the response
      await turn()
      return errors.map((error) => `${'code' in error ? error.code : error.message}`)
    }

    it('a client that leaves after the head is no error of the app', async () => {
      await serve(() => Readable.from(endless(), { objectMode: false }))
      const wire = await Wire.connect(app.port)
      await wire.get().receive(1000)
      wire.reset()
      expect(await settled()).to.deep.equal([])
    })

    it('a client that leaves before the head is no error of the app', async () => {
      const holding = new Holding()
      await serve(() => Readable.from(endless(), { objectMode: false }).pipe(holding))
      const wire = await Wire.connect(app.port)
      wire.get()
      await holding.held
      wire.reset()
      expect(await settled()).to.deep.equal([])
    })

    for (const code of ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE']) {
      it(`a stream that fails with ${code} while the client is there is an error of the app`, async () => {
        const fails = new PassThrough()
        await serve(() => fails)
        const wire = await Wire.connect(app.port)
        fails.write('x'.repeat(1000))
        await wire.get().receive(1000)
        const isOver = new Promise((resolve) => fails.once('close', resolve))
        fails.destroy(Object.assign(new Error('upstream'), { code }))
        await isOver
        wire.reset()
        expect(await settled()).to.include(code)
      })
    }
  })
}

async function* endless(): AsyncGenerator<string> {
  for (;;) {
    yield 'x'.repeat(1000)
    await turn()
  }
}
