import { expect } from 'chai'
import { responseKit as expressKit, verifySignedUrl as verifyInExpress } from '../../src/express/index.js'
import {
  defineRoutes,
  download,
  file,
  html,
  json,
  negotiate,
  notModified,
  type Reply,
  type ResponseKitOptions,
  type ResponseMethods,
  template,
} from '../../src/index.js'
import { responseKit as koaKit, problemHandler, verifySignedUrl as verifyInKoa } from '../../src/koa/index.js'
import { contract } from '../support/contract.js'
import { responding } from '../support/responding.js'
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

/** An answer with everything that a head can have. None of it may come to the client of another answer. */
const secret = (): Reply =>
  json(
    { secret: SECRET },
    { status: 201, headers: { 'X-Late': SECRET, 'Cache-Control': 'public', ETag: '"late"' }, cookies: { sid: SECRET } },
  )

/** Replies with a promise inside: `wait` settles when their value may be there. */
const waitingReplies: Readonly<Record<string, (wait: () => Promise<void>) => unknown>> = {
  'a promise of a Reply': (wait) => wait().then(secret),
  'negotiate()': (wait) => negotiate({ json: () => wait().then(secret) }),
  'negotiate() of a promise': (wait) => negotiate({ json: wait().then(secret) }),
  'notModified()': (wait) => notModified({ etag: 'other' }, () => wait().then(secret)),
  'notModified() of a promise': (wait) => notModified({ etag: 'other' }, wait().then(secret)),
  'notModified() in negotiate()': (wait) =>
    negotiate({ json: () => notModified({ etag: 'other' }, () => wait().then(secret)) }),
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
  'a Reply with a status, of a file that is missing': (target) =>
    target.reply(file(sandbox.path('missing.txt'), { status: 201 })),
  'a Reply with a whole head, of a file': (target) =>
    target.reply(file(path, { status: 201, headers: { 'X-Late': SECRET }, cookies: { sid: SECRET } })),
  'a Reply with a status, of a choice': (target) =>
    target.reply(negotiate({ json: () => later(SECRET) }, { status: 201 })),
  'a Reply with a status, of a choice that fails': (target) =>
    target.reply(negotiate({ json: () => later(undefined) }, { status: 201 })),
  'a Reply after the handler has staged a tag': (target) =>
    target.setEtag('staged').reply(notModified({ etag: 'other' }, () => later(undefined))),
  ...Object.fromEntries(
    Object.entries(waitingReplies).map(([name, make]) => [
      `a Reply: ${name}`,
      (target: ResponseMethods) => target.reply(make(() => later(undefined))),
    ]),
  ),
}
const kit: ResponseKitOptions = { templates: () => later(SECRET) }

/** Replies with a whole head, whose body fails after a while. */
const head = { status: 201, headers: { 'Content-Type': 'text/late' }, cookies: { sid: SECRET } }
const failingReplies: Readonly<Record<string, () => Reply>> = {
  'file()': () => file(sandbox.path('missing.txt'), head),
  'download()': () => download(sandbox.path('missing.txt'), 'a.txt', head),
  'template()': () => template('missing', {}, head),
  'negotiate()': () => negotiate({ json: () => later(undefined).then(() => Promise.reject(new Error('late'))) }, head),
  'notModified()': () =>
    notModified({ etag: 'late' }, () => later(undefined).then(() => Promise.reject(new Error('late'))), head),
}

