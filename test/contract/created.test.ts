import { expect } from 'chai'
import { created, defineRoutes, type ReplyInit } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { frameworks, type Handler } from '../support/frameworks.js'
import { thrown } from '../support/thrown.js'

const routes = defineRoutes({ user: '/users/:id', list: '/list', file: '/files/*path' })
const kit = { routes }
const post = { method: 'POST' }

contract('created', ({ answer, serve, ask, askForError }) => {
  it('sends 201, Location by the name of a route, and the content (RFC 9110 §15.3.2)', async () => {
    const { status, headers, text } = await answer((target) => target.created('user', { id: 'a b' }, { id: 7 }), post, {
      kit,
    })
    expect([status, headers.location, text]).to.deep.equal([201, '/users/a%20b', '{"id":7}'])
    expect(headers['content-type']).to.equal('application/json; charset=utf-8')
  })

  it('sends no content if there is none', async () => {
    for (const none of [undefined, null]) {
      const { status, headers, body } = await answer((target) => target.created('user', { id: 7 }, none), post, { kit })
      expect([status, headers.location, headers['content-length'], body.length]).to.deep.equal([
        201,
        '/users/7',
        '0',
        0,
      ])
      expect(headers).not.to.have.property('content-type')
    }
  })

  it('sends a string as plain text, bytes and a stream as they are', async () => {
    const text = await answer((target) => target.created('list', {}, '<b>made</b>'), post, { kit })
    expect([text.headers['content-type'], text.text]).to.deep.equal(['text/plain; charset=utf-8', '<b>made</b>'])
    const bytes = await answer((target) => target.created('list', {}, Buffer.from([1, 2])), post, { kit })
    expect([bytes.headers['content-type'], bytes.body.toString('hex')]).to.deep.equal([
      'application/octet-stream',
      '0102',
    ])
    function* lines() {
      yield 'one\n'
      yield 'two\n'
    }
    const stream = await answer((target) => target.created('list', {}, lines()), post, { kit })
    expect([stream.status, stream.headers.location, stream.text]).to.deep.equal([201, '/list', 'one\ntwo\n'])
  })

  it('takes a path or a URL in the place of a name, encoded as a redirect is', async () => {
    for (const [target, location] of [
      ['/users/7?a=b#c', '/users/7?a=b#c'],
      ['/users/é x', '/users/%C3%A9%20x'],
      ['https://other.example/users/7', 'https://other.example/users/7'],
    ] as const) {
      const { status, headers } = await answer(
        (response) => response.created(target, undefined, { ok: true }),
        post,
        {},
      )
      expect([status, headers.location]).to.deep.equal([201, location])
    }
  })

  it('keeps what was staged, and its own status and Location count', async () => {
    const { status, headers } = await answer(
      (target) =>
        target.setStatus(202).setHeader('Location', '/elsewhere').setHeader('X-A', 'a').created('list', {}, 'x'),
      post,
      { kit },
    )
    expect([status, headers.location, headers['x-a']]).to.deep.equal([201, '/list', 'a'])
  })

  it('is refused before anything is written: an unknown name, a wrong parameter, a URL that leads elsewhere', async () => {
    const refused: readonly (readonly [string, Handler, string])[] = [
      ['an unknown name', (target) => target.created('usr', { id: 7 }), 'ROUTE_NOT_FOUND'],
      ['no parameter', (target) => target.created('user'), 'ROUTE_PARAMETER'],
      ['a wrong parameter', (target) => target.created('user', { ID: 7 }), 'ROUTE_PARAMETER'],
      ['two slashes', (target) => target.created('//evil.example'), 'INVALID_ARGUMENT'],
      ['a slash and a backslash', (target) => target.created('/\\evil.example'), 'INVALID_ARGUMENT'],
      ['a line break', (target) => target.created('/a\r\nSet-Cookie: x=1'), 'INVALID_ARGUMENT'],
      ['a number', (target) => target.created(7 as never), 'INVALID_ARGUMENT'],
      ['parameters beside a path', (target) => target.created('/users/7', { name: 'Ann' }), 'INVALID_ARGUMENT'],
      ['a Map beside a path', (target) => target.created('/users/7', new Map() as never), 'INVALID_ARGUMENT'],
      ['a list beside a path', (target) => target.created('/users/7', [] as never), 'INVALID_ARGUMENT'],
      ['an error as content', (target) => target.created('list', {}, new Error('x')), 'INVALID_ARGUMENT'],
      [
        'a promise as content',
        (target) => target.created('list', {}, Promise.reject(new Error('x'))),
        'INVALID_ARGUMENT',
      ],
      ['a Response as content', (target) => target.created('list', {}, new Response('x')), 'INVALID_ARGUMENT'],
      ['a function as content', (target) => target.created('list', {}, () => 1), 'INVALID_ARGUMENT'],
    ]
    for (const [title, handler, code] of refused) {
      const app = await serve(handler, { kit })
      const { status, headers } = await askForError(app, post)
      expect([status, headers.location], title).to.deep.equal([500, undefined])
      expect(app.errors[0], title).to.have.property('code', code)
    }
  })

  it('without routes, a name is an error and a path is not', async () => {
    const app = await serve((target) => target.created('user', { id: 7 }))
    expect((await askForError(app, post)).status).to.equal(500)
    expect(app.errors[0]).to.have.property('code', 'NOT_CONFIGURED')
  })

  it('answers HEAD with the fields of GET', async () => {
    const app = await serve((target) => target.created('user', { id: 7 }, { id: 7 }), { kit })
    const { status, headers, body } = await ask(app, { method: 'HEAD' })
    expect([status, headers.location, headers['content-length'], body.length]).to.deep.equal([201, '/users/7', '8', 0])
  })

  it('is a Reply as well, which looks for the name when it is sent', async () => {
    const init: ReplyInit = { headers: { 'X-A': 'a' }, cookies: { a: 'b' } }
    const { status, headers, text } = await answer(
      (target) => target.reply(created('user', { id: 7 }, { id: 7 }, init)),
      post,
      { kit },
    )
    expect([status, headers.location, headers['x-a'], text]).to.deep.equal([201, '/users/7', 'a', '{"id":7}'])
    expect(headers['set-cookie']).to.have.length(1)
  })

  it('a Reply can be sent again, on another request', async () => {
    const made = created('user', { id: 7 })
    const app = await serve((target) => target.reply(made), { kit })
    for (let count = 0; count < 2; count++) expect((await ask(app, post)).headers.location).to.equal('/users/7')
  })
})

