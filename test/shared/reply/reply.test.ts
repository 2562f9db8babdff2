import { inspect } from 'node:util'
import { expect } from 'chai'
import {
  back,
  bytes,
  download,
  empty,
  file,
  html,
  json,
  jsonArray,
  ndjson,
  problem,
  Reply,
  redirect,
  redirectTo,
  sse,
  streaming,
  template,
  text,
  toIntended,
  zip,
} from '../../../src/index.js'

describe('Reply', () => {
  describe('headers as a record', () => {
    const reply = () => new Reply('x', { headers: { 'X-Foo': 'bar', 'x-two': ['a', 'b'] } })

    it('reads and writes in any letter case', () => {
      const { headers } = reply()
      headers['x-FOO'] = 'baz'
      expect(headers['X-Foo']).to.equal('baz')
      expect(headers['X-None']).to.equal(undefined)
    })

    it('in, delete, keys, spread, JSON', () => {
      const { headers } = reply()
      expect('x-foo' in headers).to.equal(true)
      expect('x-none' in headers).to.equal(false)
      expect(delete headers['X-FOO']).to.equal(true)
      expect('x-foo' in headers).to.equal(false)
      expect(Object.keys(headers)).to.deep.equal(['x-two'])
      expect({ ...headers }).to.deep.equal({ 'x-two': ['a', 'b'] })
      expect(JSON.stringify(headers)).to.equal('{"x-two":["a","b"]}')
    })

    it('assigning undefined removes, Object.assign sets', () => {
      const { headers } = reply()
      Object.assign(headers, { 'X-Foo': undefined, 'X-New': 1 })
      expect(Object.keys(headers)).to.deep.equal(['x-two', 'X-New'])
    })

    it('refuses an invalid name or value at once', () => {
      const { headers } = reply()
      expect(() => {
        headers['bad name'] = 'x'
      })
        .to.throw(TypeError)
        .with.property('code', 'INVALID_FIELD')
      expect(() => {
        headers['X-Foo'] = 'a\r\nb'
      })
        .to.throw(TypeError)
        .with.property('code', 'INVALID_FIELD')
      expect(() => {
        headers['X-Foo'] = {} as any
      })
        .to.throw(TypeError)
        .with.property('code', 'INVALID_FIELD')
    })

    it('names of Object.prototype are fields like others', () => {
      const { headers } = new Reply()
      expect('constructor' in headers).to.equal(false)
      expect(headers.toString).to.equal(undefined)
      Object.assign(headers, { constructor: 'x' })
      expect(Object.keys(headers)).to.deep.equal(['constructor'])
    })
  })

  describe('cookies as a record', () => {
    it('sets, reads, lists and takes back', () => {
      const reply = new Reply()
      reply.cookies.its = 'dict'
      reply.setCookie('with', 'attributes', { httpOnly: true })
      expect(reply.cookies.its).to.equal('dict')
      expect({ ...reply.cookies }).to.deep.equal({ its: 'dict', with: 'attributes' })
      delete reply.cookies.its
      expect(Object.keys(reply.cookies)).to.deep.equal(['with'])
    })

    it('a deleted cookie has no value', () => {
      const reply = new Reply().setCookie('a', '1').deleteCookie('a')
      expect(reply.cookies.a).to.equal(undefined)
      expect('a' in reply.cookies).to.equal(false)
    })

    it('refuses a bad name, value or attribute at once', () => {
      const reply = new Reply()
      for (const stage of [
        () => {
          reply.cookies['a b'] = 'x'
        },
        () => reply.setCookie('a', undefined as any),
        () => reply.setCookie('a', '1', { path: '/;' }),
        () => reply.setCookie('a', '1', { htpOnly: true } as any),
      ]) {
        expect(stage).to.throw().with.property('code').that.is.oneOf(['INVALID_COOKIE', 'INVALID_ARGUMENT'])
      }
    })
  })

  describe('the body', () => {
    it('is the last one set', () => {
      const reply = new Reply()
      reply.text = 'a'
      reply.html = '<b>'
      expect(reply.kind).to.equal('html')
      expect(reply.text).to.equal(undefined)
      expect(reply.html).to.equal('<b>')
      expect(reply.setText('c').setJson({ a: 1 }).setBytes(Buffer.from('d')).kind).to.equal('bytes')
    })

    it('json: an empty object appears on first touch', () => {
      const reply = new Reply()
      reply.json.hello = 'world!'
      expect(reply.kind).to.equal('json')
      expect(reply.json).to.deep.equal({ hello: 'world!' })
      const empty = new Reply()
      expect(empty.json).to.deep.equal({})
      expect(empty.kind).to.equal('json')
    })

    it('json: reading it leaves a body of another kind, assigning into it replaces that', () => {
      const reply = text('kept')
      expect(reply.json).to.deep.equal({})
      expect(reply.text).to.equal('kept')
      reply.json.a = 1
      expect(reply.kind).to.equal('json')
      expect(reply.json).to.deep.equal({ a: 1 })
    })

    it('refuses a body of the wrong type when it is set', () => {
      const reply = new Reply()
      expect(() => {
        reply.text = 1 as any
      }).to.throw(TypeError, 'text: body must be a string or bytes, got 1')
      expect(() => {
        reply.bytes = 'x' as any
      }).to.throw(TypeError, "bytes: data must be a Buffer, typed array or ArrayBuffer, got 'x'")
      expect(() => {
        reply.streaming = 7 as any
      }).to.throw(TypeError, 'streaming: source must be')
      expect(() => problem({ status: 200 })).to.throw(RangeError, 'problem: status')
      expect(() => json(1, { space: true as any })).to.throw(TypeError, "option 'space'")
      expect(() => json(1, { stringify: String, schema: {} })).to.throw(TypeError, "'schema' and 'stringify'")
      expect(() => redirect(7 as any)).to.throw(TypeError, 'redirect: location')
      expect(() => file(7 as any)).to.throw(TypeError, 'file(): source')
    })

    it('an unknown init key is named, with the nearest right one', () => {
      expect(() => text('x', { header: {} } as any)).to.throw(
        TypeError,
        "unknown option 'header' (did you mean 'headers'?)",
      )
      expect(() => json({}, { spaces: 2 } as any)).to.throw(TypeError, "unknown option 'spaces'")
    })
  })

  describe('the options of a factory', () => {
    const head = { status: 201, headers: { 'X-A': 'a' }, cookies: { seen: 1 } } as const
    const replies: readonly [factory: string, reply: Reply][] = [
      ['text', text('a', head)],
      ['html', html('a', head)],
      ['json', json(1, { ...head, space: 2 })],
      ['bytes', bytes(Buffer.from('a'), head)],
      ['empty', empty(undefined, head)],
      ['problem', problem({ status: 400 }, head)],
      ['template', template('a', {}, head)],
      ['streaming', streaming(['a'], head)],
      ['ndjson', ndjson([1], head)],
      ['jsonArray', jsonArray([1], head)],
      ['sse', sse(['a'], { ...head, retry: 5 })],
      ['file', file(Buffer.from('a'), { status: 201, cookies: { seen: 1 } }).setHeader('X-A', 'a')],
      ['download', download('a', 'b', { ...head, inline: true }).setHeader('X-A', 'a')],
      ['zip', zip([{ name: 'a', source: 'a' }], 'a.zip', head)],
    ]
    for (const [factory, reply] of replies) {
      it(`${factory}: status, headers and cookies beside those of the call`, () => {
        expect(reply.status).to.equal(201)
        expect(reply.getHeader('x-a')).to.equal('a')
        expect({ ...reply.cookies }).to.deep.equal({ seen: 1 })
      })
    }

    it('redirects keep status for the redirect itself', async () => {
      const redirects = [
        redirect('/a', { status: 307, headers: { 'X-A': 'a' } }),
        back({ fallback: '/a', status: 307, cookies: { a: 1 } }),
      ]
      for (const reply of redirects) {
        expect(reply.status).to.equal(undefined)
        expect((await reply.toWebResponse()).status).to.equal(307)
      }
      expect(redirects[0]?.getHeader('x-a')).to.equal('a')
      expect({ ...redirects[1]?.cookies }).to.deep.equal({ a: 1 })
    })

    const refused: readonly [what: string, init: unknown, message: string][] = [
      [
        'headers as a list',
        { headers: [['X-A', 'a']] },
        "Reply: option 'headers' must be a record, a Headers or a Map",
      ],
      ['headers as a Set', { headers: new Set([1]) }, "Reply: option 'headers' must be"],
      ['headers as a generator', { headers: (function* () {})() }, "Reply: option 'headers' must be"],
      ['headers as a string', { headers: 'X-A: a' }, "Reply: option 'headers' must be"],
      ['headers as a Map without names', { headers: new Map([[1, 'a']]) }, "Reply: option 'headers' must be"],
      ['cookies as a list', { cookies: ['a=1'] }, "Reply: option 'cookies' must be"],
      ['a type that is no text', { type: 7 }, "Reply: option 'type' must be"],
      ['a string', 'X-A', 'Reply options must be an object'],
      ['null', null, 'Reply options must be an object'],
    ]
    for (const [what, init, message] of refused) {
      it(`${what}: is refused with INVALID_OPTION`, () => {
        expect(() => text('a', init as any))
          .to.throw(TypeError, message)
          .with.property('code', 'INVALID_OPTION')
      })
    }
  })

  it('a status is an integer from 200 to 999', () => {
    for (const status of [199, 1000, 200.5, Number.NaN, '200' as any]) {
      expect(() => {
        new Reply().status = status
      }).to.throw(RangeError, 'Reply: status')
    }
    expect(new Reply('', { status: 418 }).status).to.equal(418)
  })

  it('is made of what a handler may return', () => {
    const kinds = [
      ['a', 'text'],
      [Buffer.from('a'), 'bytes'],
      [new ArrayBuffer(1), 'bytes'],
      [{ a: 1 }, 'json'],
      [[1], 'json'],
      [new Blob(['a']), 'streaming'],
      [(function* () {})(), 'streaming'],
      [new Set(['a']), 'streaming'],
      [{ toJSON: () => 1, *[Symbol.iterator]() {} }, 'json'],
      [null, undefined],
    ] as const
    for (const [content, kind] of kinds) expect(new Reply(content).kind, inspect(content)).to.equal(kind)
  })

  it('each factory makes its kind', () => {
    const replies = {
      text: text('a'),
      html: html('a'),
      json: json(1),
      bytes: bytes(Buffer.from('')),
      problem: problem({ status: 400 }),
      streaming: streaming(['a']),
      file: file('a'),
      download: download('a'),
      redirect: redirect('/'),
      redirectTo: redirectTo('a'),
      template: template('a'),
      empty: empty(),
      ndjson: ndjson([1]),
      jsonArray: jsonArray([1]),
      sse: sse(['a']),
      zip: zip([{ name: 'a', source: 'a' }]),
      back: back(),
      toIntended: toIntended(),
    }
    for (const [kind, reply] of Object.entries(replies)) expect(reply.kind).to.equal(kind)
  })

  it('is not thenable', async () => {
    const reply = text('x')
    expect('then' in reply).to.equal(false)
    expect(await reply).to.equal(reply)
  })

  it('shows status, fields, names of cookies and kind of body, no secrets', () => {
    const reply = text('x', { status: 201, headers: { 'X-Foo': 'bar' } }).setCookie('session', 'secret')
    expect(inspect(reply, { breakLength: Infinity })).to.equal(
      "Reply { status: 201, headers: { 'X-Foo': 'bar' }, cookies: [ 'session' ], body: 'text' }",
    )
    expect(inspect(new Reply())).to.include('body: undefined')
  })

  it('the chain returns the reply itself', () => {
    const reply = new Reply()
    const same = reply
      .setStatus(201)
      .setHeader('A', 'b')
      .appendHeader('A', 'c')
      .setHeaders({ D: '1' })
      .deleteHeader('D')
      .setCookie('a', '1')
      .deleteCookie('b')
      .afterSend(() => {})
      .setText('')
      .setHtml('')
      .setJson(1)
      .setBytes(Buffer.from(''))
      .setStreaming([])
      .setFile('a')
      .setRedirect('/')
    expect(same).to.equal(reply)
    expect(reply.cacheControl({ public: true, maxAge: '1h' }).getHeader('cache-control')).to.equal(
      'public, max-age=3600',
    )
    expect(reply.getHeader('a')).to.deep.equal(['b', 'c'])
  })
})