contract('an answer that waits while its handler fails', ({ serve, ask, framework }) => {
  // Express sends its error page at once.
  for (const [name, make] of framework.family === 'koa' ? Object.entries(failingReplies) : []) {
    it(`a Reply by ${name}: the error page keeps what a session adds to it`, async () => {
      let settled: unknown
      const app = await serve(
        (target) => {
          settled = target.reply(make())
          throw Object.assign(new Error('no access'), { status: 403, expose: true })
        },
        {
          kit: { templates: () => later(undefined).then(() => Promise.reject(new Error('late'))) },
          problems: { onError() {} },
          setUp: (koa) =>
            koa.use(async (ctx: any, next: () => Promise<void>) => {
              await next()
              ctx.set('Set-Cookie', 'session=kept')
              await settled
            }),
        },
      )
      const { status, headers } = await ask(app)
      const seen = [status, headers['content-type'], headers['set-cookie']]
      expect(seen).to.deep.equal([403, 'application/problem+json', ['session=kept']])
    })
  }

  for (const [name, fails] of [
    ['fails', true],
    ['waits', false],
  ] as const) {
    it(`a Reply with a cookie that ${name}: the error page has the cookies of other code alone`, async () => {
      const app = await serve(
        (target) => {
          const settled = target.reply(template('a').setCookie('of', 'the reply'))
          target.setCookie('of', 'the handler').setCookie('more', 'of it')
          if (fails) return settled
          throw new Error('while it waits')
        },
        {
          kit: { templates: () => later('').then(() => Promise.reject(new Error('no such page'))) },
          problems: { onError() {}, showInternals: false },
        },
      )
      const { status, headers } = await ask(app)
      const lines = ['of=the%20handler; Path=/', 'more=of%20it; Path=/']
      expect([status, headers['set-cookie']]).to.deep.equal([500, lines])
    })
  }

  for (const [name, call] of Object.entries(calls)) {
    it(`${name}: the error page takes its place`, async () => {
      let settled: unknown
      let res: { readonly statusCode?: number } = {}
      const app = await serve(
        (target, { native }) => {
          res = native.res ?? native.ctx.res
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
      expect(res.statusCode, 'what a log of requests reads').to.equal(403)
      expect(headers).to.not.have.any.keys('set-cookie', 'x-late', 'cache-control')
      expect(headers.etag, 'its own').to.not.match(/late|other|staged/)
      expect(JSON.parse(text)).to.deep.equal({ title: 'Forbidden', status: 403, detail: 'no access' })
      expect(app.errors.map(({ message }) => message).filter((message) => message !== 'no access')).to.deep.equal([])
    })
  }
})

const never = (): Promise<never> => new Promise(() => {})
async function* neverYields(): AsyncGenerator<never> {
  yield await never()
}

/** The same calls, if what they wait for never comes. */
const callsWithoutEnd: typeof calls = {
  file: (target) => target.file(never as never),
  streaming: (target) => target.streaming(neverYields()),
  ndjson: (target) => target.ndjson([never()]),
  jsonStream: (target) => target.jsonStream({ a: never() }),
  csv: (target) => target.csv(neverYields()),
  html: (target) => target.html(html`${never()}`),
  negotiate: (target) => target.negotiate({ json: never }),
  'negotiate, twice': (target) => target.negotiate({ json: () => target.negotiate({ json: never }) }),
  reply: (target) => target.reply(never()),
  'reply of notModified': (target) => target.reply(notModified({ etag: 'a' }, never)),
  template: (target) => target.template('a'),
}

contract('an answer that never comes, and whose handler fails', ({ serve, ask, framework }) => {
  const kitsOutside: Readonly<Record<string, (app: any) => void>> = {
    'one kit': () => {},
    'an inner kit': (app) => app.use(framework.family === 'express' ? expressKit() : koaKit()),
    'two inner kits': (app) => {
      for (const _each of ['first', 'second']) app.use(framework.family === 'express' ? expressKit() : koaKit())
    },
  }
  for (const [name, call] of Object.entries(callsWithoutEnd)) {
    it(`${name}: the error page takes its place at once`, async () => {
      for (const [title, setUp] of Object.entries(kitsOutside)) {
        const fail = (target: ResponseMethods): never => {
          call(target)
          throw Object.assign(new Error('no access'), { status: 403, expose: true })
        }
        const app = await serve(
          (target, { native: { ctx } }) => {
            if (ctx === undefined) fail(target)
            return problemHandler({ onError() {} })(ctx, async () => fail(target))
          },
          { kit: { templates: never }, setUp, ...(framework.family === 'express' && { problems: { onError() {} } }) },
        )
        expect((await ask(app)).status, title).to.equal(403)
      }
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

  for (const [name, make] of Object.entries(waitingReplies)) {
    const reply = (answerElsewhere: () => void): unknown => make(() => later(undefined).then(answerElsewhere))
    it(`reply(): ${name}`, async () => {
      await expectOtherAnswer((target, _native, answerElsewhere) => target.reply(reply(answerElsewhere)), '/')
    })
    // What an async handler of respond() gives is no value that the call waits for: the call begins with it.
    if (name === 'a promise of a Reply') continue
    it(`respond(): ${name}`, async () => {
      await expectOtherAnswer((target, native, answerElsewhere) => {
        return responding(framework, () => reply(answerElsewhere))(target, { native } as never)
      }, '/')
    })
  }

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
