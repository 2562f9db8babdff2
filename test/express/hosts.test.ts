import { execFile } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { readFileSync } from 'node:fs'
import http, { type RequestListener } from 'node:http'
import http2 from 'node:http2'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { createServer, problemHandler, respond, responseKit, verifySignedUrl } from '../../src/express/index.js'
import { defineRoutes } from '../../src/index.js'
import {
  responseKit as koaKit,
  problemHandler as koaProblemHandler,
  respond as koaRespond,
  verifySignedUrl as koaVerifySignedUrl,
} from '../../src/koa/index.js'
import { listen, type RunningApp } from '../support/frameworks.js'
import { request } from '../support/request.js'

const require = createRequire(import.meta.url)
const PROTOTYPES: readonly object[] = [
  Object.prototype,
  Function.prototype,
  EventEmitter.prototype,
  require('node:stream').prototype,
  require('node:stream').Writable.prototype,
  http.OutgoingMessage.prototype,
  http.ServerResponse.prototype,
]

type Use = (...middleware: any[]) => void

/** Hosts that hand Node's own messages to Express middleware. */
const hosts: Record<string, (setUp: (use: Use) => void) => RequestListener> = {
  connect: (setUp) => {
    const app = require('connect')()
    setUp((...all) => {
      for (const each of all) app.use(each)
    })
    return app
  },
  router: (setUp) => {
    const router = require('router')()
    setUp((...all) => router.use(...all))
    return (req, res) => router(req, res, require('finalhandler')(req, res))
  },
  polka: (setUp) => {
    const app = require('polka')()
    const all: any[] = []
    setUp((...more) => all.push(...more))
    const last = all.pop()
    app.use(...all).get('*', last)
    return app.handler
  },
  'bare node:http': (setUp) => {
    const all: any[] = []
    setUp((...more) => all.push(...more))
    return (req, res) => {
      const run = (index: number): unknown => all[index]?.(req, res, () => run(index + 1))
      run(0)
    }
  },
}

