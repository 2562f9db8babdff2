import { expect } from 'chai'
import { verifySignedUrl as verifyInExpress } from '../../src/express/index.js'
import { defineRoutes, json, type Reply, type ResponseKitOptions, type ResponseMethods } from '../../src/index.js'
import { verifySignedUrl as verifyInKoa } from '../../src/koa/index.js'
import { contract } from '../support/contract.js'
import { Sandbox } from '../support/sandbox.js'
import { Wire } from '../support/wire.js'

const SECRET = 'for few readers'
const sandbox = new Sandbox()
const path = sandbox.write('secret.txt', SECRET)
after(() => sandbox.remove())

const later = <Value>(value: Value): Promise<Value> => new Promise((resolve) => setImmediate(resolve, value))
async function* failing(): AsyncGenerator<string> {
  yield await later(undefined).then(() => {
    throw new Error('too late')
  })
}

/** Calls that have to wait before they answer. */
const calls: Readonly<Record<string, (target: ResponseMethods) => unknown>> = {
  file: (target) => target.file(path),
  'file that is missing': (target) => target.file(sandbox.path('missing.txt')),
  download: (target) => target.download(path),
  streaming: (target) =>
    target.streaming(
      (async function* () {
        yield await later(SECRET)
      })(),
    ),
  'streaming that fails': (target) => target.streaming(failing()),
  ndjson: (target) => target.ndjson([later(SECRET)]),
  jsonStream: (target) => target.jsonStream({ secret: later(SECRET) }),
  csv: (target) => target.csv([later([SECRET])]),
  zip: (target) => target.zip([{ name: 'secret.txt', source: path }]),
  negotiate: (target) => target.negotiate({ json: () => later({ secret: SECRET }) }),
  reply: (target) => target.reply(later(json({ secret: SECRET }) as Reply)),
  template: (target) => target.template('secret'),
}
const kit: ResponseKitOptions = { templates: () => later(SECRET) }

contract('an answer that waits while its handler fails', ({ serve, ask, framework }) => {
  for (const [name, call] of Object.entries(calls)) {
    it(`${name}: the error page takes its place`, async () => {
      let settled: unknown
      const app = await serve(
        (target) => {
          settled = call(target)
          throw Object.assign(new Error('no access'), { status: 403, expose: true })
        },
        {
          kit,
          problems: { onError() {} },
          setUp(koa) {
            // As koa-session does, which stores the session after the handlers: Koa answers when the call has settled.
            if (framework.family === 'koa')
              koa.use((_ctx: unknown, next: () => Promise<void>) => next().then(() => settled))
          },
        },
      )
      const { status, headers, text } = await ask(app)
      await settled
      expect([status, headers['content-type']]).to.deep.equal([403, 'application/problem+json'])
      expect(JSON.parse(text)).to.deep.equal({ title: 'Forbidden', status: 403, detail: 'no access' })
      expect(app.errors.map(({ message }) => message).filter((message) => message !== 'no access')).to.deep.equal([])
    })
  }
})

contract('other code that answers while a call waits', ({ serve, framework }) => {
  const routes = defineRoutes({ home: '/', other: '/other' }, { secrets: 'a secret of thirty-two bytes or more' })

  /** The other code answers when the call asks its store. The connection must serve the next request too. */
  const expectOtherAnswer = async (
    answer: (target: ResponseMethods, native: any, answerElsewhere: () => void) => unknown,
    url: string,
  ): Promise<void> => {
    const reported: unknown[] = []
    const app = await serve(
      (target, { native, url: asked }) => {
        if (asked === '/other') return target.text('next answer')
        const res = native.res ?? native.ctx.res
        return answer(target, native, () => res.writeHead(503, { 'Content-Length': '7' }).end('timeout'))
      },
      { kit: { routes, onError: (error) => reported.push((error as { code?: string }).code) } },
    )
    const wire = await Wire.connect(app.port)
    wire.get(url)
    wire.get('/other', 'Connection: close\r\n')
    const text = (await wire.receiveAll()).toString()
    expect(text.match(/HTTP\/1\.1 \d+/g)).to.deep.equal(['HTTP/1.1 503', 'HTTP/1.1 200'])
    expect(text).to.contain('timeout').and.to.contain('next answer')
    expect([reported, app.errors]).to.deep.equal([['ALREADY_SENT'], []])
  }

  it('verifySignedUrl() asks whether a URL is used', async () => {
    const url = routes.signedUrl('home', {}, { once: true })
    await expectOtherAnswer((_target, { req, res, ctx }, answerElsewhere) => {
      const claim = async (): Promise<boolean> => {
        answerElsewhere()
        return later(false)
      }
      const next = async (): Promise<void> => expect.fail('the URL is used')
      return ctx === undefined ? verifyInExpress({ claim })(req, res, next) : verifyInKoa({ claim })(ctx, next)
    }, url)
  })

  if (framework.family === 'express') {
    it('the redirect of Express waits for the session', async () => {
      await expectOtherAnswer((target, { req, res }, answerElsewhere) => {
        req.session = {
          user: 'Ann',
          save(done: () => void) {
            answerElsewhere()
            setImmediate(done)
          },
        }
        target.withFlash({ message: 'saved' })
        res.redirect('/other')
      }, '/')
    })
  }
})
