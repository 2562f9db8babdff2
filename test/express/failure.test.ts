import { createRequire } from 'node:module'
import { expect } from 'chai'
import { respond, responseKit } from '../../src/express/index.js'
import { streaming } from '../../src/index.js'
import { listen, type RunningApp } from '../support/frameworks.js'
import { request } from '../support/request.js'

const require = createRequire(import.meta.url)

async function* failing(): AsyncGenerator<never> {
  yield await Promise.reject(new Error('unreadable'))
}

for (const name of ['express4', 'express5']) {
  describe(`where a failure goes: ${name}`, () => {
    const express = require(name)
    const running: RunningApp[] = []
    let app: any

    beforeEach(() => {
      app = express()
      app.use(responseKit())
    })

    afterEach(async () => {
      await Promise.all(running.splice(0).map((each) => each.close()))
    })

    const page = (text: string) => (_error: unknown, _req: unknown, res: any, _next: unknown) =>
      res.status(404).send(text)

    async function textOf(path: string): Promise<string> {
      running.push(await listen(app))
      return (await request((running.at(-1) as RunningApp).port, { path })).text
    }

    it('a call not awaited in a Router reaches that Router’s error handler, as the native call does', async () => {
      for (const call of ['sendFile', 'download', 'file']) {
        const router = express.Router()
        router.get('/', (_req: unknown, res: any) => void res[call]('/no/such/file'))
        router.use(page(`router ${call}`))
        app.use(`/${call}`, router)
      }
      app.use(page('app'))
      expect(await textOf('/sendFile')).to.equal('router sendFile')
      expect(await textOf('/download')).to.equal('router download')
      expect(await textOf('/file')).to.equal('router file')
    })

    it('without one there, it goes on to the app’s', async () => {
      const router = express.Router()
      router.get('/', (_req: unknown, res: any) => void res.file('/no/such/file'))
      app.use('/inside', router)
      app.use(page('app'))
      expect(await textOf('/inside')).to.equal('app')
    })

    it('after a failed respond() and a recovery, a later failure reaches the Router that it happens in', async () => {
      const first = express.Router()
      first.get(
        '/',
        respond(() => Promise.reject(new Error('at first'))),
      )
      first.get(
        '/thrown',
        respond((): never => expect.fail('at first')),
      )
      first.get(
        '/streamed',
        respond(() => streaming(failing())),
      )
      const second = express.Router()
      second.use((_req: unknown, res: any) => void res.streaming(failing()))
      second.use(page('second router'))
      app.use(first)
      app.use((_error: unknown, _req: unknown, _res: unknown, next: () => void) => next())
      app.use(second)
      app.use(page('app'))
      for (const path of ['/', '/thrown', '/streamed']) expect(await textOf(path), path).to.equal('second router')
    })

    it('in a mounted app it reaches that app’s error handler', async () => {
      const sub = express()
      sub.get('/', (_req: unknown, res: any) => void res.file('/no/such/file'))
      sub.use(page('sub'))
      app.use('/sub', sub)
      app.use(page('app'))
      expect(await textOf('/sub')).to.equal('sub')
    })
  })
}
