import { expect } from 'chai'
import createError from 'http-errors'
import { problemHandler as expressProblems } from '../../src/express/index.js'
import { type ProblemHandlerOptions, problem, ResponseKitError } from '../../src/index.js'
import { problemHandler as koaProblems } from '../../src/koa/index.js'
import { contract } from '../support/contract.js'
import type { Handler } from '../support/frameworks.js'
import { request } from '../support/request.js'
import { responding } from '../support/responding.js'

contract('problem() (RFC 9457)', ({ framework, answer, serve, askForError }) => {
  it('is application/problem+json with the status in response and body (§3.1.2)', async () => {
    const { status, headers, text } = await answer((target) => {
      target.problem({
        status: 403,
        type: 'https://example.com/probs/out-of-credit',
        title: 'You do not have enough credit.',
        detail: 'Your current balance is 30, but that costs 50.',
        instance: '/account/12345/msgs/abc',
        balance: 30,
        accounts: ['/account/12345', '/account/67890'],
      })
    })
    expect(status).to.equal(403)
    expect(headers['content-type']).to.equal('application/problem+json')
    expect(JSON.parse(text)).to.deep.equal({
      type: 'https://example.com/probs/out-of-credit',
      title: 'You do not have enough credit.',
      status: 403,
      detail: 'Your current balance is 30, but that costs 50.',
      instance: '/account/12345/msgs/abc',
      balance: 30,
      accounts: ['/account/12345', '/account/67890'],
    })
  })

  it('takes the reason phrase as title if there is no type (§4.2.1)', async () => {
    const { text } = await answer((target) => void target.problem({ status: 404 }))
    expect(JSON.parse(text)).to.deep.equal({ title: 'Not Found', status: 404 })
  })

  it('is a Reply as well', async () => {
    const { status, headers } = await answer(
      responding(framework, () => problem({ status: 429 }, { headers: { 'Retry-After': '30' } })),
    )
    expect(status).to.equal(429)
    expect(headers).to.include({ 'content-type': 'application/problem+json', 'retry-after': '30' })
  })

  for (const [name, details, message] of [
    ['a status of success', { status: 200 }, 'problem: status must be an integer from 400 to 599, got 200'],
    ['a title that is no text', { status: 400, title: 1 }, 'problem: title must be a string, got 1'],
  ] as const) {
    it(`${name} is an error`, async () => {
      const app = await serve((target) => void target.problem(details as any))
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors[0]?.message).to.equal(message)
    })
  }
})

