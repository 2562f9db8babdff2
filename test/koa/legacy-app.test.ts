import { createRequire } from 'node:module'
import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import { responseKit } from '../../src/koa/index.js'
import { listen, type RunningApp } from '../support/frameworks.js'
import { type Answer, request } from '../support/request.js'

const require = createRequire(import.meta.url)
const legacyApp = require('./fixtures/legacy-app.cjs')

const routes = { url: (name: string) => (name.startsWith('/') ? name : `/${name}`) }

const withoutClock = (line: string): string => line.replace(/expires=(?!Thu, 01 Jan 1970)[^;]+/i, 'expires=LATER')

/** What may not differ: everything but the clock, which is also in a session's cookie. */
function comparable({ status, rawHeaders, body }: Answer): unknown {
  const lines = rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1]}`] : []))
  const steady = lines.filter((line) => !/^date:/i.test(line))
  return {
    status,
    fields: steady.map((line) => withoutClock(line).replace(/(koa\.sess(?:\.sig)?)=[^;]+/, '$1=SESSION')),
    body: body.toString('latin1'),
  }
}

for (const version of ['koa2', 'koa3']) {
  describe(`a legacy CommonJS app on ${version}: koa-compress, koa-session, @koa/router, koa-mount`, () => {
    let without: RunningApp
    let within: RunningApp
    beforeEach(async () => {
      const make = (kit?: unknown) => legacyApp(require(version), { kit, errors: [] }).callback()
      without = await listen(make())
      within = await listen(make(responseKit({ routes })))
    })
    afterEach(() => Promise.all([without.close(), within.close()]))

    describe('answers as before, byte for byte', () => {
      for (const path of [
        '/native/json',
        '/native/long',
        '/native/stream',
        '/native/empty',
        '/native/redirect',
        '/native/cookie',
        '/native/visits',
        '/native/error',
        '/sub/native',
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
    })

    describe('has the methods in every corner', () => {
      for (const [corner, path, seen] of [
        ['router', '/kit/router', '/kit/router'],
        ['nested router', '/nested/kit/here', '/nested/kit/here'],
        ['mounted app', '/sub/kit/here', '/kit/here'],
      ] as const) {
        it(`${corner}: ${path}`, async () => {
          const { status, headers, text } = await request(within.port, { path })
          expect(status).to.equal(202)
          expect(headers['x-corner']).to.equal(corner)
          expect(headers['set-cookie']?.[0]).to.match(/^corner=/)
          expect(text).to.equal(`${corner} ${seen} /home`)
        })
      }

      it('an error middleware around all of it', async () => {
        const { status, headers, text } = await request(within.port, { path: '/kit/error' })
        expect(status).to.equal(503)
        expect(headers['x-corner']).to.equal('error')
        expect(text).to.equal('<p>broken</p>')
      })

      it('koa-compress compresses what the kit sends', async () => {
        const plain = await request(within.port, { path: '/kit/long', headers: { 'Accept-Encoding': 'identity' } })
        expect(plain.headers['content-length']).to.equal('4200')
        const { headers, body } = await request(within.port, {
          path: '/kit/long',
          headers: { 'Accept-Encoding': 'gzip' },
        })
        expect(headers['content-encoding']).to.equal('gzip')
        expect(gunzipSync(body).toString()).to.equal(plain.text)
      })

      it('a redirect carries session and cookie, which the next request has', async () => {
        const login = await request(within.port, { path: '/kit/login' })
        expect([login.status, login.headers.location]).to.deep.equal([302, '/profile'])
        const cookies = (login.headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0]).join('; ')
        expect(cookies)
          .to.match(/seen=1/)
          .and.to.match(/koa\.sess=/)
        const { text } = await request(within.port, { path: '/kit/user', headers: { Cookie: cookies } })
        expect(text).to.equal('zoë 1')
      })
    })
  })
}