describe('the Express kit on a host without an Express app', () => {
  const before = PROTOTYPES.map((each) => Reflect.ownKeys(each))
  let running: RunningApp | undefined
  afterEach(async () => {
    await running?.close()
    running = undefined
    expect(PROTOTYPES.map((each) => Reflect.ownKeys(each))).to.deep.equal(before)
  })

  for (const [name, host] of Object.entries(hosts)) {
    describe(name, () => {
      const told: Error[] = []
      const options = { routes: defineRoutes({ home: '/home' }), onError: (error: Error) => void told.push(error) }
      const ask = async (handler: (req: any, res: any) => unknown, init = {}, kit: object = options) => {
        told.length = 0
        running = await listen(host((use) => use(responseKit(kit), handler)))
        return request(running.port, init)
      }

      const cases: readonly (readonly [string, (req: any, res: any) => unknown, object])[] = [
        ['text()', (_req, res) => res.text('Grüße'), { status: 200, text: 'Grüße' }],
        ['json()', (_req, res) => res.json({ a: 1 }), { status: 200, text: '{"a":1}' }],
        ['reply()', (_req, res) => res.reply({ a: 1 }), { status: 200, text: '{"a":1}' }],
        ['problem()', (_req, res) => res.problem({ status: 404 }), { status: 404 }],
        ['download() of bytes', (_req, res) => res.download(Buffer.from('abc'), 'a.txt'), { status: 200, text: 'abc' }],
        ['streaming()', (_req, res) => res.streaming(['a', 'b']), { status: 200, text: 'ab' }],
        ['sse()', (_req, res) => res.sse(['a']), { status: 200, text: 'data: a\n\n' }],
        ['a cookie', (_req, res) => res.setCookie('a', '1').text('x'), { status: 200, text: 'x' }],
        ['a flash value', (_req, res) => res.text(String(res.flash().notice)), { status: 200, text: 'undefined' }],
        ['respond()', (req, res) => respond(() => ({ a: 1 }))(req, res, () => {}), { status: 200, text: '{"a":1}' }],
      ]
      for (const [call, handler, expected] of cases) {
        it(`${call} answers`, async () => expect(await ask(handler)).to.include(expected))
      }

      it('redirectTo() and back() know the origin of the request', async () => {
        const redirected = await ask((req, res) => (req.headers.referer ? res.back('/other') : res.redirectTo('home')))
        expect([redirected.status, redirected.headers.location]).to.deep.equal([302, '/home'])
        const { port } = running as RunningApp
        const headers = { Host: 'shop.example', Referer: 'http://shop.example/list' }
        expect((await request(port, { headers })).headers.location).to.equal('/list')
        const hostile = { Host: 'shop.example', 'X-Forwarded-Host': 'evil.example', Referer: 'http://evil.example/x' }
        expect((await request(port, { headers: hostile })).headers.location).to.equal('/other')
      })

      it("has Express's default entity-tag, and 304", async () => {
        const { headers } = await ask((_req, res) => res.text('hello'))
        expect(headers.etag).to.equal('W/"5-qvTGHdzF6KLavt4PO0gs2a6pQ00"') // what Express sends for `hello`
        const { port } = running as RunningApp
        expect((await request(port, { headers: { 'If-None-Match': headers.etag } })).status).to.equal(304)
      })

      it('a failed call is its plain status, and onError is told', async () => {
        const missing = await ask((_req, res) => res.setCookie('a', '1').download('/no/such/file'))
        expect(missing.status).to.equal(404)
        // `router` hands the failure to the error handling of the host that runs it, here finalhandler.
        if (name !== 'router') expect(missing.text).to.equal('Not Found')
        expect(missing.headers).not.to.have.any.keys('content-disposition', 'etag')
        expect(told).to.have.length(1)
      })

      it('a source that fails before its first chunk is a plain 500 without its message', async () => {
        const failed = await ask((_req, res) =>
          res.streaming(
            // biome-ignore lint/correctness/useYield: it fails before its first chunk
            (function* () {
              throw new Error('secret')
            })(),
          ),
        )
        expect(failed.status).to.equal(500)
        if (name !== 'router') expect(failed.text).to.equal('Internal Server Error')
        expect(told.map(({ message }) => message)).to.deep.equal(['secret'])
      })

      it('problemHandler() answers errors', async () => {
        const answered = await ask((req, res) => problemHandler()(new Error('x'), req, res, () => {}))
        expect(answered.status).to.equal(500)
        expect(answered.headers['content-type']).to.match(/^application\/problem\+json/)
      })

      it('afterSend() runs after a complete response', async () => {
        const outcome = new Promise((resolve) => {
          void ask((_req, res) => res.afterSend(resolve).text('x'))
        })
        expect(await outcome).to.deep.equal({ aborted: false, error: undefined })
      })
    })
  }

  it('templates render with the option `templates`', async () => {
    const templates = (page: string, variables: any) => `${page}: ${variables.user}`
    const app = require('connect')().use(responseKit({ templates }))
    app.use((_req: any, res: any) => res.template('page', { user: 'Ada' }))
    running = await listen(app)
    expect((await request(running.port)).text).to.equal('page: Ada')
  })
})

describe('the Express kit in larger tools', () => {
  it('serves in the middleware mode of Vite', async function () {
    this.timeout(60_000)
    const { createServer: createVite } = await import('vite')
    const use = (middlewares: any) => {
      middlewares.use(responseKit())
      middlewares.use('/api', (_req: any, res: any) => res.setCookie('a', '1').reply({ from: 'vite' }))
    }
    const vite = await createVite({
      configFile: false,
      logLevel: 'silent',
      appType: 'custom',
      optimizeDeps: { noDiscovery: true },
      server: { middlewareMode: true, hmr: false, ws: false, watch: null },
      plugins: [{ name: 'api', configureServer: (server) => use(server.middlewares) }],
    })
    const running = await listen(vite.middlewares)
    try {
      const { status, text, headers } = await request(running.port, { path: '/api/x' })
      expect({ status, text }).to.deep.equal({ status: 200, text: '{"from":"vite"}' })
      expect(headers['set-cookie']?.[0]).to.match(/^a=1;/)
    } finally {
      await running.close()
      await vite.close()
    }
  })

  it('serves in Fastify by @fastify/middie', async () => {
    const fastify = require('fastify')()
    await fastify.register(require('@fastify/middie'))
    const told: Error[] = []
    fastify.use(responseKit({ onError: (error) => void told.push(error) }))
    fastify.use('/api', (_req: any, res: any) => res.reply({ from: 'middie' }))
    fastify.use('/missing', (_req: any, res: any) => res.download('/no/such/file'))
    await fastify.listen({ port: 0, host: '127.0.0.1' })
    const { port } = fastify.server.address()
    try {
      expect((await request(port, { path: '/api' })).text).to.equal('{"from":"middie"}')
      expect((await request(port, { path: '/missing' })).status).to.equal(404)
      expect(told).to.have.length(1)
    } finally {
      await fastify.close()
    }
  })
})

