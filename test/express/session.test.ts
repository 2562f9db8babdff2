import { createRequire } from 'node:module'
import { expect } from 'chai'
import session from 'express-session'
import request from 'supertest'
import { responseKit } from '../../src/express/index.js'
import { defineRoutes } from '../../src/index.js'

const require = createRequire(import.meta.url)
const routes = defineRoutes({ read: '/read' })

/** A store that says when it has saved, and can be told to fail. */
class SlowStore extends session.MemoryStore {
  readonly saved: string[] = []
  failure: Error | undefined
  override set(id: string, data: session.SessionData, callback?: (error?: any) => void): void {
    setImmediate(() => {
      if (this.failure !== undefined) return callback?.(this.failure)
      this.saved.push(id)
      super.set(id, data, callback)
    })
  }
}

for (const name of ['express4', 'express5']) {
  const express = require(name)

  describe(`redirects with express-session in ${name}`, () => {
    function createApp(store: SlowStore, savedAtHead: boolean[] = []) {
      const app = express()
      app.use(session({ store, secret: 'x', resave: false, saveUninitialized: false }))
      app.use(responseKit({ routes }))
      app.use((_req: any, res: any, next: any) => {
        const { writeHead } = res
        res.writeHead = function (...args: unknown[]) {
          savedAtHead.push(store.saved.length > 0)
          return writeHead.apply(this, args)
        }
        next()
      })
      app.post('/save', (req: any, res: any) => {
        req.session.user = 'Ann'
        return res.withFlash({ message: 'saved' }).redirectTo('read')
      })
      app.post('/back', (req: any, res: any) => {
        req.session.user = 'Ann'
        return res.back('/read')
      })
      app.get('/anonymous', (_req: any, res: any) => res.redirectTo('read'))
      app.post('/empty', (req: any, res: any) => {
        delete req.session.user
        delete req.session['kit.flash']
        return res.redirectTo('read')
      })
      app.get('/read', (req: any, res: any) => res.json({ user: req.session.user, flash: res.flash() }))
      app.use((error: any, _req: any, res: any, _next: any) =>
        res.status(error.status).send(`${error.code}: ${error.message}`),
      )
      return app
    }

    it('wait until the session is stored, before the head goes out', async () => {
      for (const path of ['/save', '/back']) {
        const store = new SlowStore()
        const savedAtHead: boolean[] = []
        const { status } = await request(createApp(store, savedAtHead)).post(path)
        expect(status).to.equal(303)
        expect(savedAtHead, path).to.deep.equal([true])
      }
    })

    it('carry flash over to the next request, once', async () => {
      const agent = request.agent(createApp(new SlowStore()))
      await agent.post('/save')
      expect((await agent.get('/read')).body).to.deep.equal({ user: 'Ann', flash: { message: 'saved' } })
      expect((await agent.get('/read')).body).to.deep.equal({ user: 'Ann', flash: {} })
    })

    it('store no session for a visitor who has none', async () => {
      const store = new SlowStore()
      const { status, headers } = await request(createApp(store)).get('/anonymous').set('Cookie', 'other=1')
      expect([status, headers['set-cookie'], store.saved]).to.deep.equal([302, undefined, []])
    })

    it('store a session that has been emptied', async () => {
      const store = new SlowStore()
      const agent = request.agent(createApp(store))
      await agent.post('/save')
      store.saved.length = 0
      await agent.post('/empty')
      expect(store.saved).to.have.length(1)
      expect((await agent.get('/read')).body).to.deep.equal({ flash: {} })
    })

    it('are an error, and no redirect, if the session cannot be stored', async () => {
      const store = new SlowStore()
      store.failure = new Error('disk full')
      const { status, headers, text } = await request(createApp(store)).post('/save')
      expect([status, headers.location]).to.deep.equal([500, undefined])
      expect(text).to.equal('SESSION_NOT_SAVED: the session could not be saved: disk full')
    })
  })

  describe(`redirects with cookie-session 1 in ${name}`, () => {
    it('are sent, with one line for the session, whether the kit comes before or after it', async () => {
      for (const isFirst of [true, false]) {
        const app = express()
        if (isFirst) app.use(responseKit({ routes }))
        app.use(require('cookie-session1')({ name: 's', keys: ['a key'] }))
        if (!isFirst) app.use(responseKit({ routes }))
        app.get('/unchanged', (_req: any, res: any) => res.redirectTo('read'))
        app.get('/changed', (req: any, res: any) => {
          req.session.user = 'Ann'
          return res.redirectTo('read')
        })
        app.get('/flash', (_req: any, res: any) => res.withFlash({ message: 'saved' }).redirect('/read'))
        app.get('/read', (req: any, res: any) => res.json({ user: req.session.user, flash: res.flash() }))
        const agent = request.agent(app)
        for (const path of ['/unchanged', '/changed', '/flash']) {
          const { headers } = await agent.get(path)
          expect([headers.location, headers['set-cookie']?.length]).to.deep.equal([
            '/read',
            path === '/unchanged' ? undefined : 2, // the session and its signature
          ])
        }
        expect((await agent.get('/read')).body).to.deep.equal({ user: 'Ann', flash: { message: 'saved' } })
      }
    })
  })
}
