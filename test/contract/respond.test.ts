import { PassThrough, Readable } from 'node:stream'
import { expect } from 'chai'
import { bytes, created, html, json, negotiate, notModified, Reply, text } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { request } from '../support/request.js'
import { responding } from '../support/responding.js'

contract('respond()', ({ framework, answer, serve, ask, askForError }) => {
  const given = (value: unknown, init = {}) =>
    answer(
      responding(framework, () => value),
      init,
    )

  it('sends a Reply', async () => {
    const { status, headers, text } = await given(html('<h1>hi</h1>', { status: 201 }))
    expect(status).to.equal(201)
    expect(headers['content-type']).to.equal('text/html; charset=utf-8')
    expect(text).to.equal('<h1>hi</h1>')
  })

  it('sends a string as plain text, even one that looks like markup', async () => {
    const { headers, text } = await given('<b>typed by a user</b>')
    expect(headers['content-type']).to.equal('text/plain; charset=utf-8')
    expect(text).to.equal('<b>typed by a user</b>')
  })

  for (const thrown of [undefined, null, false, 0, '', 'route', 'router']) {
    it(`takes a thrown ${JSON.stringify(thrown)} for an error: no later handler runs`, async () => {
      const app = await serve(
        responding(framework, () => {
          throw thrown
        }),
      )
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors[0]).to.have.property('code', 'SOURCE_FAILED')
    })
  }

  it('sends bytes', async () => {
    const { headers, body } = await given(new Uint8Array([1, 2, 3]))
    expect(headers['content-type']).to.equal('application/octet-stream')
    expect([...body]).to.deep.equal([1, 2, 3])
  })

  for (const value of [{ a: 1 }, [1, 'b'], 42, true]) {
    it(`sends ${JSON.stringify(value)} as JSON`, async () => {
      const { headers, text } = await given(value)
      expect(headers['content-type']).to.equal('application/json; charset=utf-8')
      expect(JSON.parse(text)).to.deep.equal(value)
    })
  }

  it('null is 204, without content and Content-Type', async () => {
    const { status, headers, body } = await given(null)
    expect(status).to.equal(204)
    expect(headers).not.to.have.any.keys('content-type', 'content-length')
    expect(body).to.have.length(0)
  })

  it('returning nothing sends the reply it was given', async () => {
    const handler = responding(framework, async (reply) => {
      reply.json.hello = 'world!'
    })
    const { headers, text } = await answer(handler)
    expect(headers['content-type']).to.equal('application/json; charset=utf-8')
    expect(text).to.equal('{"hello":"world!"}')
  })

  it('a reply that the handler did not touch is 204', async () => {
    expect((await given(undefined)).status).to.equal(204)
  })

  it('a status without a body is that status with an empty body', async () => {
    const handler = responding(framework, (reply) => {
      reply.status = 409
    })
    const { status, headers, body } = await answer(handler)
    expect(status).to.equal(409)
    expect(headers['content-length']).to.equal('0')
    expect(body).to.have.length(0)
  })

  it('what the handler has answered itself stays', async () => {
    const itself = await answer(responding(framework, (_reply, target) => target.text('mine')))
    expect(itself.text).to.equal('mine')
    const silent = await answer(responding(framework, (_reply, target) => void target.text('mine')))
    expect(silent.text).to.equal('mine')
  })

  it('a value returned after an answer was given is ALREADY_SENT, and the first answer stays whole', async () => {
    const app = await serve(
      responding(framework, (_reply, target) => {
        target.text('first')
        return 'second'
      }),
    )
    const { status, text } = await request(app.port)
    expect([status, text]).to.deep.equal([200, 'first'])
    expect(app.errors.map((error) => (error as { code?: string }).code)).to.deep.equal(['ALREADY_SENT'])
  })

  it('a stream that comes too late is closed', async () => {
    const late = new PassThrough()
    const app = await serve(
      responding(framework, (_reply, target) => {
        target.text('first')
        return late
      }),
    )
    await request(app.port)
    expect(app.errors[0]).to.include({ code: 'ALREADY_SENT' })
    expect(late.destroyed).to.equal(true)
  })

  it('keeps what was staged on the response, and prefers what the Reply says', async () => {
    const handler = responding(framework, (_reply, target) => {
      target.setStatus(202).setHeader('X-Staged', 'a').setHeader('X-Both', 'staged').setHeader('Vary', 'Origin')
      return text('x', { headers: { 'X-Both': 'reply', Vary: 'Accept' } })
    })
    const { status, headers } = await answer(handler)
    expect(status).to.equal(202)
    expect(headers).to.include({ 'x-staged': 'a', 'x-both': 'reply', vary: 'Origin, Accept' })
  })

  it('sets cookies, beside those staged on the response', async () => {
    const handler = responding(framework, (_reply, target) => {
      target.setCookie('staged', 'a')
      return text('x').setCookie('b', 'c', { httpOnly: true }).deleteCookie('old')
    })
    const { headers } = await answer(handler)
    expect(headers['set-cookie']).to.have.length(3)
    expect(headers['set-cookie']?.[0]).to.match(/^staged=a;/)
    expect(headers['set-cookie']?.[1]).to.match(/^b=c;.*HttpOnly/)
    expect(headers['set-cookie']?.[2]).to.match(/^old=;.*Max-Age=0/)
  })

  it('answers 304 to the entity-tag it gave out (RFC 9110 §13.1.2)', async () => {
    const first = await given(json({ a: 1 }))
    const second = await given(json({ a: 1 }), { headers: { 'If-None-Match': first.headers.etag } })
    expect(first.status).to.equal(200)
    expect(second.status).to.equal(304)
    expect(second.headers.etag).to.equal(first.headers.etag)
  })

  it('an error status is no 304, whatever the tag', async () => {
    const failure = () => json({ a: 1 }, { status: 404 })
    const { headers } = await given(failure())
    const again = await given(failure(), { headers: { 'If-None-Match': headers.etag } })
    expect(again.status).to.equal(404)
  })

  it('sends one Reply many times', async () => {
    const reply = bytes(Buffer.from('again'), { type: 'text/x' }).setCookie('a', '1')
    const app = await serve(responding(framework, () => reply))
    const first = await ask(app)
    const second = await ask(app)
    expect(first.text).to.equal('again')
    expect(second.rawHeaders.filter((each) => /^a=1/.test(each))).to.have.length(1)
    expect(second.text).to.equal('again')
  })

  for (const [name, fail] of [
    [
      'throws',
      () => {
        throw new RangeError('boom')
      },
    ],
    ['rejects', () => Promise.reject(new RangeError('boom'))],
    ['returns an error', () => new RangeError('boom')],
  ] as const) {
    it(`a handler that ${name} reaches the error handling once`, async () => {
      const app = await serve(responding(framework, fail))
      const { status } = await askForError(app)
      expect(status).to.equal(500)
      expect(app.errors.map(({ message }) => message)).to.deep.equal(['boom'])
    })
  }

  for (const [name, value, message] of [
    ['a BigInt', { rows: [{ id: 1n }] }, 'a BigInt at value.rows[0].id'],
    ['a circle', circular(), 'a circle at value.self'],
    [
      'a failing toJSON',
      {
        at: {
          toJSON() {
            throw new Error('no clock')
          },
        },
      },
      'toJSON() at value.at failed: no clock',
    ],
    ['a function', () => 1, 'respond: value must be'],
    ['a symbol', Symbol('s'), 'respond: value must be'],
  ] as const) {
    it(`${name} is a clear error before anything is sent`, async () => {
      const app = await serve(responding(framework, () => value))
      const { status, headers } = await askForError(app)
      expect(status).to.equal(500)
      expect(headers).not.to.have.property('etag')
      expect(app.errors).to.have.length(1)
      expect(app.errors[0]).to.include({ code: 'INVALID_ARGUMENT' })
      expect(app.errors[0]?.message).to.include(message)
    })
  }

  it('takes back what a Reply staged where its body fails', async () => {
    const staged: unknown[] = []
    const handler = responding(framework, async (_reply, target) => {
      await target.setHeader('X-Both', 'staged')
      try {
        target.reply(json(1n, { status: 201, headers: { 'X-Foo': 'a', 'X-Both': 'b' } }).setCookie('c', '1'))
      } catch (error) {
        staged.push(
          (error as any).code,
          target.getHeader('X-Foo'),
          target.getHeader('X-Both'),
          target.getHeader('Set-Cookie'),
        )
      }
      return new Reply('ok')
    })
    const { status, text } = await answer(handler)
    expect(staged).to.deep.equal(['INVALID_ARGUMENT', undefined, 'staged', undefined])
    expect(status).to.equal(200)
    expect(text).to.equal('ok')
  })

  it('schema leaves out what it does not name, wherever the value of the handler is chosen', async () => {
    const schema = { type: 'object', properties: { name: { type: 'string' } } }
    const value = { name: 'Ada', password: 'secret' }
    const validators = { etag: 'v1' }
    const makers: readonly (() => unknown)[] = [
      () => value,
      () => Promise.resolve(value),
      () => json(value),
      () => created('/a', undefined, value),
      () => notModified(validators, () => value),
      () => notModified(validators, async () => json(value)),
      () => negotiate({ json: value, html: '<p>' }),
      () => negotiate({ json: () => value }),
      () => negotiate({ json: async () => json(value) }),
      () => negotiate({ json: () => notModified(validators, () => value) }),
      () => notModified(validators, () => negotiate({ json: value })),
      () => new Reply(value),
    ]
    for (const [index, make] of makers.entries()) {
      const { text } = await answer(responding(framework, make as never, { schema }), {
        headers: { Accept: 'application/json' },
      })
      expect(text, `maker ${index}`).to.equal('{"name":"Ada"}')
    }
  })

  it('schema writes what it names (fast-json-stringify)', async () => {
    const schema = { type: 'object', properties: { name: { type: 'string' } } }
    const value = { name: 'Ada', password: 'secret' }
    const returned = await answer(responding(framework, () => value, { schema }))
    expect(returned.headers['content-type']).to.equal('application/json; charset=utf-8')
    expect(returned.text).to.equal('{"name":"Ada"}')
    const assigned = await answer(
      responding(
        framework,
        (reply) => {
          reply.json = value
        },
        { schema },
      ),
    )
    expect(assigned.text).to.equal('{"name":"Ada"}')
    const ofReply = await answer(responding(framework, () => json(value, { schema })))
    expect(ofReply.text).to.equal('{"name":"Ada"}')
  })
})

