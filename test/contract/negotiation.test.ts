import { once } from 'node:events'
import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { responseKit as expressKit } from '../../src/express/index.js'
import { defineRoutes, file, html, json, negotiate, notModified, Reply, streaming, text } from '../../src/index.js'
import { responseKit as koaKit } from '../../src/koa/index.js'
import { contract } from '../support/contract.js'
import { request } from '../support/request.js'
import { responding } from '../support/responding.js'
import { Sandbox } from '../support/sandbox.js'
import { importSecondCopy } from '../support/second-copy.js'

const sandbox = new Sandbox()
const path = sandbox.write('a.txt', 'x')
after(() => sandbox.remove())

contract('negotiate() (RFC 9110 §12.5.1)', ({ answer, serve, ask, askForError }) => {
  const choices = { html: () => '<p>hi', json: () => ({ hi: true }), text: () => 'hi' }
  const chosen = async (accept?: string) => {
    const headers = accept === undefined ? {} : { Accept: accept }
    return answer((target) => target.negotiate(choices), { headers })
  }

  for (const [accept, type, body] of [
    [undefined, 'text/html; charset=utf-8', '<p>hi'],
    ['*/*', 'text/html; charset=utf-8', '<p>hi'],
    ['application/json', 'application/json; charset=utf-8', '{"hi":true}'],
    ['text/plain', 'text/plain; charset=utf-8', 'hi'],
    ['text/html;q=0.5, application/json;q=0.8', 'application/json; charset=utf-8', '{"hi":true}'],
    ['text/*;q=0.3, text/plain;q=0.7, */*;q=0.5', 'text/plain; charset=utf-8', 'hi'],
    ['text/html;q=0, */*;q=0.1', 'application/json; charset=utf-8', '{"hi":true}'],
    ['application/*', 'application/json; charset=utf-8', '{"hi":true}'],
  ] as const) {
    it(`Accept: ${accept ?? '(none)'} -> ${type}`, async () => {
      const { status, headers, text } = await chosen(accept)
      expect(status).to.equal(200)
      expect(headers['content-type']).to.equal(type)
      expect(headers.vary).to.equal('Accept')
      expect(text).to.equal(body)
    })
  }

  for (const accept of ['image/png', 'text/html;q=0, application/json;q=0, text/plain;q=0']) {
    it(`Accept: ${accept} -> 406 with the list (§15.5.7)`, async () => {
      const { status, headers, text } = await chosen(accept)
      expect(status).to.equal(406)
      expect(headers.vary).to.equal('Accept')
      expect(JSON.parse(text)).to.deep.equal({
        title: 'Not Acceptable',
        status: 406,
        available: ['text/html', 'application/json', 'text/plain'],
      })
    })
  }

  for (const [type, sent] of [
    ['application/json', 'application/json; charset=utf-8'],
    ['application/ld+json', 'application/ld+json'],
  ] as const) {
    const key = type === 'application/json' ? 'json' : type
    for (const [kind, give] of Object.entries<() => unknown>({
      'a Node stream': () => Readable.from([Buffer.from('{"a":1}')]),
      'a web stream': () => new Blob(['{"a":1}']).stream(),
      'a Blob': () => new Blob(['{"a":1}']),
      bytes: () => Buffer.from('{"a":1}'),
      'a generator': function* () {
        yield '{"a":1}'
      },
    })) {
      it(`${type}: ${kind} is the text of the JSON, and is owned`, async () => {
        const given: unknown[] = []
        const choice = (): any => {
          given.push(give())
          return given[0]
        }
        const { headers, text } = await answer((target) => target.negotiate({ [key]: choice, html: '<p>' }), {
          headers: { Accept: type },
        })
        expect([headers['content-type'], text]).to.deep.equal([sent, '{"a":1}'])
        if (given[0] instanceof Readable) expect(given[0].destroyed).to.equal(true)
      })
    }

    it(`${type}: a list and what has toJSON() are written as JSON`, async () => {
      const values = { list: [1], own: { toJSON: () => ({ a: 1 }), next: () => undefined }, text: '{}' }
      for (const [name, json] of [
        ['list', '[1]'],
        ['own', '{"a":1}'],
        ['text', '"{}"'],
      ] as const) {
        const { text } = await answer((target) => target.negotiate({ [key]: () => values[name] as any, html: '<p>' }), {
          headers: { Accept: type },
        })
        expect(text).to.equal(json)
      }
    })
  }

  it('default stands for none of them', async () => {
    const { text } = await answer((target) => target.negotiate({ ...choices, default: () => 'whatever' }), {
      headers: { Accept: 'image/png' },
    })
    expect(text).to.equal('whatever')
  })

  it('takes media types, values that are no functions, and Replies; adds to a staged Vary', async () => {
    const handler = (target: any) =>
      target.setHeader('Vary', 'Origin').negotiate({
        'application/vnd.api+json': { data: [] },
        csv: 'a,b',
        'text/x-other': async () => text('other', { status: 201, type: 'text/x-other' }),
      })
    const api = await answer(handler)
    expect(api.headers).to.include({ 'content-type': 'application/vnd.api+json', vary: 'Origin, Accept' })
    expect(api.text).to.equal('{"data":[]}')
    const csv = await answer(handler, { headers: { Accept: 'text/csv' } })
    expect(csv.headers['content-type']).to.equal('text/csv; charset=utf-8')
    expect(csv.text).to.equal('a,b')
    const other = await answer(handler, { headers: { Accept: 'text/x-other' } })
    expect(other.status).to.equal(201)
    expect(other.headers['content-type']).to.equal('text/x-other; charset=utf-8')
  })

  it('a choice may answer by itself', async () => {
    const { status, text } = await answer((target) =>
      target.negotiate({ html: () => target.setStatus(202).html('<p>mine'), json: () => ({}) }),
    )
    expect(status).to.equal(202)
    expect(text).to.equal('<p>mine')
  })

  it('runs only the choice that was made', async () => {
    const ran: string[] = []
    await answer((target) =>
      target.negotiate({ html: () => ran.push('html') && '', json: () => ran.push('json') && {} }),
    )
    expect(ran).to.deep.equal(['html'])
  })

  it('a choice that fails reaches the error handling once, awaited or not', async () => {
    const fail = () => {
      throw new Error('boom')
    }
    for (const handler of [
      (target: any) => target.negotiate({ html: fail }),
      (target: any) => void target.negotiate({ html: fail }),
    ]) {
      const app = await serve(handler)
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors.map(({ message }) => message)).to.deep.equal(['boom'])
    }
  })

  it('an unknown extension is an error that names it', async () => {
    const app = await serve((target) => target.negotiate({ htlm: '' }))
    expect((await askForError(app)).status).to.equal(500)
    expect(app.errors[0]?.message).to.include("a media type or a known extension, got 'htlm'")
  })

  it('a huge Accept is still answered', async () => {
    const app = await serve((target) => target.negotiate(choices))
    const accept = `${'text/x;q=0.1,'.repeat(1000)}application/json`
    expect((await ask(app, { headers: { Accept: accept } })).text).to.equal('{"hi":true}')
  })
})

