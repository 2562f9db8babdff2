import { createRequire } from 'node:module'
import { expect } from 'chai'
import session from 'koa-session'
import request from 'supertest'
import { defineRoutes, type ResponseKitOptions } from '../../src/index.js'
import { responseKit } from '../../src/koa/index.js'

const require = createRequire(import.meta.url)
const routes = defineRoutes({ read: '/read' })

for (const name of ['koa2', 'koa3']) {
  const Koa = require(name)

  describe(`redirects with koa-session in ${name}`, () => {
    function createApp(options: Record<string, unknown> = {}, install: any = session) {
      const app = new Koa()
      app.keys = ['x']
      app.silent = true
      const steps: string[] = []
      app.use(async (ctx: any, next: any) => {
        try {
          await next()
          steps.push('through')
        } catch (error: any) {
          ctx.status = error.status
          ctx.body = `${error.code}: ${error.message}`
        }
      })
      app.use(install(options, app))
      app.use(responseKit({ routes }))
      app.use((ctx: any) => {
        if (ctx.path === '/save') {
          ctx.session.user = 'Ann'
          return ctx.withFlash({ message: 'saved' }).redirectTo('read')
        }
        if (ctx.path === '/save-and-redirect') return ctx.withFlash({ message: 'saved' }).redirect('/read')
        if (ctx.path === '/anonymous') return ctx.redirectTo('read')
        ctx.body = { user: ctx.session.user, flash: ctx.flash() }
        return undefined
      })
      return { listener: app.callback(), steps }
    }

    /** A store that takes its time. */
    function createStore(failure?: Error) {
      const sessions = new Map<string, unknown>()
      return {
        sessions,
        get: async (key: string) => sessions.get(key),
        set: async (key: string, value: unknown) => {
          await new Promise(setImmediate)
          if (failure !== undefined) throw failure
          sessions.set(key, JSON.parse(JSON.stringify(value)))
        },
        destroy: async (key: string) => void sessions.delete(key),
      }
    }

    it('carry session and flash over, in a store and in the cookie', async () => {
      for (const options of [{ store: createStore() }, {}]) {
        const agent = request.agent(createApp(options).listener)
        const { status, headers } = await agent.post('/save')
        expect([status, headers.location]).to.deep.equal([303, '/read'])
        expect((await agent.get('/read')).body).to.deep.equal({ user: 'Ann', flash: { message: 'saved' } })
        expect((await agent.get('/read')).body).to.deep.equal({ user: 'Ann', flash: {} })
      }
    })

    it('are stored by an old koa-session itself, which has no manuallyCommit', async () => {
      for (const options of [{ store: createStore() }, {}]) {
        const agent = request.agent(createApp(options, require('koa-session5')).listener)
        for (const path of ['/save', '/save-and-redirect']) {
          const { status, headers } = await agent.post(path)
          expect([status, headers.location]).to.deep.equal([path === '/save' ? 303 : 302, '/read'])
          expect((await agent.get('/read')).body).to.deep.equal({ user: 'Ann', flash: { message: 'saved' } })
        }
        expect((await agent.get('/anonymous')).headers.location).to.equal('/read')
      }
    })

    it('set each cookie once', async () => {
      const { headers } = await request(createApp().listener).post('/save')
      const names = (headers['set-cookie'] as unknown as string[]).map((line) => line.split('=', 1)[0])
      expect(names).to.have.members(['koa.sess', 'koa.sess.sig'])
    })

    it('wait for the store where the app commits by hand', async () => {
      const store = createStore()
      const { status } = await request(createApp({ store, autoCommit: false }).listener).post('/save')
      expect([status, store.sessions.size]).to.deep.equal([303, 1])
    })

    it('start no session for a visitor who has none', async () => {
      const store = createStore()
      const { status, headers } = await request(createApp({ store }).listener).get('/anonymous')
      expect([status, headers['set-cookie'], store.sessions.size]).to.deep.equal([302, undefined, 0])
    })

    it('are an error, and no redirect, if the session cannot be stored', async () => {
      const { listener } = createApp({ store: createStore(new Error('disk full')), autoCommit: false })
      const { status, headers, text } = await request(listener).post('/save')
      expect([status, headers.location]).to.deep.equal([500, undefined])
      expect(text).to.equal('SESSION_NOT_SAVED: the session could not be saved: disk full')
    })
  })

  describe(`koa-passport and koa-connect-flash before the kit in ${name}`, () => {
    const createApp = (options: ResponseKitOptions, answer: (ctx: any) => unknown) => {
      const app = new Koa()
      app.keys = ['x']
      app.silent = true
      app.use(session(app))
      app.use(require('koa-convert')(require('koa-connect-flash')()))
      const passport = new (require('koa-passport').KoaPassport)()
      class Refusing extends require('passport-strategy') {
        name = 'refusing'
        authenticate(): void {
          Reflect.apply((this as any).fail, this, [{ message: 'wrong password' }])
        }
      }
      passport.use(new Refusing())
      app.use(passport.initialize())
      app.use(responseKit(options))
      app.use((ctx: any, next: any) => {
        if (ctx.path !== '/login') return answer(ctx)
        return passport.authenticate('refusing', { failureRedirect: '/', failureFlash: true })(ctx, next)
      })
      return request.agent(app.callback())
    }

    it('keep the message of a failed login', async () => {
      const agent = createApp({}, (ctx) => ctx.json(ctx.flash()))
      expect((await agent.post('/login')).headers.location).to.equal('/')
      expect((await agent.get('/')).body).to.deep.equal({ error: ['wrong password'] })
    })

    it('the option override takes the message away, but the login goes on', async () => {
      const agent = createApp({ override: ['flash'] }, (ctx) => ctx.json(ctx.flash()))
      expect((await agent.post('/login')).headers.location).to.equal('/')
    })

    it("the helper of the views does not give an engine's options to koa-connect-flash", async () => {
      const optionsOfHandlebars = { hash: {}, data: { root: { secret: 'of the server' } } }
      const agent = createApp({}, (ctx) => {
        ctx.state.flash('error', 'from a view', optionsOfHandlebars)
        ctx.state.flash(optionsOfHandlebars)
        ctx.json(ctx.flash())
      })
      expect((await agent.get('/')).body).to.deep.equal({ error: ['from a view'] })
    })
  })

  describe(`a session that is a promise, as koa-generic-session makes of it with defer, in ${name}`, () => {
    it('is no session: what fails in it fails nothing, and a flash is in a cookie', async () => {
      const app = new Koa()
      app.keys = ['a secret of thirty-two bytes or more']
      app.silent = true
      Object.defineProperty(app.context, 'session', { get: () => Promise.reject(new Error('the store is away')) })
      app.use(responseKit({ routes, back: { session: 'previousUrl', record: true } }))
      app.use((ctx: any) => {
        if (ctx.path === '/read') return ctx.text(JSON.stringify(ctx.flash()))
        if (ctx.path === '/save') return ctx.withFlash({ message: 'saved' }).redirectTo('read')
        return ctx.back('/read')
      })
      const agent = request.agent(app.callback())
      expect((await agent.get('/other')).headers.location).to.equal('/read')
      expect((await agent.get('/save')).headers.location).to.equal('/read')
      expect((await agent.get('/read').set('Accept', 'text/html')).text).to.equal('{"message":"saved"}')
    })
  })
}