describe('a test double of a request that has no headers', () => {
  const calls: readonly (readonly [string, (res: any) => unknown])[] = [
    ['text()', (res) => res.text('x')],
    ['problem()', (res) => res.problem({ status: 404 })],
    ['back()', (res) => res.back('/x')],
    ['download()', (res) => res.download(Buffer.from('x'), 'a.txt')],
    ['a flash value', (res) => res.text(String(res.flash().notice))],
    ['negotiate()', (res) => res.negotiate({ json: () => ({}), html: () => '' })],
  ]
  for (const [call, send] of calls) {
    it(`${call} answers`, async () => {
      let ends = 0
      const res = { statusCode: 200, setHeader() {}, end: () => void ends++ }
      responseKit()({} as never, res as never, () => {})
      await send(res)
      expect(ends).to.equal(1)
      expect(res.statusCode).to.be.below(500)
    })
  }

  it('a staged Trailer leaves a response that names no request', async () => {
    const fields = new Map([['trailer', 'Expires']])
    const res = {
      statusCode: 200,
      setHeader: (name: string, value: string) => void fields.set(name.toLowerCase(), value),
      getHeader: (name: string) => fields.get(name.toLowerCase()),
      getHeaderNames: () => [...fields.keys()],
      hasHeader: (name: string) => fields.has(name.toLowerCase()),
      removeHeader: (name: string) => void fields.delete(name.toLowerCase()),
      end() {},
    }
    responseKit()({} as never, res as never, () => {})
    await (res as any).text('x')
    expect(res.statusCode).to.equal(200)
    expect(res.hasHeader('Trailer')).to.equal(false)
  })
})

describe('a test double of a response that has no events', () => {
  const answers: readonly (readonly [string, (res: any) => unknown, string | RegExp])[] = [
    ['text()', (res) => res.text('a'), 'a'],
    ['redirectLocal()', (res) => res.redirectLocal('/x'), 'Found. Redirecting to /x'],
    ['a cookie', (res) => res.setCookie('a', '1').text('x'), 'x'],
    ['streaming()', (res) => res.streaming(['a', 'b']), 'ab'],
    ['zip()', (res) => res.zip([{ name: 'a', source: Buffer.from('x') }]), /^PK/],
    ['sse()', (res) => res.sse(['a']), 'data: a\n\n'],
    ['csv()', (res) => res.csv([{ a: 1 }]), 'a\r\n1\r\n'],
    ['ndjson()', (res) => res.ndjson([{ a: 1 }]), '{"a":1}\n'],
    ['jsonStream()', (res) => res.jsonStream({ a: [1] }), '{"a":[1]}'],
    ['jsonArray()', (res) => res.jsonArray([1]), '[1]'],
  ]
  /** As that of sinon-express-mock: functions that return the double are in the place of all members. */
  const stubs = (res: object) => {
    const stub = () => res
    return { append: stub, get: stub, headersSent: stub, send: stub, set: stub, status: stub, writeHead: stub }
  }
  for (const [double, more] of [
    ['with setHeader(), write() and end()', () => ({})],
    ['with a function in the place of headersSent', stubs],
  ] as const) {
    for (const [call, send, expected] of answers) {
      it(`${double}: ${call} answers`, async () => {
        const chunks: unknown[] = []
        const errors: Error[] = []
        let ends = 0
        const res: Record<string, unknown> = {
          setHeader() {},
          write: (chunk: unknown) => void chunks.push(chunk),
          end(chunk: unknown = '') {
            chunks.push(chunk)
            ends++
          },
        }
        Object.assign(res, more(res))
        const kit = responseKit({ onError: (error) => void errors.push(error) })
        kit({ method: 'GET', url: '/', headers: { host: 'a.example' } } as never, res as never, () => {})
        await send(res)
        expect(errors).to.deep.equal([])
        expect(ends).to.equal(1)
        const text = chunks.map(String).join('')
        if (typeof expected === 'string') expect(text).to.equal(expected)
        else expect(text).to.match(expected)
      })
    }
  }
})

