import { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import { expect } from 'chai'
import inject from 'light-my-request'
import supertest from 'supertest'
import { createServer, responseKit } from '../../src/express/index.js'
import { responseKit as koaKit } from '../../src/koa/index.js'
import { Sandbox } from '../support/sandbox.js'

const require = createRequire(import.meta.url)
// Every byte value, so that a wrong encoding anywhere shows.
const BYTES = Buffer.from(Array.from({ length: 256 }, (_, value) => value))

interface Result {
  readonly status: number
  readonly body: Buffer
}

type Send = (app: any, path: string) => Promise<Result>

const v2Event = (path: string) => ({
  version: '2.0',
  routeKey: '$default',
  rawPath: path,
  rawQueryString: '',
  headers: { host: 'a.example' },
  requestContext: { http: { method: 'GET', path, sourceIp: '127.0.0.1' }, stage: '$default' },
  isBase64Encoded: false,
})
const lambdaResult = ({ statusCode, body, isBase64Encoded }: any): Result => ({
  status: statusCode,
  body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
})

/** What stands in for a server: Lambda adapters, injectors and supertest. */
const senders: Record<string, Send> = {
  'serverless-http': async (app, path) =>
    lambdaResult(await require('serverless-http')(app, { binary: true })(v2Event(path), {})),
  '@vendia/serverless-express': async (app, path) =>
    lambdaResult(
      await require('@vendia/serverless-express')({ app, binarySettings: { isBinary: () => true } })(
        v2Event(path),
        {},
        undefined,
      ),
    ),
  '@codegenie/serverless-express': async (app, path) =>
    lambdaResult(
      await require('@codegenie/serverless-express')({ app, binarySettings: { isBinary: () => true } })(
        v2Event(path),
        {},
        undefined,
      ),
    ),
  'light-my-request': async (app, path) => {
    // It changes what Express's messages inherit from, for all apps of the process.
    const messages: object[] = app.request === undefined ? [] : [app.request, app.response]
    const shared: object[] = messages.map((each) => Object.getPrototypeOf(each))
    const before = shared.map((each) => Object.getPrototypeOf(each))
    try {
      const { statusCode, rawPayload } = await inject(app, { method: 'GET', url: path })
      return { status: statusCode, body: rawPayload }
    } finally {
      for (const [index, each] of shared.entries()) Object.setPrototypeOf(each, before[index] ?? null)
    }
  },
  supertest: async (app, path) => {
    const { status, body } = await supertest(app)
      .get(path)
      .buffer(true)
      .parse((res, done) => {
        const chunks: Buffer[] = []
        res.on('data', (chunk) => chunks.push(Buffer.from(chunk)))
        res.on('end', () => done(null, Buffer.concat(chunks)))
      })
    return { status, body }
  },
  'node-mocks-http': (app, path) => mocked(app, path, { eventEmitter: EventEmitter }),
  'node-mocks-http without events': (app, path) => mocked(app, path, {}),
}

/** Express did not make this mock: the middleware runs alone. */
async function mocked({ kit, handler }: any, path: string, options: object): Promise<Result> {
  const { createMocks } = require('node-mocks-http')
  const { req, res } = createMocks({ method: 'GET', url: path }, options)
  await new Promise((resolve, reject) =>
    kit(req, res, (error: unknown) => (error ? reject(error) : resolve(undefined))),
  )
  await handler(req, res)
  const buffer: Buffer = res._getBuffer()
  return { status: res.statusCode, body: buffer.length > 0 ? buffer : Buffer.from(res._getData(), 'utf8') }
}

const sandbox = new Sandbox()
after(() => sandbox.remove())
const path = sandbox.write('bytes.bin', BYTES)
const answers: readonly (readonly [string, (res: any) => unknown, Buffer])[] = [
  ['text()', (res) => res.text('Grüße €'), Buffer.from('Grüße €')],
  ['bytes()', (res) => res.bytes(BYTES), BYTES],
  ['file() of a path', (res) => res.file(path), BYTES],
  ['download() of bytes', (res) => res.download(BYTES, 'a.bin'), BYTES],
  ['streaming()', (res) => res.streaming([BYTES, BYTES]), Buffer.concat([BYTES, BYTES])],
  ['sse()', (res) => res.sse(['ü']), Buffer.from('data: ü\n\n')],
]

/** Fails after its head was sent. */
const failLate = (res: any): unknown =>
  res.streaming(async function* () {
    yield 'a part'
    await new Promise(setImmediate)
    throw new Error('late')
  })

/** Keeps the error from Express's own handler, which needs a socket that can be destroyed. */
const swallow = (_error: unknown, _req: unknown, _res: unknown, _next: unknown): void => undefined

/** How an answer that fails late looks to the sender, and what `afterSend` is told of it. */
async function sendFailingLate(send: Send, createApp: (handler: (res: any) => unknown) => any) {
  let tell = (_: unknown): void => undefined
  const told = new Promise((resolve) => (tell = resolve))
  const app = createApp((res) => {
    res.afterSend(({ aborted, error }: any) => tell({ aborted, message: error?.message }))
    return failLate(res)
  })
  const isRefused = await send(app, '/x').then(
    ({ status }) => status === 500, // so two of the Lambda adapters answer for a function that fails
    () => true,
  )
  return { isRefused, told: await told }
}

for (const name of ['koa2', 'koa3']) {
  for (const [sender, send] of Object.entries(senders)) {
    if (sender.startsWith('node-mocks-http')) continue // Koa's context needs more of a response than the mock has
    describe(`${sender}: ${name}`, () => {
      for (const [call, handler, expected] of answers) {
        it(`${call} arrives byte by byte, and its end is told once`, async () => {
          const outcomes: unknown[] = []
          const Koa = require(name)
          const app = new Koa().use(koaKit()).use((ctx: any) => {
            ctx.afterSend((outcome: unknown) => outcomes.push(outcome))
            return handler(ctx)
          })
          const { status, body } = await send(app.callback(), '/x')
          expect(status).to.equal(200)
          expect(body.equals(expected), `${body.length} bytes`).to.equal(true)
          await new Promise(setImmediate)
          expect(outcomes).to.deep.equal([{ aborted: false, error: undefined }])
        })
      }

      it('an answer that fails after its head does not look complete, and its end is told', async () => {
        const Koa = require(name)
        const answer = await sendFailingLate(send, (handler) => {
          const app = new Koa().use(koaKit()).use((ctx: any) => handler(ctx))
          app.silent = true
          return app.callback()
        })
        expect(answer).to.deep.equal({ isRefused: true, told: { aborted: false, message: 'late' } })
      })
    })
  }
}

for (const name of ['express4', 'express5']) {
  for (const [sender, send] of Object.entries(senders)) {
    describe(`${sender}: ${name}`, () => {
      for (const accelerated of [false, true]) {
        for (const [call, handler, expected] of answers) {
          it(`${call} arrives byte by byte${accelerated ? ' after createServer()' : ''}, and its end is told once`, async () => {
            const outcomes: unknown[] = []
            const kit = responseKit()
            const finish = async (_req: unknown, res: any) => {
              res.afterSend((outcome: unknown) => outcomes.push(outcome))
              await handler(res)
            }
            const app = Object.assign(require(name)(), { kit, handler: finish })
            app.use(kit).get('/x', finish)
            if (accelerated) createServer(app)
            const { status, body } = await send(app, '/x')
            expect(status).to.equal(200)
            expect(body.equals(expected), `${body.length} bytes`).to.equal(true)
            await new Promise(setImmediate)
            expect(outcomes).to.deep.equal([{ aborted: false, error: undefined }])
          })
        }
      }

      it('an answer that fails after its head does not look complete, and its end is told', async () => {
        const answer = await sendFailingLate(send, (finish) => {
          const kit = responseKit()
          const handler = (_req: unknown, res: any) => finish(res)
          const app = Object.assign(require(name)(), { kit, handler })
          return app.use(kit).get('/x', handler).use(swallow)
        })
        // A mock has no caller that could be told.
        const isRefused = !sender.startsWith('node-mocks-http')
        expect(answer).to.deep.equal({ isRefused, told: { aborted: false, message: 'late' } })
      })

      it('the callback of download() is called once, without an error', async () => {
        const told: unknown[] = []
        const kit = responseKit()
        const handler = (_req: unknown, res: any) => res.download(path, (error: unknown) => told.push(error))
        const app = Object.assign(require(name)(), { kit, handler })
        app.use(kit).get('/x', handler)
        expect((await send(app, '/x')).body.equals(BYTES)).to.equal(true)
        await new Promise(setImmediate)
        expect(told).to.deep.equal([undefined])
      })
    })
  }
}