contract('problemHandler()', ({ framework, serve, ask }) => {
  const env = (name: string) => (app: any) => {
    if (framework.family === 'koa') app.env = name
    else app.set('env', name)
  }
  const handled = (handler: Handler, problems: ProblemHandlerOptions = {}, mode = 'production') =>
    serve(handler, { problems: { onError() {}, ...problems }, setUp: env(mode) })
  const failing = (error: unknown, problems: ProblemHandlerOptions = {}) =>
    handled(() => {
      throw error
    }, problems)

  it('answers an error of http-errors with its status and message', async () => {
    const app = await failing(createError(404, 'No such order'))
    const { status, headers, text } = await ask(app)
    expect(status).to.equal(404)
    expect(headers['content-type']).to.equal('application/problem+json')
    expect(headers.vary).to.equal('Accept')
    expect(JSON.parse(text)).to.deep.equal({ title: 'Not Found', status: 404, detail: 'No such order' })
  })

  it('keeps Retry-After and Allow of the error, and leaves out what belongs to a body or is invalid', async () => {
    const headers = { 'Retry-After': '120', Allow: 'GET, HEAD', 'Content-Length': '3', 'X-Bad': 'a\r\nb' }
    const answer = await ask(await failing(createError(405, { headers })))
    expect(answer.headers).to.include({ 'retry-after': '120', allow: 'GET, HEAD' })
    expect(answer.headers).not.to.have.property('x-bad')
    expect(answer.headers['content-length']).to.equal(String(answer.body.length))
  })

  it('sends each cookie of the error in a line of its own (RFC 9110 §5.3)', async () => {
    const headers = {
      'Set-Cookie': ['a=1; Path=/', 'b=2; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
      Allow: ['GET', 'HEAD'],
    }
    const answer = await ask(await failing(Object.assign(new Error('gone'), { status: 405, headers })))
    expect(answer.headers['set-cookie']).to.deep.equal(headers['Set-Cookie'])
    expect(answer.headers.allow).to.equal('GET, HEAD')
  })

  it('answers an error of the kit', async () => {
    const app = await failing(new ResponseKitError('FORBIDDEN_PATH', 'not below the root', { status: 403 }))
    const { status, text } = await ask(app)
    expect(status).to.equal(403)
    expect(JSON.parse(text)).to.deep.include({ detail: 'not below the root' })
  })

  it('hides the internals of a 5xx in production', async () => {
    const { status, text } = await ask(await failing(new Error('password is hunter2')))
    expect(status).to.equal(500)
    expect(JSON.parse(text)).to.deep.equal({ title: 'Internal Server Error', status: 500 })
  })

  it('hides a 4xx that says it is not to be shown', async () => {
    const { text } = await ask(await failing(createError(400, 'secret', { expose: false })))
    expect(JSON.parse(text)).to.deep.equal({ title: 'Bad Request', status: 400 })
  })

  const secret = 'connect ECONNREFUSED 10.0.0.7'
  const notExposed: readonly [name: string, error: unknown][] = [
    ['a 4xx that does not say expose', Object.assign(new Error(secret), { status: 404 })],
    ['a 4xx by statusCode', Object.assign(new Error(secret), { statusCode: 422 })],
    ['a 4xx with expose: false', createError(400, secret, { expose: false })],
    ['a 4xx whose expose is not the value true', Object.assign(new Error(secret), { status: 400, expose: 'yes' })],
    ['a 5xx', Object.assign(new Error(secret), { status: 503 })],
    ['an error without a status', new Error(secret)],
    ['a thrown string', secret],
    ['a thrown object', { message: secret, status: 404 }],
  ]
  for (const [name, error] of notExposed) {
    it(`in production nothing shows the text of ${name}`, async () => {
      const told: unknown[] = []
      const details = (_error: Error, inferred: object) => {
        told.push(inferred)
        return inferred as { status: number }
      }
      const app = await failing(error, { details })
      const json = await ask(app)
      const page = await ask(app, { headers: { Accept: 'text/html' } })
      expect(JSON.parse(json.text)).to.have.all.keys('status', 'title')
      expect(json.text + page.text + JSON.stringify(told)).not.to.include('10.0.0.7')
    })
  }

  it('in production a 5xx that says expose: true is shown, without its stack', async () => {
    const { text } = await ask(await failing(createError(503, 'Back at noon', { expose: true })))
    expect(JSON.parse(text)).to.deep.equal({ title: 'Service Unavailable', status: 503, detail: 'Back at noon' })
  })

  it('shows them elsewhere', async () => {
    const app = await handled(
      () => {
        throw new Error('boom')
      },
      {},
      'test',
    )
    const { text } = await request(app.port)
    const details = JSON.parse(text)
    expect(details).to.include({ detail: 'boom', status: 500 })
    expect(details.stack[0]).to.equal('Error: boom')
  })

  it('is a page for a browser, with everything escaped', async () => {
    const app = await failing(createError(400, '<script>alert(1)</script>'))
    const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
    const { status, headers, text } = await ask(app, { headers: { Accept: accept } })
    expect(status).to.equal(400)
    expect(headers['content-type']).to.equal('text/html; charset=utf-8')
    expect(headers['content-security-policy']).to.equal("default-src 'none'")
    expect(text).to.include('<h1>400 Bad Request</h1>')
    expect(text).to.include('&lt;script&gt;').and.not.include('<script>')
  })

  for (const accept of [
    'application/json',
    '*/*',
    'application/problem+json',
    'text/plain',
    'text/html;q=0.5, application/json',
  ]) {
    it(`is problem details for Accept: ${accept}`, async () => {
      const { headers } = await ask(await failing(createError(400)), { headers: { Accept: accept } })
      expect(headers['content-type']).to.equal('application/problem+json')
    })
  }

  it('takes off what described the answer it replaces, and keeps the rest', async () => {
    const handler = (target: any) => {
      target.setHeaders({
        'Content-Disposition': 'attachment',
        ETag: '"x"',
        'Last-Modified': 'Thu, 01 Jan 1970 00:00:00 GMT',
        'Cache-Control': 'max-age=60',
        'Content-Range': 'bytes */3',
        'Content-Encoding': 'gzip',
        'Accept-Ranges': 'bytes',
        'Access-Control-Allow-Origin': '*',
      })
      throw createError(404)
    }
    const { headers } = await ask(await handled(handler))
    expect(headers['access-control-allow-origin']).to.equal('*')
    expect(headers).not.to.have.any.keys(
      'content-disposition',
      'last-modified',
      'cache-control',
      'content-range',
      'content-encoding',
      'accept-ranges',
    )
    expect(headers.etag).not.to.equal('"x"')
  })

  it('replaces an answer that was set but not sent', async () => {
    const app = await handled((target) => {
      if (framework.family === 'koa') target.text('prepared')
      throw createError(409)
    })
    expect((await ask(app)).status).to.equal(409)
  })

  for (const [name, value] of [
    ['a string', 'boom'],
    ['an object without prototype', Object.create(null)],
    ['a number', 7],
    ['an error with a trap in it', trapped()],
  ] as const) {
    it(`answers ${name} that was thrown with 500`, async () => {
      expect((await ask(await failing(value))).status).to.equal(500)
    })
  }

  it('ignores a status that is not from 400 to 599', async () => {
    expect((await ask(await failing(Object.assign(new Error(), { status: 200 })))).status).to.equal(500)
    expect((await ask(await failing(Object.assign(new Error(), { statusCode: 503 })))).status).to.equal(503)
  })

  it('tells the hook once, of a failing response too', async () => {
    const told: unknown[] = []
    const onError = (error: Error, context: unknown) => told.push([error.message, context])
    const app = await failing(new Error('boom'), { onError })
    await ask(app, { path: '/a?b' })
    expect(told).to.deep.equal([['boom', { method: 'GET', url: '/a?b', aborted: false }]])
  })

  it('tells both hooks of each request, though all fail with the same error object', async () => {
    const told: string[] = []
    const error = createError(404)
    const app = await serve(
      () => {
        throw error
      },
      { kit: { onError: () => told.push('kit') }, problems: { onError: () => told.push('handler') } },
    )
    await ask(app)
    await ask(app)
    expect(told).to.deep.equal(['kit', 'handler', 'kit', 'handler'])
  })

  it('survives hooks that throw', async () => {
    const broken = () => {
      throw new Error('broken')
    }
    expect((await ask(await failing(createError(404), { onError: broken }))).status).to.equal(404)
    const details = await ask(await failing(createError(404), { details: broken }))
    expect(JSON.parse(details.text)).to.deep.equal({ title: 'Internal Server Error', status: 500 })
    const page = await ask(await failing(createError(404), { page: broken }), { headers: { Accept: 'text/html' } })
    expect(page.status).to.equal(500)
  })

  it("details and page are the app's to change", async () => {
    const options = {
      details: (error: Error, given: object) => ({ ...given, status: 422, code: error.name }),
      page: ({ status }: { status: number }) => `<p>${status}`,
    }
    const app = await failing(new RangeError('x'), options)
    expect(JSON.parse((await ask(app)).text)).to.deep.equal({
      title: 'Unprocessable Entity',
      status: 422,
      code: 'RangeError',
    })
    expect((await ask(app, { headers: { Accept: 'text/html' } })).text).to.equal('<p>422')
  })

  it('HEAD has the fields and no body', async () => {
    const { status, headers, body } = await ask(await failing(createError(404)), { method: 'HEAD' })
    expect(status).to.equal(404)
    expect(headers['content-type']).to.equal('application/problem+json')
    expect(body).to.have.length(0)
  })

  it('destroys the connection once the head is out', async () => {
    const app = await handled((_target, { native }) => {
      if (native.ctx) native.ctx.respond = false
      const res = native.res
      res.setHeader('Content-Length', '100')
      res.write('only this')
      throw new Error('late')
    })
    const failure = await request(app.port).catch((error) => error)
    expect(failure).to.include({ code: 'ECONNRESET' })
  })

  it('works where responseKit() was not passed', async () => {
    const app = await serve(
      () => {
        throw createError(404)
      },
      { problems: { onError() {} }, kit: false },
    )
    const { status, headers } = await ask(app)
    expect(status).to.equal(404)
    expect(headers['content-type']).to.equal('application/problem+json')
  })

  it('refuses an unknown option, and names the likely right one', async () => {
    const problemHandler: (options: any) => unknown = framework.family === 'koa' ? koaProblems : expressProblems
    expect(() => problemHandler({ onErorr() {} })).to.throw(TypeError, "did you mean 'onError'?")
  })
})

function trapped(): Error {
  return Object.defineProperty(new Error('x'), 'status', {
    get() {
      throw new Error('trap')
    },
  })
}
