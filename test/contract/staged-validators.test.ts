import { expect } from 'chai'
import { html, streaming } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { request } from '../support/request.js'
import { responding } from '../support/responding.js'

const DATE = new Date('1994-11-06T08:49:37Z')
const HTTP_DATE = 'Sun, 06 Nov 1994 08:49:37 GMT'
const EARLIER = 'Sun, 06 Nov 1994 08:49:36 GMT'

let made = 0
function* values() {
  made++
  yield 'a'
}

/** Every body that has no validators of its own, and none that is a string. */
const bodies: readonly [call: string, run: (target: any) => unknown][] = [
  ['streaming', (target) => target.streaming(values)],
  ['streaming of a generator', (target) => target.streaming(values())],
  ['ndjson', (target) => target.ndjson(values)],
  ['jsonArray', (target) => target.jsonArray(values)],
  ['zip', (target) => target.zip([{ name: 'a', source: values(), mtime: DATE }])],
  ['reply of a generator', (target) => target.reply(values())],
  ['reply of a Reply', (target) => target.reply(streaming(values))],
  ['negotiate', (target) => target.negotiate({ csv: () => values(), default: () => values() })],
  ['template that streams', (target) => target.template('a')],
]
const kit = {
  templates: () =>
    (async function* () {
      yield* values()
    })(),
}

contract('a validator staged before a body that is streamed (RFC 9110 §13)', ({ serve, ask }) => {
  for (const [call, run] of bodies) {
    it(`${call}: 304 or 412 without a run of the producer, else the whole body`, async () => {
      const app = await serve(
        (target) => {
          target.setHeader('Cache-Control', 'max-age=60').setEtag('v1').setLastModified(DATE)
          return run(target)
        },
        { kit },
      )
      made = 0
      const known = await ask(app, { headers: { 'If-None-Match': '"v1"' } })
      expect(known.status).to.equal(304)
      expect(known.headers).to.include({ etag: '"v1"', 'last-modified': HTTP_DATE, 'cache-control': 'max-age=60' })
      expect(known.headers).not.to.have.any.keys('content-length', 'content-type')
      expect((await ask(app, { headers: { 'If-Modified-Since': HTTP_DATE } })).status).to.equal(304)
      expect((await ask(app, { method: 'HEAD', headers: { 'If-None-Match': '*' } })).status).to.equal(304)
      const failed = await ask(app, { headers: { 'If-Match': '"v2"' } })
      expect(failed.status).to.equal(412)
      expect(failed.headers).not.to.have.property('cache-control')
      expect((await ask(app, { headers: { 'If-Unmodified-Since': EARLIER } })).status).to.equal(412)
      expect(made).to.equal(0)
      const whole = await ask(app, { headers: { 'If-None-Match': '"v2"' } })
      expect([whole.status, whole.headers.etag]).to.deep.equal([200, '"v1"'])
      expect(whole.body.length).to.be.greaterThan(0)
      expect(made).to.equal(1)
    })

    it(`${call}: does not count for an error, nor after an unsafe method has acted`, async () => {
      const app = await serve(
        (target, { method }) => {
          target.setEtag('v1')
          if (method === 'GET') target.setStatus(503)
          return run(target)
        },
        { kit },
      )
      expect((await ask(app, { headers: { 'If-None-Match': '"v1"' } })).status).to.equal(503)
      expect((await ask(app, { method: 'POST', headers: { 'If-Match': '"v2"' } })).status).to.equal(200)
    })
  }

  it('an event stream has no validators', async () => {
    const app = await serve((target) => target.setEtag('v1').sse(['a']))
    expect((await ask(app, { headers: { 'If-None-Match': '"v1"' } })).status).to.equal(200)
  })
})

