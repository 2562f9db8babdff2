import { randomBytes } from 'node:crypto'
import http from 'node:http'
import { createRequire } from 'node:module'
import { Readable } from 'node:stream'
import zlib from 'node:zlib'
import { expect } from 'chai'
import compression from 'compression'
import session from 'express-session'
import { responseKit } from '../../src/express/index.js'
import { redirect, sendReply } from '../../src/index.js'
import { listen, type RunningApp } from '../support/frameworks.js'
import { type Answer, request } from '../support/request.js'

const require = createRequire(import.meta.url)

const DECODERS: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: (body) => zlib.gunzipSync(body),
  deflate: (body) => zlib.inflateSync(body),
  br: (body) => zlib.brotliDecompressSync(body),
}

/** A URL that a client may choose: its redirect is long enough for `compression` with its defaults. */
const LONG = `/next?q=${'a'.repeat(2000)}`

async function withConnection(app: RunningApp, use: (agent: http.Agent) => Promise<void>): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  try {
    await use(agent)
  } finally {
    agent.destroy()
    await app.close()
  }
}

function decoded({ headers, body }: Answer): string {
  const decode = DECODERS[headers['content-encoding'] ?? '']
  return (decode === undefined ? body : decode(body)).toString()
}

class SlowStore extends session.MemoryStore {
  override set(...given: Parameters<session.MemoryStore['set']>): void {
    setTimeout(() => super.set(...given), 50)
  }
}

/** A redirect, then another answer on the same connection, which is read wrongly if the redirect has a byte too many. */
async function expectInStep(
  app: RunningApp,
  coding: string,
  location: string,
  fields: http.OutgoingHttpHeaders = {},
): Promise<void> {
  await withConnection(app, async (agent) => {
    for (let round = 0; round < 2; round++) {
      const first = await request(app.port, { path: '/go', agent, headers: { ...fields, 'Accept-Encoding': coding } })
      expect([first.status, first.headers.location]).to.deep.equal([302, location])
      expect(first.headers['content-encoding']).to.equal(coding)
      expect(decoded(first)).to.equal(`Found. Redirecting to ${location}`)
      expect((await request(app.port, { path: '/second', agent })).text).to.equal('second')
    }
  })
}

for (const name of ['express4', 'express5']) {
  describe(`redirects under compression: ${name}`, () => {
    for (const coding of Object.keys(DECODERS)) {
      for (const [title, options, location] of [
        ['a long URL', {}, LONG],
        ['a short URL without a threshold', { threshold: 0 }, '/next'],
      ] as const) {
        it(`${coding}, ${title}: the body is whole, and the connection stays in step`, async () => {
          const express = require(name)()
          express.use(compression(options))
          express.use(responseKit())
          express.get('/go', (_req: any, res: any) => res.redirectLocal(location))
          express.get('/second', (_req: any, res: any) => res.send('second'))
          await expectInStep(await listen(express), coding, location)
        })
      }
    }

    it('a session that other code changed is stored meanwhile: more than the socket takes at once leaves after that', async () => {
      const location = `/next?q=${randomBytes(6000).toString('base64url')}`
      const express = require(name)()
      express.use(compression())
      express.use(session({ secret: 'x', resave: false, saveUninitialized: false, store: new SlowStore() }))
      express.use((req: any, res: any, next: () => void) => {
        req.session.visits = (req.session.visits ?? 0) + 1
        for (let index = 0; index < 5; index++) res.append('X-Fill', 'x'.repeat(1000))
        next()
      })
      express.use(responseKit())
      express.get('/go', (_req: any, res: any) => res.redirectLocal(location))
      express.get('/second', (_req: any, res: any) => res.send('second'))
      const app = await listen(express)
      const { headers } = await request(app.port, { path: '/second' })
      const cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? ''
      await expectInStep(app, 'gzip', location, { cookie })
    })

    it('a redirect whose end() throws lets a streamed error page leave', async () => {
      const express = require(name)()
      express.use((_req: any, res: any, next: () => void) => {
        const { end } = res
        res.end = () => {
          res.end = end
          throw new Error('no disk')
        }
        next()
      })
      express.use(responseKit())
      express.get('/go', (_req: any, res: any) => res.redirectLocal('/next'))
      express.use((_error: unknown, _req: any, res: any, _next: unknown) => {
        for (const field of res.getHeaderNames()) res.removeHeader(field)
        Readable.from([Buffer.alloc(300_000, 'a'), Buffer.alloc(300_000, 'b')]).pipe(res.status(500))
      })
      const app = await listen(express)
      await withConnection(app, async (agent) => {
        const { status, body } = await request(app.port, { path: '/go', agent })
        expect([status, body.length]).to.deep.equal([500, 600_000])
      })
    })
  })
}

describe('redirects of sendReply() under compression', () => {
  for (const coding of Object.keys(DECODERS)) {
    it(`${coding}: the body is whole, and the connection stays in step`, async () => {
      const compress = compression({ threshold: 0 })
      const app = await listen((req, res) => {
        compress(req as any, res as any, () => {
          if (req.url === '/go') void sendReply(req, res, redirect('/next'))
          else res.end('second')
        })
      })
      await expectInStep(app, coding, '/next')
    })
  }
})
