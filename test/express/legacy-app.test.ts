import { createRequire } from 'node:module'
import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import session from 'express-session'
import { responseKit } from '../../src/express/index.js'
import { listen, type RunningApp } from '../support/frameworks.js'
import { type Answer, request } from '../support/request.js'

const require = createRequire(import.meta.url)
const legacyApp = require('./fixtures/legacy-app.cjs')

const routes = { url: (name: string) => (name.startsWith('/') ? name : `/${name}`) }

const withoutClock = (line: string): string => line.replace(/expires=(?!Thu, 01 Jan 1970)[^;]+/i, 'expires=LATER')

/** What may not differ: everything but the clock and the session's random name. */
function comparable({ status, rawHeaders, body }: Answer): unknown {
  const lines = rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1]}`] : []))
  const steady = lines.filter((line) => !/^date:/i.test(line))
  return {
    status,
    fields: steady.map((line) => withoutClock(line).replace(/connect\.sid=[^;]+/, 'connect.sid=SID')),
    body: body.toString('latin1'),
  }
}

for (const version of ['express4', 'express5']) {
  describe(`a legacy CommonJS app on ${version}: compression, express-session, cookie-parser, helmet, morgan`, () => {
    let without: RunningApp
    let within: RunningApp
    let log: string[]
    beforeEach(async () => {
      log = []
      const make = (kit?: unknown) => legacyApp(require(version), { kit, log, store: new session.MemoryStore() })
      without = await listen(make())
      within = await listen(make(responseKit({ routes })))
    })
    afterEach(() => Promise.all([without.close(), within.close()]))

    describe('answers as before, byte for byte', () => {
      for (const path of [
        '/native/json',
        '/native/long',
        '/native/cookie',
        '/native/redirect',
        '/native/file',
        '/native/visits',
        '/native/stream',
        '/native/error',
        '/sub/native',
        '/router/native',
        '/router/below/native',
        '/nowhere',
      ]) {
        for (const method of ['GET', 'HEAD']) {
          it(`${method} ${path}`, async () => {
            const init = { method, path, headers: { 'Accept-Encoding': 'gzip', Cookie: 'a=b' } }
            expect(comparable(await request(within.port, init))).to.deep.equal(
              comparable(await request(without.port, init)),
            )
          })
        }
      }

      it('a session lives on', async () => {
        const first = await request(within.port, { path: '/native/visits' })
        const [cookie = ''] = first.headers['set-cookie'] ?? []
        const second = await request(within.port, {
          path: '/native/visits',
          headers: { Cookie: cookie.split(';', 1)[0] },
        })
        expect([first.text, second.text]).to.deep.equal(['1', '2'])
      })

      it("Express's download keeps its name and its bytes", async () => {
        const [ours, native] = await Promise.all(
          [within, without].map(({ port }) => request(port, { path: '/native/download' })),
        )
        expect(ours?.status).to.equal(200)
        expect(ours?.headers['content-disposition']).to.equal(native?.headers['content-disposition'])
        expect(ours?.text).to.equal(native?.text)
      })
    })

    describe('has the methods in every corner', () => {
      for (const [corner, path, base] of [
        ['sub-app', '/sub/kit', '/sub'],
        ['router', '/router/kit', '/router'],
        ['sub-app of a router', '/router/below/kit', '/router/below'],
      ] as const) {
        it(`${corner}: ${path}`, async () => {
          const { status, headers, text } = await request(within.port, { path })
          expect(status).to.equal(202)
          expect(headers['x-corner']).to.equal(corner)
          expect(headers['set-cookie']?.[0]).to.match(/^corner=/)
          expect(headers['x-frame-options']).to.equal('SAMEORIGIN') // helmet's
          expect(text).to.equal(`${corner} ${base} /home`)
        })
      }

      for (const [path, message] of [
        ['/kit/error', 'broken'],
        ['/router/below/kit/error', 'broken below'],
      ] as const) {
        it(`error middleware, for ${path}`, async () => {
          const { status, headers, text } = await request(within.port, { path })
          expect(status).to.equal(503)
          expect(headers['x-corner']).to.equal('error')
          expect(text).to.equal(`<p>${message}</p>`)
        })
      }

      it('compression compresses what the kit sends, and morgan logs it', async () => {
        const plain = await request(within.port, { path: '/kit/long' })
        expect(plain.headers['content-length']).to.equal('4200')
        const { headers, body } = await request(within.port, {
          path: '/kit/long',
          headers: { 'Accept-Encoding': 'gzip' },
        })
        expect(headers['content-encoding']).to.equal('gzip')
        expect(gunzipSync(body).toString()).to.equal(plain.text)
        expect(log).to.deep.equal(['GET /kit/long 200 4200\n', 'GET /kit/long 200 -\n'])
      })

      it('a redirect carries session and cookie, which the next request has', async () => {
        const login = await request(within.port, { path: '/kit/login' })
        expect([login.status, login.headers.location]).to.deep.equal([302, '/profile'])
        const cookies = (login.headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0]).join('; ')
        expect(cookies)
          .to.match(/seen=1/)
          .and.to.match(/connect\.sid=/)
        const { text } = await request(within.port, { path: '/kit/user', headers: { Cookie: cookies } })
        expect(text).to.equal('zoë 1 1')
      })
    })
  })
}
