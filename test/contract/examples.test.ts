import { join } from 'node:path'
import { expect, use } from 'chai'
import {
  bytes,
  defineRoutes,
  download,
  file,
  html,
  json,
  Reply,
  redirect,
  redirectTo,
  streaming,
  text,
} from '../../src/index.js'
import { responseKitAssertions } from '../../src/testing/index.js'
import { contract } from '../support/contract.js'
import { responding } from '../support/responding.js'

use(responseKitAssertions)

const FIXTURES = join(import.meta.dirname, '../fixtures')
const routes = defineRoutes({ 'users.home': '/dashboard/:userId', home: '/home' })
const kit = { routes, templates: (name: string, { user }: Record<string, unknown>) => `<h1>${name} of ${user}</h1>` }

contract('by calls on the response', ({ answer }) => {
  it('sets a cookie', async () => {
    expect(await answer((target) => void target.setCookie('remember', 'me', { maxAge: '7d' }).text(''))).to.setCookie(
      'remember',
      { value: 'me', maxAge: 604_800, path: '/' },
    )
  })

  it('reads a cookie', async () => {
    const { text } = await answer((target) => void target.text(`${target.getCookie('remember')}`), {
      headers: { Cookie: 'remember=me' },
    })
    expect(text).to.equal('me')
  })

  it('deletes a cookie', async () => {
    expect(await answer((target) => void target.deleteCookie('remember').text(''))).to.deleteCookie('remember')
  })

  it('redirects to a name, with parameters and a query', async () => {
    const handler = (target: any) => target.redirectTo('users.home', { userId: 1 }, { query: { mode: 'preview' } })
    expect(await answer(handler, {}, { kit })).to.redirectTo('/dashboard/1?mode=preview', 302)
  })

  it('redirects to a name without parameters', async () => {
    expect(await answer((target: any) => target.redirectTo('home'), {}, { kit })).to.redirectToRoute(routes, 'home')
  })

  it('redirects back', async () => {
    const app = (target: any) => target.back('/fallback')
    expect(await answer(app)).to.redirectTo('/fallback')
  })

  it('sets a header and a status', async () => {
    const { status, headers } = await answer(
      (target) => void target.setStatus(409).setHeader('X-Foo', 'bar').empty(409),
    )
    expect(status).to.equal(409)
    expect(headers['x-foo']).to.equal('bar')
  })

  it('shows a file inline', async () => {
    const res = await answer((target) => target.file(join(FIXTURES, 'page.ejs')))
    expect(res.headers['content-disposition']).to.match(/^inline/)
  })

  it('forces a download under its own name', async () => {
    expect(await answer((target) => target.download(join(FIXTURES, 'page.ejs')))).to.be.a.download('page.ejs')
  })

  it('a filename is used as it is; a friendly name takes the extension of the file', async () => {
    const path = join(FIXTURES, 'localhost-cert.pem')
    expect(await answer((target) => target.download(path, 'document'))).to.be.a.download('document')
    expect(await answer((target) => target.download(path, { name: 'document-2021-01' }))).to.be.a.download(
      'document-2021-01.pem',
    )
  })

  it('renders a template', async () => {
    const { headers, text } = await answer((target) => target.template('profile', { user: 'Ada' }), {}, { kit })
    expect(headers['content-type']).to.equal('text/html; charset=utf-8')
    expect(text).to.equal('<h1>profile of Ada</h1>')
  })

  it('a long chain', async () => {
    const res = await answer((target) => {
      target
        .setStatus(201)
        .setHeader('X-Foo', 'bar')
        .appendHeader('X-Foo', 'baz')
        .setHeaders({ 'X-A': '1', 'X-B': '2' })
        .deleteHeader('X-B')
        .setCookie('its', 'dict')
        .deleteCookie('old')
        .html('<p>made')
    })
    expect(res.status).to.equal(201)
    expect(res.headers).to.include({ 'x-foo': 'bar, baz', 'x-a': '1' })
    expect(res.headers).not.to.have.property('x-b')
    expect(res).to.setCookie('its', 'dict').and.to.deleteCookie('old')
  })
})

contract('by attributes of a Reply', ({ framework, answer }) => {
  const filled = (fill: (reply: Reply) => void) =>
    answer(
      responding(framework, (reply) => void fill(reply)),
      {},
      { kit },
    )

  it('headers', async () => {
    const { headers } = await filled((reply) => {
      reply.headers['X-Foo'] = 'bar'
    })
    expect(headers['x-foo']).to.equal('bar')
  })

  it('status', async () => {
    const { status } = await filled((reply) => {
      reply.status = 418
    })
    expect(status).to.equal(418)
  })

  it('cookies', async () => {
    const res = await filled((reply) => {
      reply.cookies.its = 'dict'
    })
    expect(res).to.setCookie('its', 'dict')
  })

  it('text', async () => {
    const { headers, text } = await filled((reply) => {
      reply.text = 'hello!'
    })
    expect(headers['content-type']).to.equal('text/plain; charset=utf-8')
    expect(text).to.equal('hello!')
  })

  it('bytes', async () => {
    const { body } = await filled((reply) => {
      reply.bytes = Buffer.from('hello!')
    })
    expect(body.toString()).to.equal('hello!')
  })

  it('json', async () => {
    const { text } = await filled((reply) => {
      reply.json.hello = 'world!'
    })
    expect(text).to.equal('{"hello":"world!"}')
  })

  it('an async generator', async () => {
    const { headers, text } = await filled((reply) => {
      reply.streaming = (async function* () {
        for (const part of ['a', 'b', 'c']) yield part
      })()
    })
    expect(headers).not.to.have.property('content-length')
    expect(text).to.equal('abc')
  })
})

