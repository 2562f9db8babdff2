import { createRequire } from 'node:module'
import { expect } from 'chai'
import { responseKit } from '../../src/express/index.js'
import { listen } from '../support/frameworks.js'
import { request } from '../support/request.js'

const require = createRequire(import.meta.url)
const routesOf = (name: string) => ({ routes: { url: () => `/${name}` } })
/** Which kit's options are in force shows in what a route name becomes. */
const show = (_req: any, res: any) => res.text(res.route('any').split('/').at(-1))
const pass = (_req: any, _res: any, next: any) => next()

for (const name of ['express4', 'express5']) {
  describe(`the options of an inner responseKit(): ${name}`, () => {
    const express = require(name)
    const router = (...all: any[]) => express.Router().use(...all)
    const subApp = (...all: any[]) => {
      const sub = express()
      sub.use(...all)
      return sub
    }
    const inner = () => responseKit(routesOf('inner'))

    async function ask(
      setUp: (app: any) => void,
      path = '/in/x',
      kit = responseKit(routesOf('outer')),
    ): Promise<string> {
      const app = express()
      app.set('env', 'test')
      app.use(kit)
      setUp(app)
      app.use(show)
      app.use((_error: Error, req: any, res: any, _next: any) => show(req, res))
      const running = await listen(app)
      try {
        return (await request(running.port, { path })).text
      } finally {
        await running.close()
      }
    }

    const parts: readonly (readonly [string, (...all: any[]) => any])[] = [
      ['a Router', (...all) => router(...all)],
      ['a Router inside a Router', (...all) => router(router(...all))],
      ['a Router whose inner Router comes and goes after the kit', (kit, ...all) => router(kit, router(pass), ...all)],
      ['a sub-app', (...all) => subApp(...all)],
      ['a sub-app inside a sub-app', (...all) => subApp(subApp(...all))],
      ['a sub-app inside a Router', (...all) => router(subApp(...all))],
      ['a Router with the kit twice', (kit, ...all) => router(responseKit(routesOf('first')), kit, ...all)],
    ]
    for (const mount of ['/', '/in']) {
      for (const [title, part] of parts) {
        it(`hold inside ${title} at ${mount}`, async () => {
          expect(await ask((app) => app.use(mount, part(inner(), show)))).to.equal('inner')
        })

        it(`hold in a Router inside ${title} at ${mount}`, async () => {
          expect(await ask((app) => app.use(mount, part(inner(), router(show))))).to.equal('inner')
        })

        it(`end when ${title} at ${mount} calls next()`, async () => {
          expect(await ask((app) => app.use(mount, part(inner(), pass)))).to.equal('outer')
        })

        it(`end when ${title} at ${mount} calls next() later`, async () => {
          const later = (_req: any, _res: any, next: any) => setImmediate(next)
          expect(await ask((app) => app.use(mount, part(inner(), later)))).to.equal('outer')
        })

        it(`end before an error handler outside of ${title} at ${mount}`, async () => {
          const fail = () => {
            throw new Error('failed')
          }
          expect(await ask((app) => app.use(mount, part(inner(), fail)))).to.equal('outer')
        })
      }
    }

    it('end with the Router that they stand in, not with those inside it', async () => {
      const between = responseKit(routesOf('between'))
      const setUp = (last: any) => (app: any) => app.use(router(between, router(inner(), pass), last))
      expect(await ask(setUp(show))).to.equal('between')
      expect(await ask(setUp(pass))).to.equal('outer')
    })

    it('of a kit inside a route hold for the rest of the router that the route stands in', async () => {
      expect(await ask((app) => app.use(express.Router().get('/in/x', inner(), show)))).to.equal('inner')
      expect(await ask((app) => app.use(express.Router().get('/in/x', inner(), pass)))).to.equal('outer')
    })

    it('leave req.baseUrl and req.next what they are', async () => {
      const seen: unknown[] = []
      const look = (req: any, _res: any, next: any) => {
        seen.push(req.baseUrl, typeof req.next, Object.keys(req).includes('baseUrl'))
        next()
      }
      await ask((app) => app.use('/in', look, router(inner(), look, router(look)), look))
      expect(seen).to.deep.equal(Array(4).fill(['/in', 'function', true]).flat())
    })
  })
}
