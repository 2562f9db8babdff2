import assert from 'node:assert'
import http from 'node:http'
import { createRequire } from 'node:module'
import { expect } from 'chai'
import { createServer, responseKit } from '../../src/express/index.js'
import { listen, type RunningApp } from '../support/frameworks.js'
import { request } from '../support/request.js'
import { importSecondCopy } from '../support/second-copy.js'

const require = createRequire(import.meta.url)
const NAMES = ['text', 'html', 'bytes', 'empty', 'setStatus', 'setCookie', 'redirectTo', 'file', 'streaming']

for (const name of ['express4', 'express5']) {
  describe(`where responseKit() installs: ${name}`, () => {
    const express = require(name)
    const running: RunningApp[] = []
    let app: any

    beforeEach(() => {
      app = express()
      app.set('env', 'test')
    })

    afterEach(async () => {
      await Promise.all(running.splice(0).map((each) => each.close()))
    })

    /** The body of the answer to a path, from the plain and the accelerated server, which must be the same. */
    async function ask(path: string): Promise<string> {
      const plain = await listen(app)
      running.push(plain)
      const accelerated = createServer(app).listen(0, '127.0.0.1')
      await new Promise((resolve) => accelerated.once('listening', resolve))
      const { port } = accelerated.address() as { port: number }
      const [first, second] = await Promise.all([request(plain.port, { path }), request(port, { path })])
      await new Promise((resolve) => accelerated.close(resolve))
      expect(second.text).to.equal(first.text)
      return first.text
    }

    it('a request that did not pass it has none of its methods, whatever ran before', async () => {
      app.get('/outside', (_req: any, res: any) => res.json(NAMES.filter((each) => res[each] !== undefined)))
      app.use('/inside', responseKit(), (_req: any, res: any) =>
        res.json(NAMES.filter((each) => typeof res[each] !== 'function')),
      )
      expect(await ask('/inside')).to.equal('[]')
      expect(await ask('/outside')).to.equal('[]')
    })

    it("a request that did not pass it has Express's own download, and Node's own setHeaders", async () => {
      const own = [express.response.download, http.ServerResponse.prototype.setHeaders]
      app.get('/outside', (_req: any, res: any) => res.json([res.download === own[0], res.setHeaders === own[1]]))
      app.use('/inside', responseKit(), (_req: any, res: any) =>
        res.json([res.download === own[0], res.setHeaders === own[1]]),
      )
      const [download] = own
      expect(await ask('/inside')).to.equal('[false,false]')
      if (express.response.download === download) expect(await ask('/outside')).to.equal('[true,true]')
      else expect(await ask('/outside')).to.match(/^\[(true|false),true\]$/)
    })

    it('puts the view helpers into res.locals, also into a new object, and not for a response that did not pass it', async () => {
      app.use('/inside', responseKit({ routes: { url: () => '/' } }), (req: any, res: any) => {
        if (req.path === '/new') res.locals = { user: 'Ada' }
        res.json(Object.keys(res.locals))
      })
      app.get('/outside', (_req: any, res: any) => res.json(Object.keys(res.locals)))
      expect(await ask('/inside')).to.equal('["route","backField","flash"]')
      expect(await ask('/inside/new')).to.equal('["user","route","backField","flash"]')
      expect(await ask('/outside')).to.equal('[]')
    })

    it('leaves the res.locals that earlier code took what they are, on the first request and the next', async () => {
      app.use((_req: any, res: any, next: any) => {
        const { locals } = res
        locals.user = 'Ada'
        res.on('finish', () => assert(res.locals === locals))
        next()
      })
      app.use(responseKit({ viewHelpers: true }), (_req: any, res: any) => res.json(Object.keys(res.locals)))
      for (const _ of [1, 2]) expect(await ask('/')).to.equal('["user","backField","flash"]')
    })

    it('puts no method on the response itself', async () => {
      app.use(responseKit(), (_req: any, res: any) => res.json(NAMES.filter((each) => Object.hasOwn(res, each))))
      expect(await ask('/')).to.equal('[]')
    })

    it('leaves http.ServerResponse as it is', async () => {
      const before = Reflect.ownKeys(http.ServerResponse.prototype)
      app.use(responseKit(), (_req: any, res: any) => res.text('x'))
      await ask('/')
      expect(Reflect.ownKeys(http.ServerResponse.prototype)).to.deep.equal(before)
    })

    for (const [way, mount] of [
      ['app.use(sub)', (sub: any) => app.use('/sub', sub)],
      ['router.use(sub)', (sub: any) => app.use(express.Router().use('/sub', sub))],
      ['a Router', (sub: any) => app.use('/sub', express.Router().use(sub))],
      ['a sub-app of a sub-app', (sub: any) => app.use('/sub', express().use(express.Router().use(sub)))],
    ] as const) {
      it(`reaches what is mounted by ${way}`, async () => {
        const sub = express()
        sub.get('/page', (_req: any, res: any) => res.html('<p>sub'))
        app.use(responseKit())
        mount(sub)
        expect(await ask('/sub/page')).to.equal('<p>sub')
      })

      it(`installed inside ${way}, it reaches nothing outside`, async () => {
        const sub = express()
        sub.use(responseKit())
        sub.get('/page', (_req: any, res: any) => res.html('<p>sub'))
        mount(sub)
        app.get('/outside', (_req: any, res: any) => res.send(typeof res.html))
        expect(await ask('/sub/page')).to.equal('<p>sub')
        expect(await ask('/outside')).to.equal('undefined')
      })
    }

    it('is there in error middleware', async () => {
      app.use(responseKit())
      app.use(() => {
        throw new Error('failed')
      })
      app.use((error: Error, _req: any, res: any, _next: any) => res.setStatus(500).text(error.message))
      expect(await ask('/')).to.equal('failed')
    })

    it('installed twice, the inner options win and the rest of the outer ones stay', async () => {
      const urlOf = (prefix: string) => ({ url: () => `/${prefix}` })
      app.use(responseKit({ routes: urlOf('outer'), etag: false }))
      app.use('/inner', responseKit({ routes: urlOf('inner') }))
      app.use((_req: any, res: any) => res.text(res.route('x')))
      expect(await ask('/')).to.equal('/outer')
      expect(await ask('/inner')).to.match(/\/inner$/)
      const { port } = running[0] as RunningApp
      expect((await request(port, { path: '/inner' })).headers).not.to.have.property('etag')
    })

    describe('a name another package has taken', () => {
      const theirs = (from: string) =>
        function html(this: any) {
          return this.send(`theirs on ${from}`)
        }
      const places: Record<string, (taken: any) => void> = {
        res: (html) => app.use((_req: any, res: any, next: any) => next(Object.assign(res, { html }) && undefined)),
        'app.response': (html) => Object.assign(app.response, { html }),
        'express.response': (html) => Object.assign(express.response, { html }),
      }
      let before: PropertyDescriptor | undefined
      beforeEach(() => {
        before = Object.getOwnPropertyDescriptor(express.response, 'html')
      })
      afterEach(() => {
        delete express.response.html
        if (before !== undefined) Object.defineProperty(express.response, 'html', before)
      })

      for (const [place, take] of Object.entries(places)) {
        it(`stays theirs on ${place}`, async () => {
          take(theirs(place))
          app.use(responseKit(), (_req: any, res: any) => res.html('ours'))
          expect(await ask('/')).to.equal(`theirs on ${place}`)
        })

        it(`is ours on ${place} with override, and theirs outside of the override`, async () => {
          take(theirs(place))
          app.use('/ours', responseKit({ override: ['html'] }))
          app.use('/theirs', responseKit())
          app.use((_req: any, res: any) => res.html('ours'))
          expect(await ask('/ours')).to.equal('ours')
          expect(await ask('/theirs')).to.equal(`theirs on ${place}`)
          expect(await ask('/')).to.equal(`theirs on ${place}`)
        })

        it(`is theirs when they put it on ${place} after us`, async () => {
          app.use(responseKit())
          app.get('/first', (_req: any, res: any) => res.html('ours'))
          expect(await ask('/first')).to.equal('ours')
          take(theirs(place))
          app.use((_req: any, res: any) => res.html('ours'))
          expect(await ask('/')).to.equal(`theirs on ${place}`)
        })
      }
    })

    it('two copies of the package stand side by side: each serves what passed it', async () => {
      const copy = await importSecondCopy('express/index.ts')
      expect(copy.responseKit).not.to.equal(responseKit)
      app.get('/none', (_req: any, res: any) => res.send(typeof res.html))
      app.use(['/ours', '/both'], responseKit())
      app.use(['/theirs', '/both'], copy.responseKit({ etag: false }))
      app.use((_req: any, res: any) => res.html('<p>'))
      for (const path of ['/ours', '/theirs', '/both', '/ours']) expect(await ask(path)).to.equal('<p>')
      expect(await ask('/none')).to.equal('undefined')
      const { port } = running[0] as RunningApp
      expect((await request(port, { path: '/ours' })).headers).to.have.property('etag')
      expect((await request(port, { path: '/theirs' })).headers).not.to.have.property('etag')
    })

    it('serves two apps of one Express at once, one with and one without it', async () => {
      const other = express().use((_req: any, res: any) => res.send(typeof res.html))
      app.use(responseKit(), (_req: any, res: any) => res.html('<p>'))
      expect(await ask('/')).to.equal('<p>')
      app = other
      expect(await ask('/')).to.equal('undefined')
    })
  })
}