describe('a host that the kit cannot serve', () => {
  const calls: readonly (readonly [string, () => unknown, RegExp])[] = [
    [
      'a response without methods',
      () => responseKit()({} as never, { locals: {} } as never, () => {}),
      /setHeader\(\) and end\(\)/,
    ],
    ['no response at all', () => responseKit()({} as never, undefined as never, () => {}), /setHeader\(\) and end\(\)/],
    [
      'a frozen response',
      () => responseKit()({} as never, Object.freeze({ setHeader() {}, end() {} }) as never, () => {}),
      /frozen/,
    ],
    [
      'an HTTP/2 request',
      () => responseKit()({ httpVersionMajor: 2 } as never, { setHeader() {}, end() {} } as never, () => {}),
      /HTTP\/2.*response-kit\/koa/,
    ],
    [
      'Express arguments for the Koa kit',
      () => koaKit()({ method: 'GET', headers: {} } as never, {} as never),
      /response-kit\/express/,
    ],
    ['no messages', () => responseKit()(null as never, null as never, () => {}), /needs a response with setHeader/],
    [
      'a response without a request',
      () => responseKit()(undefined as never, { setHeader() {}, end() {} } as never, () => {}),
      /needs a request/,
    ],
    [
      'a frozen request without headers',
      () => responseKit()(Object.freeze({}) as never, { setHeader() {}, end() {} } as never, () => {}),
      /needs a request with headers/,
    ],
    ['no context for the Koa kit', () => koaKit()(undefined as never, (() => {}) as never), /Koa context/],
    ['a context without response for the Koa kit', () => koaKit()({} as never, (() => {}) as never), /Koa context/],
    [
      'responseKit itself as middleware of Express',
      () => responseKit({ method: 'GET', headers: {} } as never),
      /app\.use\(responseKit\(\)\)/,
    ],
    [
      'responseKit itself as middleware of Koa',
      () => koaKit({ req: {}, res: {} } as never),
      /app\.use\(responseKit\(\)\)/,
    ],
  ]
  for (const [title, call, message] of calls) {
    it(`${title} is one TypeError that names what to use, and no prototype is touched`, () => {
      const before = PROTOTYPES.map((each) => Reflect.ownKeys(each))
      expect(call).to.throw(TypeError, message).with.property('code', 'WRONG_HOST')
      expect(PROTOTYPES.map((each) => Reflect.ownKeys(each))).to.deep.equal(before)
    })
  }

  const expressMiddlewares: Readonly<Record<string, () => unknown>> = {
    'responseKit()': () => responseKit(),
    'problemHandler()': () => problemHandler(),
    'respond()': () => respond(() => 'x'),
    'verifySignedUrl()': () => verifySignedUrl(),
  }
  for (const [call, create] of Object.entries(expressMiddlewares)) {
    for (const name of ['koa2', 'koa3']) {
      it(`${call} of the Express entry in ${name} fails at the first request and names the Koa entry`, async () => {
        const Koa = require(name)
        const app = new Koa()
        const errors: unknown[] = []
        app.on('error', (error: unknown) => errors.push(error))
        app.use(create())
        const running = await listen(app.callback())
        const { status } = await request(running.port)
        await running.close()
        expect(status).to.equal(500)
        expectWrongHost(errors, `${call} of 'response-kit/express'`, "use 'response-kit/koa'")
      })
    }
  }

  const koaMiddlewares: Readonly<Record<string, () => unknown>> = {
    'responseKit()': () => koaKit(),
    'problemHandler()': () => koaProblemHandler(),
    'respond()': () => koaRespond(() => 'x'),
    'verifySignedUrl()': () => koaVerifySignedUrl(),
  }
  for (const [call, create] of Object.entries(koaMiddlewares)) {
    for (const name of ['express4', 'express5']) {
      it(`${call} of the Koa entry in ${name} fails at the first request and names the Express entry`, async () => {
        const app = require(name)()
        app.set('env', 'test')
        app.use(create())
        const errors: unknown[] = []
        app.use((error: unknown, _req: any, res: any, _next: any) => {
          errors.push(error)
          res.status(500).end()
        })
        const running = await listen(app)
        const { status } = await request(running.port)
        await running.close()
        expect(status).to.equal(500)
        expectWrongHost(errors, `${call} of 'response-kit/koa'`, "use 'response-kit/express'")
      })
    }
  }

  function expectWrongHost(errors: readonly unknown[], ...texts: readonly string[]): void {
    expect(errors).to.have.length(1)
    expect(errors[0]).to.be.instanceOf(TypeError).and.include({ code: 'WRONG_HOST' })
    for (const text of texts) expect((errors[0] as TypeError).message).to.include(text)
  }

  it("http2's compatibility response is refused by the Express kit, on the wire", async () => {
    const errors: unknown[] = []
    const server = http2.createServer((req, res) => {
      try {
        responseKit()(req as never, res as never, () => {})
      } catch (error) {
        errors.push(error)
      }
      res.end()
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const stream = client.request({ ':path': '/' })
    await once(stream.resume(), 'close')
    client.close()
    await new Promise((resolve) => server.close(resolve))
    expect(errors).to.have.length(1)
    expect(errors[0]).to.be.instanceOf(TypeError).and.include({ code: 'WRONG_HOST' })
  })
})

describe('packages that make messages of their own', () => {
  it('http2-express-bridge: each request is one clear error for the error handling of the app', async () => {
    const app = require('http2-express-bridge')(require('express4'))
    const errors: any[] = []
    app.use(responseKit())
    app.use((_req: unknown, res: any) => res.send('not reached'))
    app.use((error: unknown, _req: unknown, res: any, _next: unknown) => {
      errors.push(error)
      res.status(500).send('refused')
    })
    const read = (name: string) => readFileSync(join(import.meta.dirname, '../fixtures', name))
    const pair = { key: read('localhost-key.pem'), cert: read('localhost-cert.pem') }
    const server = http2.createSecureServer({ ...pair, allowHTTP1: true }, app)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const client = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
    const stream = client.request({ ':path': '/' })
    const [headers] = await once(stream, 'response')
    await once(stream.resume(), 'close')
    client.close()
    await new Promise((resolve) => server.close(resolve))
    expect(headers[':status']).to.equal(500)
    expect(errors).to.have.length(1)
    expect(errors[0]).to.be.instanceOf(TypeError).and.include({ code: 'WRONG_HOST' })
    expect(errors[0].message).to.match(/HTTP\/2.*'response-kit\/koa'.*sendReply/)
  })

  it('sinon-express-mock: its response is refused, and no prototype of Node gets a method', () => {
    const { mockReq, mockRes } = require('sinon-express-mock')
    const before = PROTOTYPES.map((each) => Reflect.ownKeys(each))
    expect(() => responseKit()(mockReq(), mockRes(), () => {}))
      .to.throw(TypeError, 'needs a response with setHeader() and end()')
      .with.property('code', 'WRONG_HOST')
    expect(PROTOTYPES.map((each) => Reflect.ownKeys(each))).to.deep.equal(before)
  })
})

describe('createServer() and serverOptions()', () => {
  for (const name of ['express4', 'express5']) {
    it(`change nothing of the app: ${name}`, () => {
      const app = require(name)()
      const look = () => [app.request, app.response].map((each) => Object.getOwnPropertyDescriptors(each))
      const before = look()
      createServer(app)
      expect(look()).to.deep.equal(before)
    })
  }
})

describe('the Express kit on a host that changes the prototypes of Node, as restify does', function () {
  this.timeout(30_000)

  it('answers, beside the calls of the host, and leaves the prototypes as the host has made them', async () => {
    const fixture = join(import.meta.dirname, 'fixtures/patched-prototypes-app.ts')
    const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', '--import', 'tsx', fixture])
    const { answers, told, added } = JSON.parse(stdout.slice(stdout.lastIndexOf('\n{') + 1))
    const expected: Readonly<Record<string, readonly [status: number, text: string]>> = {
      '/text': [200, 'Grüße'],
      '/reply': [200, '{"a":1}'],
      '/problem': [409, '{"title":"Conflict","status":409}'],
      '/download': [200, 'abc'],
      '/streaming': [200, 'ab'],
      '/cookie': [200, 'x'],
      '/redirect': [302, 'Found. Redirecting to /home'],
      '/missing': [404, 'Not Found'],
      '/native': [200, '{"own":true}'],
    }
    for (const [path, [status, text]] of Object.entries(expected))
      expect(answers[path], path).to.include({ status, text })
    expect(answers['/download'].fields).to.include({ 'content-disposition': 'attachment; filename=a.txt' })
    expect(answers['/cookie'].fields).to.include({ 'set-cookie': 'a=1; Path=/' })
    expect(told).to.deep.equal(['File not found'])
    expect(added).to.deep.equal([])
  })
})
