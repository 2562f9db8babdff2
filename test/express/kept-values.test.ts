import http from 'node:http'
import { createRequire } from 'node:module'
import { expect } from 'chai'
import cookieSession from 'cookie-session'
import expressSession from 'express-session'
import request from 'supertest'
import { responseKit } from '../../src/express/index.js'
import { listen } from '../support/frameworks.js'

const require = createRequire(import.meta.url)
const secrets = 'a secret of thirty-two bytes or more'

for (const name of ['express4', 'express5']) {
  const express = require(name)

  /** A store that answers after the next turns of the event loop. */
  class SlowStore extends expressSession.MemoryStore {
    override set(...[id, data, callback]: Parameters<expressSession.MemoryStore['set']>): void {
      setImmediate(() => setImmediate(() => super.set(id, data, callback)))
    }
  }

  const sessions: Record<string, () => unknown> = {
    'express-session in memory': () => expressSession({ secret: 'x', resave: false, saveUninitialized: false }),
    'express-session in a slow store': () =>
      expressSession({ secret: 'x', resave: false, saveUninitialized: false, store: new SlowStore() }),
    'cookie-session': () => cookieSession({ secret: 'x' }),
  }

  for (const [title, createSession] of Object.entries(sessions)) {
    describe(`values kept by ${title} in ${name}`, () => {
      function createApp() {
        const app = express()
        app.use(createSession())
        app.use(responseKit({ cookies: { secrets } }))
        app.get('/login', (req: any, res: any) => {
          req.session.user = 'Ann'
          res.send('in')
        })
        app.get('/logout', (req: any, res: any, next: any) => {
          const leave = (error?: unknown) => (error ? next(error) : res.withFlash({ message: 'Goodbye' }).back('/'))
          if (typeof req.session.destroy === 'function') req.session.destroy(leave)
          else {
            req.session = null
            leave()
          }
        })
        app.get('/leave', (_req: any, res: any) => res.withFlash({ message: 'saved' }).back('/'))
        app.get('/again', (_req: any, res: any) => res.reflash().back('/'))
        app.get('/', (req: any, res: any) => res.json({ user: req.session?.user, flash: res.flash() }))
        return app
      }

      it('are read by the next request, once', async () => {
        const agent = request.agent(createApp())
        await agent.get('/login')
        await agent.get('/leave')
        expect((await agent.get('/')).body).to.deep.equal({ user: 'Ann', flash: { message: 'saved' } })
        expect((await agent.get('/')).body).to.deep.equal({ user: 'Ann', flash: {} })
      })

      it('and left when the session ends are read in the next one', async () => {
        const agent = request.agent(createApp())
        await agent.get('/login')
        expect((await agent.get('/logout')).headers.location).to.equal('/')
        expect((await agent.get('/')).body).to.deep.equal({ flash: { message: 'Goodbye' } })
        expect((await agent.get('/')).body).to.deep.equal({ flash: {} })
      })

      it('survive a further redirect with reflash()', async () => {
        const agent = request.agent(createApp())
        await agent.get('/leave')
        await agent.get('/again')
        expect((await agent.get('/')).body.flash).to.deep.equal({ message: 'saved' })
        expect((await agent.get('/')).body.flash).to.deep.equal({})
      })
    })
  }

  describe(`the redirect of ${name} itself, after withFlash()`, () => {
    /** A store that fails, or takes longer than a client needs for the next request. */
    class LateStore extends expressSession.MemoryStore {
      stored = 0
      failure: Error | undefined
      override set(...[id, data, callback]: Parameters<expressSession.MemoryStore['set']>): void {
        setTimeout(() => {
          if (this.failure !== undefined) return void callback?.(this.failure)
          this.stored++
          super.set(id, data, callback)
        }, 50)
      }
    }

    function createApp(store: LateStore) {
      const app = express()
      app.use(expressSession({ secret: 'x', resave: false, saveUninitialized: false, store }))
      app.use(responseKit())
      app.get('/leave', (_req: any, res: any) => {
        res.withFlash({ message: 'saved' }).withErrors([])
        res.redirect(301, '/read')
      })
      app.get('/plain', (_req: any, res: any) => res.redirect('/read'))
      app.use((error: any, _req: any, res: any, _next: any) => res.status(500).send(error.code))
      return app
    }

    /** How often the store had stored when the head of the answer came. */
    async function storedAtHead(store: LateStore, path: string) {
      const app = await listen(createApp(store))
      try {
        return await new Promise<unknown[]>((resolve, reject) => {
          const asked = http.get({ port: app.port, path, agent: false }, (answer) => {
            resolve([answer.statusCode, answer.headers.location, store.stored])
            answer.resume()
          })
          asked.on('error', reject)
        })
      } finally {
        await app.close()
      }
    }

    it('waits until the store has the session', async () => {
      expect(await storedAtHead(new LateStore(), '/leave')).to.deep.equal([301, '/read', 1])
    })

    it('is as it was if nothing was left', async () => {
      expect(await storedAtHead(new LateStore(), '/plain')).to.deep.equal([302, '/read', 0])
    })

    it('is an error if the session cannot be stored', async () => {
      const store = new LateStore()
      store.failure = new Error('disk full')
      const { status, headers, text } = await request(createApp(store)).get('/leave')
      expect([status, headers.location, text]).to.deep.equal([500, undefined, 'SESSION_NOT_SAVED'])
    })
  })
}