contract('notModified()', ({ framework, serve, ask, askForError }) => {
  const serveRow = (validators: unknown, staged = 200) => {
    let queries = 0
    const app = serve((target) => {
      if (staged !== 200) target.setStatus(staged)
      target.setHeader('Cache-Control', 'max-age=60')
      if (target.notModified(validators as any)) return
      queries++
      target.text('row')
    })
    return { app, queries: () => queries }
  }

  // [validators, method, request fields, status] by RFC 9110 §13.1 and §13.2.2
  const cases: readonly [object, string, Record<string, string>, number][] = [
    [{ etag: 'v1' }, 'GET', { 'If-None-Match': '"v1"' }, 304],
    [{ etag: '"v1"' }, 'GET', { 'If-None-Match': 'W/"v1"' }, 304],
    [{ etag: 'W/"v1"' }, 'HEAD', { 'If-None-Match': '"v1"' }, 304],
    [{ etag: 'v1' }, 'GET', { 'If-None-Match': '"v2"' }, 200],
    [{ etag: 'v1' }, 'GET', { 'If-Match': '"v2"' }, 412],
    [{ lastModified: DATE }, 'GET', { 'If-Modified-Since': HTTP_DATE }, 304],
    [{ lastModified: DATE }, 'GET', { 'If-Modified-Since': EARLIER }, 200],
    [{ lastModified: DATE }, 'GET', { 'If-Unmodified-Since': EARLIER }, 412],
    [{ etag: 'v2', lastModified: DATE }, 'GET', { 'If-None-Match': '"v1"', 'If-Modified-Since': HTTP_DATE }, 200],
    [{}, 'GET', { 'If-None-Match': '"v1"' }, 200],
    // before the action, preconditions of unsafe methods count
    [{ etag: 'v1' }, 'PUT', { 'If-Match': '"v2"' }, 412],
    [{ etag: 'v1' }, 'PUT', { 'If-Match': '"v1"' }, 200],
    [{ etag: 'v1' }, 'PUT', { 'If-None-Match': '*' }, 412],
    [{ lastModified: DATE }, 'DELETE', { 'If-Unmodified-Since': EARLIER }, 412],
  ]
  for (const [validators, method, headers, status] of cases) {
    it(`${method} ${JSON.stringify(headers)} of ${JSON.stringify(validators)} is ${status}`, async () => {
      const { app, queries } = serveRow(validators)
      const answer = await ask(await app, { method, headers })
      expect(answer.status).to.equal(status)
      expect(queries()).to.equal(status === 200 ? 1 : 0)
      if (status === 304) expect(answer.headers).to.include({ 'cache-control': 'max-age=60' })
      if (status === 412) expect(answer.headers).not.to.have.property('cache-control')
    })
  }

  it('stages both for the body that follows', async () => {
    const { app } = serveRow({ etag: 'v1', lastModified: DATE })
    expect((await ask(await app)).headers).to.include({ etag: '"v1"', 'last-modified': HTTP_DATE })
  })

  it('does nothing for an answer that is an error', async () => {
    const { app } = serveRow({ etag: 'v1' }, 404)
    expect((await ask(await app, { headers: { 'If-None-Match': '"v1"' } })).status).to.equal(404)
  })

  for (const validators of [
    undefined,
    null,
    'v1',
    { etg: 'v1' },
    { etag: 7 },
    { etag: 'a"b' },
    { lastModified: 7 },
    { lastModified: new Date(Number.NaN) },
  ]) {
    it(`refuses ${JSON.stringify(validators)} before anything is staged`, async () => {
      const { app } = serveRow(validators)
      const running = await app
      const { status, headers } = await askForError(running)
      expect([status, headers.etag]).to.deep.equal([500, framework.family === 'koa' ? undefined : headers.etag])
      expect(running.errors[0]).to.have.property('code').that.is.oneOf(['INVALID_OPTION', 'INVALID_ARGUMENT'])
    })
  }
})

contract('a second answer', ({ framework, serve, ask }) => {
  const second: readonly [how: string, run: (target: any) => unknown][] = [
    ['text', (target) => target.text('two')],
    ['reply', (target) => target.reply(html('two'))],
    ['a streamed one', (target) => target.streaming(['two'])],
    ['notModified', (target) => target.notModified({ etag: 'a' })],
    ['redirectTo', (target) => target.back('/two')],
  ]
  for (const problems of [undefined, { onError() {} }]) {
    for (const [how, run] of second) {
      it(`${how}${problems ? ', with problemHandler' : ''}: the first answer stays whole, hook and error handling are told`, async () => {
        const told: string[] = []
        const app = await serve(
          (target) => {
            target.setStatus(201).text('one')
            run(target)
          },
          {
            kit: { onError: (error) => told.push((error as { code?: string }).code ?? '') },
            ...(problems && { problems }),
          },
        )
        const { status, text } = await ask(app)
        expect([status, text]).to.deep.equal([201, 'one'])
        expect(app.errors.map((error) => (error as { code?: string }).code)).to.deep.equal(['ALREADY_SENT'])
        if (framework.family === 'koa') expect(told).to.deep.equal(['ALREADY_SENT'])
      })
    }
  }

  it('an error after the answer is still an error page on Koa, which has only set it', async () => {
    const app = await serve(
      responding(framework, (_reply, target) => {
        target.text('one')
        throw new Error('boom')
      }),
    )
    const { status } = await request(app.port)
    if (framework.family === 'koa') expect(status).to.equal(500)
  })
})