contract('reply()', ({ answer, serve, askForError }) => {
  function* pieces() {
    yield 'a'
    yield 'b'
  }
  const kinds: readonly [kind: string, value: () => unknown, type: string, text: string][] = [
    ['a Reply', () => json({ a: 1 }, { type: 'application/vnd.x+json' }), 'application/vnd.x+json', '{"a":1}'],
    ['a string', () => '<b>', 'text/plain; charset=utf-8', '<b>'],
    ['a Buffer', () => Buffer.from('ab'), 'application/octet-stream', 'ab'],
    ['a typed array', () => new Uint16Array([0x6161]), 'application/octet-stream', 'aa'],
    ['an ArrayBuffer', () => new Uint8Array([97]).buffer, 'application/octet-stream', 'a'],
    ['an object', () => ({ a: 1 }), 'application/json; charset=utf-8', '{"a":1}'],
    ['a list', () => [1, 2], 'application/json; charset=utf-8', '[1,2]'],
    ['a number', () => 7, 'application/json; charset=utf-8', '7'],
    ['false', () => false, 'application/json; charset=utf-8', 'false'],
    ['a generator', () => pieces(), 'text/plain; charset=utf-8', 'ab'],
    ['a Set', () => new Set(['a', 'b']), 'text/plain; charset=utf-8', 'ab'],
    ['a Node stream', () => Readable.from(pieces(), { objectMode: false }), 'application/octet-stream', 'ab'],
    ['a web stream', () => new Blob(['ab']).stream(), 'application/octet-stream', 'ab'],
    ['a Blob', () => new Blob(['ab'], { type: 'text/css' }), 'text/css; charset=utf-8', 'ab'],
    ['a Response', () => new Response('ab', { headers: { 'Content-Type': 'a/b' } }), 'a/b', 'ab'],
  ]
  for (const [kind, value, type, text] of kinds) {
    it(`sends ${kind}`, async () => {
      const sent = await answer((target) => target.reply(value()))
      expect([sent.status, sent.headers['content-type'], sent.text]).to.deep.equal([200, type, text])
    })
  }

  it('sends what a promise brings', async () => {
    const { text } = await answer((target) => target.reply(Promise.resolve({ a: 1 })))
    expect(text).to.equal('{"a":1}')
    // biome-ignore lint/suspicious/noThenProperty: as the queries of database clients are
    const query = { then: (resolve: (value: unknown) => void) => resolve({ b: 2 }) }
    expect((await answer((target) => target.reply(query))).text).to.equal('{"b":2}')
  })

  it('a promise that rejects reaches the error handling once, also if the handler does not await it', async () => {
    const app = await serve((target) => void target.reply(Promise.reject(new Error('boom'))))
    expect((await askForError(app)).status).to.equal(500)
    expect(app.errors.map(({ message }) => message)).to.deep.equal(['boom'])
  })

  it('returns a promise of nothing', async () => {
    let result: unknown
    await answer(async (target) => {
      result = await target.reply('x')
    })
    expect(result).to.equal(undefined)
  })

  it('undefined is an error that names the value', async () => {
    const app = await serve((target) => target.reply(undefined))
    expect((await askForError(app)).status).to.equal(500)
    expect(app.errors[0]?.message).to.include('reply: value')
  })
})

function circular(): object {
  const value: Record<string, unknown> = {}
  value.self = value
  return value
}