contract('by a Reply returned', ({ framework, answer, serve, ask, askForError }) => {
  const returned = (make: () => unknown, init = {}) => answer(responding(framework, make), init, { kit })

  it('content, status, headers and media type', async () => {
    const { status, headers, text } = await returned(
      () => new Reply('<a/>', { status: 202, headers: { 'X-Foo': 'bar' }, type: 'application/xml' }),
    )
    expect(status).to.equal(202)
    expect(headers).to.include({ 'content-type': 'application/xml', 'x-foo': 'bar', 'content-length': '4' })
    expect(text).to.equal('<a/>')
  })

  it('HTML', async () => {
    expect((await returned(() => html('<h1>hi</h1>'))).headers['content-type']).to.equal('text/html; charset=utf-8')
  })

  it('plain text', async () => {
    expect((await returned(() => text('hi'))).headers['content-type']).to.equal('text/plain; charset=utf-8')
  })

  it('JSON', async () => {
    const { headers, text } = await returned(() => json({ hello: 'world' }, { type: 'application/vnd.x+json' }))
    expect(headers['content-type']).to.equal('application/vnd.x+json')
    expect(text).to.equal('{"hello":"world"}')
  })

  it('fast JSON', async () => {
    const schema = { type: 'object', properties: { hello: { type: 'string' } } }
    expect((await returned(() => json({ hello: 'world' }, { schema }))).text).to.equal('{"hello":"world"}')
  })

  it('a redirect to a URL: 302, on request 307, 303 after POST', async () => {
    expect(await returned(() => redirect('https://a.example/x'))).to.redirectTo('https://a.example/x', 302)
    expect(await returned(() => redirect('/x', { status: 307 }))).to.redirectTo('/x', 307)
    expect(await returned(() => redirect('/x').setStatus(308))).to.redirectTo('/x', 308)
    expect(await returned(() => redirect('/x'), { method: 'POST' })).to.redirectTo('/x', 303)
  })

  it('a redirect to a name', async () => {
    const { status, headers } = await returned(() => redirectTo('users.home', { userId: 1 }))
    expect(status).to.equal(302)
    expect(headers.location).to.equal('/dashboard/1')
  })

  it('a redirect to a view', async () => {
    const Index = routes.view('home', () => {})
    expect(await returned(() => redirectTo(Index))).to.redirectTo('/home')
  })

  it('a stream', async () => {
    const make = () =>
      streaming(
        async function* () {
          yield 'a'
          yield 'b'
        },
        { type: 'text/csv' },
      )
    const { headers, text } = await returned(make)
    expect(headers['content-type']).to.equal('text/csv; charset=utf-8')
    expect(text).to.equal('ab')
  })

  it('a generator that is simply returned', async () => {
    expect(
      (
        await returned(() =>
          (async function* () {
            yield 'a'
          })(),
        )
      ).text,
    ).to.equal('a')
  })

  it('a file with its validators', async () => {
    const first = await returned(() => file(join(FIXTURES, 'page.ejs')))
    expect(first.headers).to.have.property('last-modified')
    const again = await returned(() => file(join(FIXTURES, 'page.ejs')), {
      headers: { 'If-None-Match': first.headers.etag },
    })
    expect(again.status).to.equal(304)
    const part = await returned(() => file(join(FIXTURES, 'page.ejs')), { headers: { Range: 'bytes=0-1' } })
    expect(part.status).to.equal(206)
    expect(part.text).to.equal('<%')
  })

  it('a download', async () => {
    expect(await returned(() => download(Buffer.from('a,b'), 'report.csv').setCookie('done', '1'))).to.be.a.download(
      'report.csv',
    )
  })

  it('bytes', async () => {
    expect((await returned(() => bytes(new Uint8Array([7])))).body[0]).to.equal(7)
  })

  it('one that streams is sent once: the second time is a clear error', async () => {
    const reply = streaming(
      (function* () {
        yield 'once'
      })(),
    )
    const app = await serve(responding(framework, () => reply))
    expect((await ask(app)).text).to.equal('once')
    expect((await askForError(app)).status).to.equal(500)
    expect(app.errors[0]).to.include({ code: 'ALREADY_SENT' })
    expect(app.errors[0]?.message).to.include('give a function that makes a new one')
  })

  it('one that streams from a function or a list is sent any number of times', async () => {
    for (const reply of [streaming(() => ['a']), streaming(['a']), streaming(new Blob(['a']))]) {
      const app = await serve(responding(framework, () => reply))
      expect((await ask(app)).text).to.equal('a')
      expect((await ask(app)).text).to.equal('a')
    }
  })
})
