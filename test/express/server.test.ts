import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { createServer, responseKit, serverOptions } from '../../src/express/index.js'
import { switches } from '../../src/shared/wire/switches.js'
import { rawExchange } from '../support/raw-exchange.js'
import { request } from '../support/request.js'

const require = createRequire(import.meta.url)

for (const name of ['express4', 'express5']) {
  describe(`createServer(), serverOptions(): ${name}`, () => {
    const express = require(name)
    const servers: http.Server[] = []
    let app: any

    beforeEach(() => {
      app = express()
      app.set('env', 'test')
    })

    afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve)))))

    async function portOf(server: http.Server): Promise<number> {
      servers.push(server.listen(0, '127.0.0.1'))
      await once(server, 'listening')
      return (server.address() as AddressInfo).port
    }

    it('gives requests and responses the prototypes of the app before anything of Express has run', async function () {
      if (!switches.prototypesAtBirth) this.skip() // from Node 24 on, and with all tricks off
      const server = createServer(app)
      const seen: boolean[] = []
      server.prependListener('request', (req, res) =>
        seen.push(Object.getPrototypeOf(req) === app.request, Object.getPrototypeOf(res) === app.response),
      )
      app.get('/', (_req: any, res: any) => res.send('ok'))
      await request(await portOf(server))
      expect(seen).to.deep.equal([true, true])
    })

    it('makes room for all their properties: neither ends as a dictionary', function () {
      this.timeout(20_000)
      const script = join(import.meta.dirname, '../fixtures/fast-shapes.mjs')
      const args = ['--allow-natives-syntax', '--import', 'tsx', script, name]
      expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).to.equal('request fast, response fast')
    })

    it('refuses what is no Express app', () => {
      for (const wrong of [undefined, {}, () => {}, http.createServer, express.Router()]) {
        expect(() => createServer(wrong)).to.throw(TypeError, /app must be an Express application/)
        expect(() => serverOptions(wrong)).to.throw(TypeError, /app must be an Express application/)
      }
    })

    it("passes Node's options on", async () => {
      const server = createServer(app, { keepAliveTimeout: 1234, maxHeaderSize: 2000 })
      expect(server.keepAliveTimeout).to.equal(1234)
      const { status } = await request(await portOf(server), { headers: { 'X-Big': 'x'.repeat(3000) } })
      expect(status).to.equal(431)
    })

    it('serves over https', async () => {
      const [key, cert] = ['key', 'cert'].map((part) =>
        readFileSync(join(import.meta.dirname, `../fixtures/localhost-${part}.pem`)),
      )
      app.get('/', (req: any, res: any) => res.send(`${req.protocol} ${req.secure}`))
      const server = https.createServer({ key, cert, ...serverOptions(app) }, app)
      const port = await portOf(server)
      const [incoming] = await once(https.get({ port, host: '127.0.0.1', ca: cert, agent: false }), 'response')
      expect(await text(incoming)).to.equal('https true')
    })

    it('answers any number of requests on one connection', async () => {
      app.get('/', (req: any, res: any) => res.send(`${req.socket.remotePort}`))
      const port = await portOf(createServer(app))
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
      const answers = await Promise.all(Array.from({ length: 20 }, () => request(port, { agent })))
      agent.destroy()
      expect(new Set(answers.map((answer) => answer.text)).size).to.equal(1)
    })

    it("hands 'upgrade' over", async () => {
      app.get('/', (_req: any, res: any) => res.send('never'))
      const server = createServer(app)
      server.on('upgrade', (req, socket) =>
        socket.end(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: own\r\nConnection: Upgrade\r\n\r\n${req.url}`),
      )
      const wire = 'GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: own\r\nConnection: Upgrade\r\n\r\n'
      expect(await rawExchange(await portOf(server), wire)).to.match(/^HTTP\/1\.1 101 .*\r\n\r\n\/ws$/s)
    })

    it("hands 'checkContinue' over", async () => {
      app.post('/', (req: any, res: any) => req.pipe(res))
      const server = createServer(app)
      server.on('checkContinue', (req, res) => {
        res.writeContinue()
        app(req, res)
      })
      const wire =
        'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi'
      expect(await rawExchange(await portOf(server), wire)).to.match(
        /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n.*hi/s,
      )
    })

    for (const when of ['before', 'after'] as const) {
      it(`calls the end that was put on the app's response ${when} the server was made`, async () => {
        const seen: unknown[] = []
        const put = () => {
          const { end } = app.response
          app.response.end = function (chunk: unknown, ...rest: unknown[]) {
            seen.push(String(chunk))
            return end.call(this, chunk, ...rest)
          }
        }
        app.get('/', (_req: any, res: any) => res.send('heard'))
        if (when === 'before') put()
        const server = createServer(app)
        if (when === 'after') put()
        expect((await request(await portOf(server))).text).to.equal('heard')
        expect(seen).to.deep.equal(['heard'])
      })
    }

    it("calls the end that was put on Node's own response later", async () => {
      const seen: unknown[] = []
      app.get('/', (_req: any, res: any) => res.send('heard'))
      const port = await portOf(createServer(app))
      const { end } = http.ServerResponse.prototype
      http.ServerResponse.prototype.end = function (this: any, ...last: any[]) {
        seen.push(String(last[0]))
        return (end as any).apply(this, last)
      } as typeof end
      try {
        expect((await request(port)).text).to.equal('heard')
      } finally {
        http.ServerResponse.prototype.end = end
      }
      expect(seen).to.deep.equal(['heard'])
    })

    for (const [title, end] of [
      ['a text', (res: any) => res.end('abc')],
      ['bytes', (res: any) => res.end(Buffer.from('abc'))],
      ['a coded text', (res: any) => res.end('616263', 'hex')],
      ['a text and a callback', (res: any) => res.end('abc', () => {})],
      ['a coded text and a callback', (res: any) => res.end('YWJj', 'base64', () => {})],
    ] as const) {
      it(`says the length of a body that is ended with ${title}`, async () => {
        app.get('/', (_req: any, res: any) => end(res))
        const { headers, text } = await request(await portOf(createServer(app)))
        expect([headers['content-length'], headers['transfer-encoding'], text]).to.deep.equal(['3', undefined, 'abc'])
      })
    }

    it('leaves room for a second listener that takes some requests for itself', async () => {
      app.use((req: any, res: any) => res.send(`app ${req.url}`))
      const server = createServer(app)
      const [original] = server.listeners('request') as [http.RequestListener]
      server.removeAllListeners('request')
      server.on('request', (req, res) => {
        if (!req.url?.startsWith('/socket/')) return original.call(server, req, res)
        Object.assign(req, { res, _query: { transport: 'polling' } })
        res.writeHead(200, { 'Content-Type': 'text/plain' })
        res.end('second')
      })
      const port = await portOf(server)
      expect((await request(port, { path: '/socket/1' })).text).to.equal('second')
      expect((await request(port, { path: '/other' })).text).to.equal('app /other')
    })

    it('serves one app on an accelerated and a plain server at once', async () => {
      app.use(responseKit())
      app.get('/', (_req: any, res: any) => res.text('both'))
      const ports = [await portOf(createServer(app)), await portOf(http.createServer(app))]
      for (const port of [...ports, ...ports]) expect((await request(port)).text).to.equal('both')
    })

    it('goes on, unaccelerated, when the app is given another response prototype', async () => {
      app.get('/', (_req: any, res: any) => res.send(`${res.added}`))
      const server = createServer(app)
      app.response = Object.create(app.response, { added: { value: 'new' } })
      expect((await request(await portOf(server))).text).to.equal('new')
    })

    it('runs a constructor of one’s own, whether a class or a function', async () => {
      class OwnRequest extends http.IncomingMessage {
        readonly mark = 'class'
      }
      function OwnResponse(this: any, req: any) {
        http.ServerResponse.call(this, req)
        this.mark = 'function'
      }
      Object.setPrototypeOf(OwnResponse.prototype, http.ServerResponse.prototype)
      app.get('/', (req: any, res: any) => res.send(`${req.mark} ${res.mark} ${req.path}`))
      const own: any = { IncomingMessage: OwnRequest, ServerResponse: OwnResponse }
      expect((await request(await portOf(createServer(app, own)))).text).to.equal('class function /')
    })

    for (const when of ['before', 'after'] as const) {
      it(`a name of Node's closed on the app's prototypes ${when} the first request changes nothing`, async () => {
        const close = () => {
          Object.defineProperty(app.request, 'url', { get: () => '/closed' })
          Object.defineProperty(app.response, 'sendDate', { value: false })
        }
        app.get('/:name', (req: any, res: any) => res.send(`open ${req.url}`))
        const port = await portOf(createServer(app))
        if (when === 'before') close()
        expect((await request(port, { path: '/1' })).text).to.equal('open /1')
        if (when === 'after') close()
        const { text: body, headers } = await request(port, { path: '/2' })
        expect(body).to.equal('open /2')
        expect(headers.date).to.be.a('string')
      })
    }
  })
}