/** Answers that a choice gives by itself, with their status and the Location. */
const ownAnswers: Readonly<
  Record<string, readonly [call: (target: any) => unknown, status: number, location?: string]>
> = {
  'redirectTo()': [(target) => target.redirectTo('home'), 302, '/home'],
  'redirectLocal()': [(target) => target.redirectLocal('/list'), 302, '/list'],
  'back()': [(target) => target.back('/list'), 302, '/list'],
  'toIntended()': [(target) => target.toIntended('/list'), 302, '/list'],
  'created()': [(target) => target.created('/a'), 201, '/a'],
  'text()': [(target) => target.text('x'), 200],
  'file()': [(target) => target.file(path), 200],
  'file() of no file': [(target) => target.file(sandbox.path('none')), 404],
  'streaming()': [(target) => target.streaming(['x']), 200],
  'reply() of a promise': [(target) => target.reply(turn().then(() => 'x')), 200],
  'template()': [(target) => target.template('x'), 200],
  'another negotiate()': [(target) => target.negotiate({ text: () => void target.file(path) }), 200],
}
/** What a choice does with such a call. */
const choicesOf: Readonly<Record<string, (call: () => unknown) => () => unknown>> = {
  'returns it': (call) => call,
  'does not await it': (call) => () => void call(),
  'awaits it': (call) => async () => {
    await call()
  },
  'returns it later': (call) => () => turn().then(call),
  'does not await it later': (call) => () => turn().then(() => void call()),
  'awaits it later': (call) => async () => {
    await turn()
    await call()
  },
}

contract('a choice of negotiate() that answers by itself', ({ framework, serve }) => {
  const kit = { routes: defineRoutes({ home: '/home' }), templates: () => turn().then(() => 'x') }
  const outside = (app: any): void => app.use(framework.family === 'express' ? expressKit(kit) : koaKit(kit))

  for (const [title, [call, status, location]] of Object.entries(ownAnswers)) {
    for (const [place, options] of [
      ['', { kit }],
      [' in an inner kit', { kit: {}, setUp: outside }],
    ] as const) {
      it(`${title}${place}: the answer is sent, and the call settles`, async () => {
        let settled: unknown
        const app = await serve((target, { query }) => {
          settled = target.negotiate({ text: choicesOf[String(query.choice)]?.(() => call(target)) })
          return query.handler === 'awaits' ? settled : undefined
        }, options)
        for (const choice of Object.keys(choicesOf)) {
          for (const handler of ['awaits', 'does not']) {
            const answer = await request(app.port, { path: `/?${new URLSearchParams({ choice, handler })}` })
            await settled
            const [gotStatus, gotLocation] = [answer.status, answer.headers.location]
            expect([gotStatus, gotLocation], `${choice}, the handler ${handler}`).to.deep.equal([status, location])
          }
        }
      })
    }
  }
})

