import { createRequire } from 'node:module'
import { expect } from 'chai'
import request from 'supertest'
import { responseKit } from '../../src/express/index.js'
import { defineRoutes, group } from '../../src/index.js'

const require = createRequire(import.meta.url)

for (const name of ['express4', 'express5']) {
  const express = require(name)
  const optional = name === 'express4' ? '/reports/:year/:month?' : '/reports/:year{/:month}'

  describe(`routes in ${name}`, () => {
    const failure = (error: any, _req: any, res: any, _next: any) =>
      res.status(500).send(`${error.code}: ${error.message}`)

    it('are registered by path(), local() and prefix(), and redirected to by name', async () => {
      const routes = defineRoutes({ home: '/', ...group('admin', '/admin/:org', { report: optional }) })
      const app = express()
      app.use(responseKit({ routes }))
      app.get(routes.path('home'), (_req: any, res: any) => res.redirectTo('admin.report', { org: 'a/b', year: 2020 }))
      const admin = express.Router({ mergeParams: true })
      admin.get(routes.local('admin.report'), (req: any, res: any) => res.json(req.params))
      app.use(routes.prefix('admin'), admin)
      const { headers } = await request(app).get('/')
      expect(headers.location).to.equal('/admin/a%2Fb/reports/2020')
      const { body } = await request(app).get(headers.location as string)
      expect(body).to.deep.equal({ org: 'a/b', year: '2020' })
    })

    it('of an app mounted with use() resolve below its mount path, and those of the outer app do not', async () => {
      const outer = express()
      outer.use(responseKit({ routes: defineRoutes({ home: '/', ...{} }) }))
      const mounted = express()
      mounted.use(responseKit({ routes: defineRoutes({ cart: '/cart/:id' }) }))
      mounted.get('/go', (_req: any, res: any) => res.redirectTo('cart', { id: 1 }))
      const inheriting = express()
      inheriting.use(responseKit())
      inheriting.get('/go', (_req: any, res: any) => res.redirectTo('home'))
      const router = express.Router()
      router.use(responseKit({ routes: defineRoutes({ list: '/router/list' }) }))
      router.get('/go', (_req: any, res: any) => res.redirectTo('list'))
      const middle = express()
      middle.use('/inner', mounted)
      outer.use('/shops/:shop', mounted).use('/inherits', inheriting).use('/router', router).use('/middle', middle)
      const location = async (path: string) => (await request(outer).get(path)).headers.location
      expect(await location('/shops/Z%C3%BCrich/go')).to.equal('/shops/Z%C3%BCrich/cart/1')
      expect(await location('/inherits/go')).to.equal('/')
      expect(await location('/router/go')).to.equal('/router/list')
    })

    it('of an app mounted in a mounted app resolve below both', async () => {
      const [outer, middle, inner] = [express(), express(), express()]
      inner.use(responseKit({ routes: defineRoutes({ cart: '/cart' }) }))
      inner.get('/go', (_req: any, res: any) => res.redirectTo('cart'))
      middle.use('/b', inner)
      outer.use('/a', middle)
      expect((await request(outer).get('/a/b/go?x=/y')).headers.location).to.equal('/a/b/cart')
    })

    it('find a view among the top-level routes of the app', async () => {
      const app = express()
      const Show = (req: any, res: any) => res.json(req.params)
      const Form = (_req: any, res: any) => res.send('form')
      const Twice = (_req: any, res: any) => res.send('twice')
      const InRouter = (_req: any, res: any) => res.send('deep')
      app.use(responseKit())
      app.get(optional, (_req: any, _res: any, next: any) => next(), Show)
      app.get('/form', Form).post('/form', Form)
      app.get('/one', Twice).get('/two', Twice)
      app.get(/^\/re/, responseKit)
      app.use('/router', express.Router().get('/x', InRouter))
      app.post('/show', (_req: any, res: any) => res.redirectTo(Show, { year: 2020, month: 5 }, { query: { a: 1 } }))
      app.post('/form-again', (_req: any, res: any) => res.redirectTo(Form))
      app.post('/twice', (_req: any, res: any) => res.redirectTo(Twice))
      app.post('/deep', (_req: any, res: any) => res.redirectTo(InRouter))
      app.post('/expression', (_req: any, res: any) => res.redirectTo(responseKit))
      app.use(failure)
      const show = await request(app).post('/show')
      expect([show.status, show.headers.location]).to.deep.equal([303, '/reports/2020/5?a=1'])
      expect((await request(app).get(show.headers.location as string)).body).to.deep.equal({ year: '2020', month: '5' })
      expect((await request(app).post('/form-again')).headers.location).to.equal('/form')
      expect((await request(app).post('/twice')).text).to.match(
        /ROUTE_NOT_FOUND: .*'Twice' is ambiguous: it serves '\/one' and '\/two'/,
      )
      expect((await request(app).post('/deep')).text).to.match(/ROUTE_NOT_FOUND: .*'InRouter' serves no known route/)
      expect((await request(app).post('/expression')).text).to.match(
        /INVALID_PATTERN: .*no URL can be built from the path \//,
      )
    })

    it('stand among the variables of res.render, and leave what the app put there', async () => {
      const app = express()
      app.set('views', new URL('.', import.meta.url).pathname).set('view engine', 'txt')
      let variables: any
      app.engine('txt', (_path: string, given: any, done: any) => {
        variables = given
        done(null, 'rendered')
      })
      app.locals.backField = 'of the app'
      app.use((_req: any, res: any, next: any) => {
        res.locals.flash = 'of the response'
        next()
      })
      app.use(responseKit({ routes: defineRoutes({ home: '/' }) }))
      app.get('/', (_req: any, res: any) => res.render(new URL('../support/empty.txt', import.meta.url).pathname))
      expect((await request(app).get('/')).text).to.equal('rendered')
      expect(variables.route('home')).to.equal('/')
      expect(variables.backField).to.equal('of the app')
      expect(variables.flash).to.equal('of the response')
    })
  })
}
