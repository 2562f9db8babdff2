import { EventEmitter, once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import mount from 'koa-mount'
import { responseKit as expressKit } from '../../src/express/index.js'
import { file, type ResponseKitOptions, text } from '../../src/index.js'
import { responseKit as koaKit, problemHandler } from '../../src/koa/index.js'
import { contract } from '../support/contract.js'
import type { Framework } from '../support/frameworks.js'
import { endlessBytes, largeBytes, largePath } from '../support/large-body.js'
import { request } from '../support/request.js'
import { Wire } from '../support/wire.js'

/** Every way that a body leaves. A client that does not read stops each of them. */
const bodies: readonly (readonly [title: string, call: (target: any) => unknown])[] = [
  ['file() of a path', (target) => target.file(largePath)],
  ['file() of a path, without await', (target) => void target.file(largePath)],
  ['file() of a Buffer', (target) => target.file(largeBytes)],
  ['download() of a generator', (target) => target.download(endlessBytes, 'a.bin')],
  ['streaming()', (target) => target.streaming(endlessBytes)],
  ['zip()', (target) => target.zip([{ name: 'a.bin', source: endlessBytes }], 'a.zip', { compress: false })],
  ['reply()', (target) => target.reply(new Response(new Blob([largeBytes])))],
]

async function* failsLate(): AsyncGenerator<string> {
  yield 'a'
  await turn()
  throw new Error('late')
}

/** Installs a kit around the one of the test. */
const outside =
  ({ family }: Framework, options: ResponseKitOptions) =>
  (app: any): void =>
    app.use(family === 'express' ? expressKit(options) : koaKit(options))

contract('the options of an inner kit hold for its answers to their end', ({ serve, framework }) => {
  for (const [title, call] of bodies) {
    it(`idleLimit and onError: ${title}`, async () => {
      const told: string[] = []
      const tell = (name: string, after: () => void = () => {}) => ({
        onError: (_error: Error, { aborted }: { aborted: boolean }) => {
          told.push(`${name}, aborted: ${aborted}`)
          after()
        },
      })
      let cutOff = (): void => {}
      const ended = new Promise<void>((resolve) => {
        cutOff = resolve
      })
      const app = await serve((target) => call(target), {
        setUp: outside(framework, tell('outer', cutOff)),
        kit: { idleLimit: '200ms', ...tell('inner', cutOff) },
      })
      const closed = new Promise<void>((resolve) => {
        app.server.once('connection', (socket) => socket.once('close', () => resolve()))
      })
      const wire = await Wire.connect(app.port)
      await wire.get('/').receive(1)
      await Promise.all([ended, closed])
      await wire.receiveAll()
      expect(told).to.deep.equal(['inner, aborted: true'])
    })
  }

  it('onError: a source that fails late', async () => {
    const told: string[] = []
    const app = await serve((target) => target.streaming(failsLate), {
      setUp: outside(framework, { onError: ({ message }) => void told.push(`outer: ${message}`) }),
      kit: { onError: ({ message }) => void told.push(`inner: ${message}`) },
    })
    const wire = await Wire.connect(app.port)
    await wire.get('/').receiveAll()
    expect(told).to.deep.equal(['inner: late'])
  })

  it('grace: a stream that does not end by itself', async () => {
    const shutdown = new AbortController()
    const app = await serve(
      (target) =>
        target.streaming(async function* ({ signal }) {
          yield 'a'
          if (!signal.aborted) await once(signal, 'abort')
          await new Promise(() => {})
        }),
      {
        setUp: outside(framework, { grace: '1h' }),
        kit: { shutdown: shutdown.signal, grace: 0 },
      },
    )
    const wire = await Wire.connect(app.port)
    await wire.get('/').receive(1)
    shutdown.abort()
    await wire.receiveAll() // it comes to its end
  })

  it('shutdown: a stream that has ended is not told of it', async () => {
    const shutdown = new AbortController()
    let ofSource: AbortSignal | undefined
    const app = await serve(
      (target) =>
        target.streaming(function* ({ signal }) {
          ofSource = signal
          yield 'a'
        }),
      { setUp: outside(framework, {}), kit: { shutdown: shutdown.signal } },
    )
    expect((await request(app.port)).text).to.equal('a')
    await app.close()
    shutdown.abort()
    expect(ofSource?.aborted).to.equal(false)
  })
})

/** Calls back without the async context of the request. */
const pool = new EventEmitter()
const timer = setInterval(() => pool.emit('free'), 5)
after(() => clearInterval(timer))

/** Calls without `await`, whose answer is decided on when a promise has settled. */
const lateCalls: Record<string, (target: any, value: unknown) => Promise<void>> = {
  'reply() of a promise': (target, value) => target.reply(turn().then(() => value)),
  'negotiate() of a function': (target, value) => target.negotiate({ text: () => turn().then(() => value) }),
  'negotiate() of a function that calls reply() itself': (target, value) =>
    target.negotiate({ text: () => turn().then(() => target.reply(value)) }),
}

/** The same. If the request fails meanwhile, they throw, and no code catches it. */
const callsOfPool: typeof lateCalls = {
  'negotiate() of a function that calls reply() in the callback of a pool': (target, value) =>
    target.negotiate({ text: () => new Promise((resolve) => pool.once('free', () => resolve(target.reply(value)))) }),
}

contract('the options of an inner kit decide on an answer that is given without await', ({ serve, framework }) => {
  for (const [title, call] of Object.entries({ ...lateCalls, ...callsOfPool })) {
    it(`files.root: ${title}`, async () => {
      const app = await serve((target) => void call(target, file(largePath)), {
        setUp: outside(framework, {}),
        kit: { files: { root: import.meta.dirname } },
      })
      expect((await request(app.port)).status).to.equal(403)
    })

    it(`etag: ${title}`, async () => {
      const app = await serve((target) => void call(target, text('x')), {
        setUp: outside(framework, { etag: 'strong' }),
        kit: { etag: false },
      })
      const { status, headers } = await request(app.port)
      expect([status, headers.etag]).to.deep.equal([200, undefined])
    })
  }

  for (const [title, call] of Object.entries(lateCalls)) {
    it(`files.root, if the handler fails meanwhile: ${title}`, async () => {
      let isOver: Promise<unknown> = Promise.resolve()
      const app = await serve(
        (target) => {
          isOver = call(target, file(largePath))
          throw new Error('inside')
        },
        {
          setUp: (app) => {
            outside(framework, {})(app)
            if (framework.family === 'koa') {
              app.use(async (ctx: any, next: () => Promise<void>) => {
                await next().catch(({ message }: Error) => (ctx.body = message))
                await isOver
              })
            }
          },
          kit: { files: { root: import.meta.dirname } },
        },
      )
      const { body } = await request(app.port)
      expect(body.length).to.be.lessThan(largeBytes.length)
    })
  }
})

contract('the options of an outer kit hold for its answers', ({ serve, framework }) => {
  // Koa runs the inner part inside of a call of the outer app, or while that call waits.
  if (framework.family === 'koa') {
    const outerCalls: Record<string, (ctx: any, next: () => Promise<void>) => unknown> = {
      'negotiate() of a function that runs the inner part': (ctx, next) =>
        ctx.negotiate({ text: () => next().then(() => text('outer')) }),
      'reply() of a promise that waits for the inner part': (ctx, next) => ctx.reply(next().then(() => text('outer'))),
      'reply() of a promise that settles inside': (ctx, next) => {
        void ctx.reply(turn().then(() => text('outer')))
        return next()
      },
      'text(), and the inner part fails': (ctx, next) => ctx.text('outer') && next().catch(() => undefined),
      'reply() of a promise, and the inner part fails': (ctx, next) => {
        void ctx.reply(turn().then(() => text('outer')))
        return next().catch(() => undefined)
      },
    }
    for (const [title, call] of Object.entries(outerCalls)) {
      it(`if the inner part gives none: ${title}`, async () => {
        const app = await serve(
          async () => {
            await turn()
            await turn()
            if (title.endsWith('fails')) throw new Error('inside')
          },
          {
            setUp: (app) => {
              outside(framework, { etag: false })(app)
              app.use(call)
            },
            kit: { etag: 'strong' },
          },
        )
        const { status, headers, text: body } = await request(app.port)
        expect([status, body, headers.etag]).to.deep.equal([200, 'outer', undefined])
      })
    }
  }

  // Only in Koa does code of the outer app run after the inner one has answered.
  if (framework.family === 'koa') {
    for (const [title, after, expected] of [
      ['it throws', () => Promise.reject(new Error('outside')), 'outside'],
      ['it answers again', (ctx: any) => ctx.text('second'), 'has already been answered'],
    ] as const) {
      it(`if code outside fails after an inner kit has answered: ${title}`, async () => {
        const told: string[] = []
        const kit = (name: string) => ({ onError: ({ message }: Error) => void told.push(`${name}: ${message}`) })
        const app = await serve((target) => target.text('first'), {
          setUp: (app) => {
            outside(framework, kit('outer'))(app)
            app.use(problemHandler())
            app.use(async (ctx: any, next: () => Promise<void>) => {
              await next()
              await after(ctx)
            })
          },
          kit: kit('inner'),
        })
        await request(app.port)
        expect(told).to.have.length(1)
        expect(told[0])
          .to.match(/^outer: /)
          .and.include(expected)
      })
    }
  }

  it('if an inner kit has been entered before', async () => {
    const told: string[] = []
    const kit = (name: string) => ({ onError: ({ message }: Error) => void told.push(`${name}: ${message}`) })
    const app = await serve((target) => target.streaming(failsLate), {
      kit: false,
      setUp: (app) => {
        outside(framework, kit('outer'))(app)
        const inner = framework.family === 'express' ? framework.module.Router() : new framework.module()
        outside(framework, kit('inner'))(inner)
        app.use(framework.family === 'express' ? inner : mount('/a', inner))
      },
    })
    const wire = await Wire.connect(app.port)
    await wire.get('/a/x').receiveAll()
    expect(told).to.deep.equal(['outer: late'])
  })
})