contract('a choice of negotiate() that answers without a body', ({ framework, serve }) => {
  for (const status of [204, 205, 304]) {
    for (const form of ['call', 'Reply']) {
      it(`${status}, staged by what the choice of the ${form} runs`, async () => {
        const app = await serve((target) => {
          const choices = { text: async () => void target.setStatus(status) }
          return form === 'call' ? target.negotiate(choices) : target.reply(negotiate(choices))
        })
        const answer = await request(app.port)
        expect([answer.status, answer.text, app.errors]).to.deep.equal([status, '', []])
      })
    }
  }

  it('the native call of the framework', async () => {
    const app = await serve((target, { native: { res, ctx } }) =>
      target.negotiate({
        text: () => {
          if (framework.family === 'express') res.sendStatus(204)
          else ctx.body = null
        },
      }),
    )
    const answer = await request(app.port)
    expect([answer.status, answer.text, app.errors]).to.deep.equal([204, '', []])
  })
})

/** What the handler of a `respond()` gives that waits, or that an error page takes the place of. */
const responded: Readonly<Record<string, readonly [handler: (target: any) => unknown, status: number]>> = {
  'a value': [() => ({ a: 1 }), 200],
  'a promise of a value': [() => turn().then(() => ({ a: 1 })), 200],
  'a file': [() => file(path), 200],
  'a stream': [() => streaming(() => turn().then(() => 'x')), 200],
  'another negotiate()': [() => negotiate({ text: () => turn().then(() => 'x') }), 200],
  'a call': [(target) => target.file(path), 200],
  'a call without await': [(target) => void target.file(path), 200],
  'no file': [() => file(sandbox.path('none')), 404],
  'a call without await that fails': [(target) => void target.file(sandbox.path('none')), 404],
  'an error': [
    () => {
      throw Object.assign(new Error('no access'), { status: 403 })
    },
    403,
  ],
}

contract('respond() inside of a call that waits for it', ({ framework, serve }) => {
  for (const [title, [handler, status]] of Object.entries(responded)) {
    for (const [call, run] of [
      ['negotiate()', (target: any, inner: () => unknown) => target.negotiate({ text: inner })],
      [
        'negotiate(), later',
        (target: any, inner: () => unknown) => target.negotiate({ text: () => turn().then(inner) }),
      ],
      [
        'two of them',
        (target: any, inner: () => unknown) => target.negotiate({ text: () => target.negotiate({ text: inner }) }),
      ],
    ] as const) {
      it(`${title} in ${call}`, async () => {
        let settled: unknown
        const inner = responding(framework, (_reply, target) => handler(target))
        const app = await serve((target, given) => {
          settled = run(target, () => inner(target, given))
          return settled
        })
        expect((await request(app.port)).status).to.equal(status)
        await settled
      })
    }
  }
})

