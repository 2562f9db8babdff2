import { createRequire } from 'node:module'
import { expect } from 'chai'
import cookieSession from 'cookie-session'
import expressSession from 'express-session'
import request from 'supertest'
import { responseKit } from '../../src/express/index.js'

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
}