describe('created as a Reply', () => {
  it('is checked at once, as far as no request is needed', () => {
    expect(thrown(() => created('/users/7', { name: 'Ann' }))).to.have.property('code', 'INVALID_ARGUMENT')
    expect(thrown(() => created(7 as never))).to.have.property('code', 'INVALID_ARGUMENT')
    expect(thrown(() => created('x', {}, () => 1))).to.have.property('code', 'INVALID_ARGUMENT')
  })

  it('takes another status from its options', () => {
    expect(created('/x', undefined, undefined, { status: 202 })).to.have.property('status', 202)
    expect(created('/x')).to.have.property('status', 201)
  })

  it('becomes a WHATWG Response', async () => {
    const response = await created('/users/7', undefined, { id: 7 }).toWebResponse()
    expect([response.status, response.headers.get('Location'), await response.text()]).to.deep.equal([
      201,
      '/users/7',
      '{"id":7}',
    ])
  })
})

for (const framework of frameworks.filter(({ name }) => name === 'express5' || name === 'koa3')) {
  describe(`created with a view in ${framework.name}`, () => {
    it('finds the route of the view', async () => {
      const view = (): string => 'x'
      routes.view('list', view)
      const { listen } = await import('../support/frameworks.js')
      const { request } = await import('../support/request.js')
      const app = await listen(framework.createListener((target) => target.created(view), { kit }, []))
      const { status, headers } = await request(app.port, post)
      await app.close()
      expect([status, headers.location]).to.deep.equal([201, '/list'])
    })
  })
}