contract('negotiate() as a Reply', ({ framework, answer, serve, ask, askForError }) => {
  const choices = { html: () => html`<p>${'<'}`, json: async () => ({ hi: true }), text: text('hi', { status: 203 }) }
  const init = { status: 201, headers: { 'X-A': 'a' }, cookies: { c: '1' } }

  for (const [accept, expected] of [
    ['text/html', [201, 'text/html; charset=utf-8', '<p>&lt;']],
    ['application/json', [201, 'application/json; charset=utf-8', '{"hi":true}']],
    ['text/plain', [203, 'text/plain; charset=utf-8', 'hi']],
    [
      'image/png',
      [
        406,
        'application/problem+json',
        '{"title":"Not Acceptable","status":406,"available":["text/html","application/json","text/plain"]}',
      ],
    ],
  ] as const) {
    it(`Accept: ${accept} -> ${expected[0]} ${expected[1]}`, async () => {
      for (const make of [() => negotiate(choices, init), () => new Reply(undefined, init).setNegotiate(choices)]) {
        const { status, headers, text } = await answer(responding(framework, make), { headers: { Accept: accept } })
        expect([status, headers['content-type'], text]).to.deep.equal(expected)
        expect([headers.vary, headers['x-a'], headers['set-cookie']]).to.deep.equal(['Accept', 'a', ['c=1; Path=/']])
      }
    })
  }

  it('may be a choice of another one, and comes from another copy of the package', async () => {
    const copy = await importSecondCopy('index.ts')
    const inner = copy.negotiate({ json: copy.json({ a: 1 }), html: copy.html`<i>` })
    const { headers, text } = await answer((target) => target.reply(negotiate({ '*/*': 'no', default: inner })), {
      headers: { Accept: 'text/html' },
    })
    expect([headers['content-type'], text]).to.deep.equal(['text/html; charset=utf-8', '<i>'])
  })

  it('closes the streams that are not sent, also if none is', async () => {
    const streams = Array.from({ length: 4 }, () => Readable.from(['a'], { objectMode: false }))
    const [first, second, third, fourth] = streams as [Readable, Readable, Readable, Readable]
    const closed = Promise.all(streams.slice(1).map((stream) => once(stream, 'close')))
    const { text } = await answer((target) => target.reply(negotiate({ text: first, html: streaming(second) })), {
      headers: { Accept: 'text/plain' },
    })
    expect(text).to.equal('a')
    await answer((target) => target.reply(negotiate({ text: third })), { headers: { Accept: 'image/png' } })
    negotiate({ text: streaming(fourth) }).setText('another body')
    await closed
  })

  it('a choice that fails reaches the error handling once; bad choices are refused at once', async () => {
    const app = await serve((target) => target.reply(negotiate({ text: () => Promise.reject(new Error('boom')) })))
    expect((await askForError(app)).status).to.equal(500)
    expect(app.errors.map(({ message }) => message)).to.deep.equal(['boom'])
    expect(() => negotiate({ htlm: '' })).to.throw("a media type or a known extension, got 'htlm'")
    expect((await ask(await serve((target) => target.reply(negotiate({ text: 'a' }))))).text).to.equal('a')
  })
})

contract('notModified() as a Reply (RFC 9110 §13)', ({ framework, answer, serve, ask, askForError }) => {
  it('sends the 304 before the content is made, else the content with the validators', async () => {
    let made = 0
    const make = () => {
      made++
      return json({ a: 1 })
    }
    const lastModified = new Date(Date.UTC(2021, 0, 2))
    const init = { headers: { 'X-A': 'a' } }
    for (const reply of [
      () => notModified({ etag: 'v1', lastModified }, make, init),
      () => new Reply(undefined, init).setNotModified({ etag: 'v1', lastModified }, make),
    ]) {
      const app = await serve(responding(framework, reply))
      made = 0
      const whole = await ask(app)
      expect([whole.status, whole.text, whole.headers.etag, whole.headers['last-modified']]).to.deep.equal([
        200,
        '{"a":1}',
        '"v1"',
        'Sat, 02 Jan 2021 00:00:00 GMT',
      ])
      const none = await ask(app, { headers: { 'If-None-Match': '"v1"' } })
      expect([none.status, none.headers.etag, none.headers['x-a'], none.body.length]).to.deep.equal([
        304,
        '"v1"',
        'a',
        0,
      ])
      expect((await ask(app, { headers: { 'If-Match': '"v2"' } })).status).to.equal(412)
      expect(made).to.equal(1)
    }
  })

  it('takes a value as it is, a promise of one, and none', async () => {
    const value = await answer((target) => target.reply(notModified({ etag: 'a' }, html`<p>`)))
    expect([value.headers['content-type'], value.text]).to.deep.equal(['text/html; charset=utf-8', '<p>'])
    expect((await answer((target) => target.reply(notModified({ etag: 'a' }, Promise.resolve('b'))))).text).to.equal(
      'b',
    )
    expect((await answer((target) => target.reply(notModified({ etag: 'a' })))).status).to.equal(204)
  })

  it('a 304 closes the stream that is not sent', async () => {
    const stream = Readable.from(['a'], { objectMode: false })
    const closed = once(stream, 'close')
    const headers = { 'If-None-Match': '"a"' }
    const { status } = await answer((target) => target.reply(notModified({ etag: 'a' }, streaming(stream))), {
      headers,
    })
    expect(status).to.equal(304)
    await closed
  })

  it('a content that fails is an error page', async () => {
    const app = await serve((target) =>
      target.reply(notModified({ etag: 'a' }, () => Promise.reject(new Error('boom')))),
    )
    const { status } = await askForError(app)
    expect([status, app.errors.map(({ message }) => message)]).to.deep.equal([500, ['boom']])
  })

  it('refuses a bad validator at once', () => {
    expect(() => notModified({ etag: 1 } as never)).to.throw("notModified: option 'etag'")
    expect(() => notModified({ etagg: 'a' } as never)).to.throw("did you mean 'etag'?")
  })
})
