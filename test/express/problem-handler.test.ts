import { Readable } from 'node:stream'
import { expect } from 'chai'
import { problemHandler, respond, responseKit } from '../../src/express/index.js'
import { frameworks, listen, type RunningApp } from '../support/frameworks.js'
import { request } from '../support/request.js'

for (const { name, module: express } of frameworks.filter(({ family }) => family === 'express')) {
  describe(`problemHandler(): ${name}`, () => {
    const printed: unknown[] = []
    const print = console.error
    let running: RunningApp | undefined

    beforeEach(() => {
      printed.length = 0
      console.error = (...given: unknown[]) => void printed.push(...given)
    })
    afterEach(async () => {
      console.error = print
      await running?.close()
    })

    const serve = async (env: string, options: object, kit: object = {}) => {
      const app = express()
      app.set('env', env)
      app.use(responseKit(kit))
      app.use(() => {
        throw new Error('boom')
      })
      app.use(problemHandler(options))
      running = await listen(app)
      await request(running.port)
    }

    it('prints an error no code is told of, as Express itself does', async () => {
      await serve('production', {})
      expect(printed).to.have.length(1)
      expect(printed[0]).to.match(/^Error: boom\n/)
    })

    it('prints nothing in the environment test, nor if a hook is told', async () => {
      await serve('test', {})
      expect(printed).to.deep.equal([])
      await running?.close()
      await serve('production', { onError() {} })
      expect(printed).to.deep.equal([])
      await running?.close()
      await serve('production', {}, { onError() {} })
      expect(printed).to.deep.equal([])
    })
  })

  describe(`respond() in a Router: ${name}`, () => {
    it("a failure goes to the Router's own error handling", async () => {
      const app = express()
      app.use(responseKit())
      const router = express.Router()
      router.use(respond(() => Promise.reject(new Error('boom'))))
      router.use((error: Error, _req: unknown, res: any, _next: unknown) =>
        res.status(502).send(`router: ${error.message}`),
      )
      app.use('/inner', router)
      app.use((_error: Error, _req: unknown, res: any, _next: unknown) => res.status(500).send('app'))
      const running = await listen(app)
      const { status, text } = await request(running.port, { path: '/inner' })
      await running.close()
      expect(status).to.equal(502)
      expect(text).to.equal('router: boom')
    })

    it('so does that of a body that fails to open', async () => {
      const app = express()
      app.use(responseKit())
      const router = express.Router()
      router.use(
        respond(
          () =>
            new Readable({
              read() {
                this.destroy(new Error('source'))
              },
            }),
        ),
      )
      router.use((error: Error, _req: unknown, res: any, _next: unknown) =>
        res.status(502).send(`router: ${error.message}`),
      )
      app.use(router)
      const running = await listen(app)
      const { status, text } = await request(running.port)
      await running.close()
      expect(status).to.equal(502)
      expect(text).to.equal('router: source')
    })

    it('works where responseKit() was not passed', async () => {
      const app = express()
      app.get(
        '/:id',
        respond((req) => ({ id: req.params.id })),
      )
      const running = await listen(app)
      const { text } = await request(running.port, { path: '/7' })
      await running.close()
      expect(text).to.equal('{"id":"7"}')
    })
  })
}
