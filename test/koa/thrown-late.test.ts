import { createRequire } from 'node:module'
import { setImmediate as turn } from 'node:timers/promises'
import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { responseKit } from '../../src/koa/index.js'
import { listen } from '../support/frameworks.js'
import { promised } from '../support/promised.js'
import { request } from '../support/request.js'
import { Sandbox } from '../support/sandbox.js'
import { Wire } from '../support/wire.js'

const require = createRequire(import.meta.url)
const sandbox = new Sandbox()
const path = sandbox.write('small.txt', 'small')
after(() => sandbox.remove())

const VALUES: readonly (readonly [string, unknown])[] = [
  ['a text', 'late'],
  ['a number', 404],
  ['true', true],
  ['a symbol', Symbol('late')],
  ['a function', () => undefined],
  ['an object', {}],
]

/** Answers that leave a stream on the context, some of them for HEAD alone or with koa-compress alone. */
const ANSWERS: Readonly<Record<string, (ctx: any) => unknown>> = {
  streaming: (ctx) => ctx.streaming(['x']),
  'a file': (ctx) => ctx.file(path),
  zip: (ctx) => ctx.zip([{ name: 'a', source: Buffer.from('x') }]),
  json: (ctx) => ctx.json({ text: 'a'.repeat(5000) }),
}

for (const name of ['koa2', 'koa3']) {
  describe(`what is no error and is thrown after an answer: ${name}`, () => {
    /** Throws after the answer, in the handler or in a middleware around the kit. */
    async function serve(answer: (ctx: any) => unknown, isOutside: boolean, throwLate: () => void) {
      const koa = new (require(name))()
      koa.silent = true
      koa.use(async (_ctx: unknown, next: () => Promise<void>) => {
        await next()
        if (isOutside) throwLate()
      })
      koa.use(require('koa-compress')({ threshold: 0 }))
      koa.use(responseKit())
      koa.use(async (ctx: any) => {
        await answer(ctx)
        if (!isOutside) throwLate()
      })
      return listen(koa.callback())
    }

    for (const [title, answer] of Object.entries(ANSWERS)) {
      for (const isOutside of [false, true]) {
        it(`${title}, ${isOutside ? 'around the kit' : 'in the handler'}: an error page, as natively`, async () => {
          for (const method of ['GET', 'HEAD']) {
            for (const [kind, value] of VALUES) {
              const app = await serve(answer, isOutside, () => {
                throw value
              })
              const headers = { 'Accept-Encoding': 'gzip' }
              const { status } = await request(app.port, { method, headers })
              await app.close()
              expect(status, `${method} ${kind}`).to.equal(500)
            }
          }
        })

        it(`${title}, ${isOutside ? 'around the kit' : 'in the handler'}: undefined fails nothing else`, async () => {
          const [thrown, tell] = promised<void>()
          const app = await serve(answer, isOutside, () => {
            tell()
            throw undefined
          })
          const wire = await Wire.connect(app.port)
          wire.get('/', 'Accept-Encoding: gzip\r\n')
          await thrown
          for (let index = 0; index < 5; index++) await turn() // the test fails if a rejection has no owner
          wire.reset()
          await app.close()
        })
      }
    }
  })

  describe(`an error of a class that Koa does not know: ${name}`, () => {
    const errors = {
      'of a class without Error above it': () => new Failure(),
      'of another realm, without the slot of an error': () =>
        runInNewContext("Object.assign(Object.create(Error.prototype), { name: 'E', message: 'x', stack: 'E: x' })"),
    }
    const fails: Readonly<Record<string, (ctx: any, make: () => unknown) => unknown>> = {
      'a source after its first bytes': (ctx, make) =>
        ctx.streaming(
          (async function* () {
            yield 'first'
            await turn()
            throw make()
          })(),
        ),
      'a callback that throws': (ctx, make) =>
        ctx.download(path, () => {
          throw make()
        }),
      'a callback that rejects': (ctx, make) =>
        ctx.download(path, async () => {
          throw make()
        }),
    }
    for (const [kind, make] of Object.entries(errors)) {
      for (const [where, fail] of Object.entries(fails)) {
        it(`${where}, ${kind}: the next request is answered`, async () => {
          const koa = new (require(name))() // without a listener of its own: that of Koa throws for what it does not know
          koa.silent = true
          koa.use(responseKit())
          koa.use((ctx: any) => (ctx.path === '/next' ? ctx.text('next') : fail(ctx, make)))
          const app = await listen(koa.callback())
          await request(app.port).catch(() => undefined) // cut, if the source fails
          for (let index = 0; index < 5; index++) await turn()
          expect((await request(app.port, { path: '/next' })).text).to.equal('next')
          await app.close()
        })
      }
    }
  })
}

class Failure {
  readonly name = 'Failure'
  readonly message = 'late'
  readonly stack = 'Failure: late'
}
