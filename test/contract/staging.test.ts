import http from 'node:http'
import { expect } from 'chai'
import { empty, Reply, text } from '../../src/index.js'
import { contract } from '../support/contract.js'

contract('staging status and fields', ({ answer, serve, askForError }) => {
  it('every staging call returns the target, so that they chain in any order', async () => {
    const { status, headers, text } = await answer((target) => {
      const end = target
        .setHeader('X-A', '1')
        .setStatus(418)
        .appendHeader('X-A', '2')
        .setHeaders({ 'X-B': 3 })
        .setHeader('X-C', 'gone')
        .deleteHeader('X-C')
      expect(end).to.equal(target)
      target.text('tea')
    })
    expect(status).to.equal(418)
    expect(headers).to.include({ 'x-a': '1, 2', 'x-b': '3' })
    expect(headers).not.to.have.property('x-c')
    expect(text).to.equal('tea')
  })

  it('a staged 200 counts as any other status: it replaces the 204 of a reply without content', async () => {
    for (const [status, expected] of [
      [undefined, 204],
      [200, 200],
      [202, 202],
    ] as const) {
      const { status: sent } = await answer((target) => {
        if (status !== undefined) target.setStatus(status)
        target.reply(empty())
      })
      expect(sent, `${status}`).to.equal(expected)
    }
  })

  it('a reply that cannot be sent leaves the status as it was', async () => {
    const app = await serve((target, { native }) => {
      // There is no secret to sign with.
      expect(() => target.reply(text('', { status: 201 }).setCookie('a', '1', { signed: true }))).to.throw('secrets')
      native.next?.() // to the 404 of the framework
    })
    const { status, text: page } = await askForError(app)
    expect(status).to.equal(404)
    expect(page).not.to.contain('Created')
  })

  for (const [form, fields] of [
    ['a record', { 'X-One': '1', 'x-two': 2, 'X-None': undefined, 'X-List': ['a', 'b'] }],
    [
      'a Map',
      new Map<string, string | number | string[] | undefined>([
        ['X-One', '1'],
        ['x-two', 2],
        ['X-None', undefined],
        ['X-List', ['a', 'b']],
      ]),
    ],
  ] as const) {
    it(`setHeaders() takes ${form}, skips undefined, and sends a list as lines of their own (RFC 9110 §5.3)`, async () => {
      const { headers, rawHeaders } = await answer((target) => void target.setHeaders(fields).text(''))
      expect(headers).to.include({ 'x-one': '1', 'x-two': '2' })
      expect(headers).not.to.have.property('x-none')
      expect(rawHeaders.filter((_, index) => /^x-list$/i.test(rawHeaders[index - 1] ?? ''))).to.deep.equal(['a', 'b'])
    })
  }

  it('setHeaders() keeps each Set-Cookie of a Headers apart (RFC 6265bis §4.1)', async () => {
    const given = new Headers([
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2; Path=/'],
      ['X-A', 'x'],
    ])
    const { headers } = await answer((target) => void target.setHeaders(given).text(''))
    expect(headers['set-cookie']).to.deep.equal(['a=1', 'b=2; Path=/'])
    expect(headers['x-a']).to.equal('x')
  })

  it("setHeaders() does with a Headers and a Map what Node's own does", async () => {
    const fields = [
      new Headers([
        ['Set-Cookie', 'a=1'],
        ['set-cookie', 'b=2'],
        ['X-A', '1'],
        ['x-a', '2'],
      ]),
      new Map<string, string | string[]>([
        ['X-A', '1'],
        ['x-a', '2'],
        ['Set-Cookie', ['a=1', 'b=2']],
        ['X-List', ['1', '2']],
      ]),
    ]
    for (const given of fields) {
      const { headers } = await answer((target, { native }) => {
        const res = native.ctx?.res ?? native.res
        const before = res.getHeaders()
        target.setHeader('X-A', 'before').setHeader('Set-Cookie', 'c=3').setHeaders(given)
        const ours = { ...res.getHeaders() }
        for (const name of res.getHeaderNames()) if (!(name in before)) res.removeHeader(name)
        res.setHeader('X-A', 'before').setHeader('Set-Cookie', 'c=3')
        http.ServerResponse.prototype.setHeaders.call(res, given as Headers)
        expect(ours).to.deep.equal({ ...res.getHeaders() })
        target.text('')
      })
      expect(headers['set-cookie']).to.deep.equal(['a=1', 'b=2'])
    }
  })

  it('getHeader() reads whatever case, and undefined if nothing is staged', async () => {
    const { text } = await answer((target) => {
      target.setHeader('X-Mixed', 'here')
      target.text(`${target.getHeader('x-mIXED')} ${target.getHeader('X-Other')}`)
    })
    expect(text).to.equal('here undefined')
  })

  it('the last status staged counts, and an unassigned one is sent as it is', async () => {
    const { status } = await answer((target) => void target.setStatus(200).setStatus(299).text('x'))
    expect(status).to.equal(299)
  })

  for (const status of [204, 304]) {
    it(`a staged ${status} sends no content, whatever the body (RFC 9110 §15)`, async () => {
      const { headers, body, ...rest } = await answer((target) => void target.setStatus(status).text('never'))
      expect(rest.status).to.equal(status)
      expect(body).to.have.length(0)
      expect(headers).not.to.have.any.keys('content-length', 'content-type', 'transfer-encoding')
    })
  }
})

contract('staging what is invalid', ({ serve, ask, framework }) => {
  /** A handler that misuses the kit, says what it caught, and answers. */
  async function misuse(misused: (target: any) => unknown): Promise<{ error: any; fields: Record<string, unknown> }> {
    let error: unknown
    const app = await serve((target) => {
      try {
        misused(target)
      } catch (caught) {
        error = caught
      }
      target.setStatus(200).text('still here')
    })
    const { status, headers, text } = await ask(app)
    expect([status, text]).to.deep.equal([200, 'still here'])
    return { error, fields: headers }
  }

  for (const code of [99, 100, 103, 199, 1000, 200.5, Number.NaN, '200', undefined, null]) {
    it(`setStatus(${typeof code === 'string' ? `'${code}'` : code}) is a RangeError`, async () => {
      const { error } = await misuse((target) => target.setStatus(code))
      expect(error).to.be.instanceOf(RangeError)
      expect(error.code).to.equal('INVALID_ARGUMENT')
      const shown = typeof code === 'string' ? `'${code}'` : String(code)
      const hint =
        Number(code) >= 100 && Number(code) < 200 ? ' (a 1xx is no final answer: earlyHints() sends a 103)' : ''
      const isText = typeof code === 'string'
      expect(error.message).to.equal(
        `setStatus: code must be an integer from 200 to 999${isText ? '' : hint}, got ${shown}`,
      )
    })
  }

  for (const [what, name, value, message] of [
    ['a name with a space', 'X A', '1', /X A/],
    ['an empty name', '', '1', /name/],
    ['a line break in a name', 'X-A\r\nX-B', '1', /name/],
    ['a line break in a value', 'X-A', 'a\r\nSet-Cookie: b=1', /X-A/],
    ['a NUL in a value', 'X-A', 'a\0', /X-A/],
    ['a character beyond Latin-1 in a value', 'X-A', '東', /X-A/],
    ['undefined as a value', 'X-A', undefined, /X-A/i],
  ] as const) {
    for (const call of ['setHeader', 'appendHeader'] as const) {
      it(`${call}() refuses ${what}`, async () => {
        const { error, fields } = await misuse((target) => target[call](name, value))
        expect(error).to.be.instanceOf(TypeError)
        expect(error.message).to.match(message)
        expect(fields).not.to.have.any.keys('x-a', 'x-b', 'set-cookie')
      })
    }
  }

  for (const [what, fields, message] of [
    ['a bad name after a good one', { 'X-A': '1', 'X B': '2' }, /X B/],
    ['a bad value after a good one', { 'X-A': '1', 'X-B': 'a\nb' }, /X-B/],
    ['an object as a value', { 'X-A': '1', 'X-B': { c: 1 } }, /setHeaders: X-B .+ got \{ c: 1 \}/],
    ['a list with something else in it', { 'X-A': '1', 'X-B': ['a', null] }, /setHeaders: X-B/],
    ['a string', 'X-A: 1', /setHeaders: fields must be a record, a Headers or a Map, got 'X-A: 1'/],
    ['nothing', undefined, /setHeaders: fields must be .+ got undefined/],
    ['an array', [['X-A', '1']], /setHeaders: fields must be .+/],
  ] as const) {
    it(`setHeaders() refuses ${what}, and sets none`, async () => {
      const { error, fields: sent } = await misuse((target) => target.setHeaders(fields))
      expect(error).to.be.instanceOf(TypeError)
      expect(error.message).to.match(message)
      expect(sent).not.to.have.any.keys('x-a', 'x-b')
    })
  }

  const nothing = Object.create(null)
  const badFields: readonly [what: string, name: unknown, value: unknown, message: string][] = [
    ['a name with a space', 'X A', '1', "name must be a token, got 'X A'"],
    ['an empty name', '', '1', "name must be a token, got ''"],
    ['a line break in a name', 'X-A\n', '1', "name must be a token, got 'X-A\\n'"],
    ['a symbol as a name', Symbol('a'), '1', 'name must be a token, got Symbol(a)'],
    ['no name', undefined, '1', 'name must be a token, got undefined'],
    ['a number as a name', 5, '1', 'name must be a token, got 5'],
    ['an object without a prototype as a name', nothing, '1', 'name must be a token, got [Object: null prototype] {}'],
    ['a line break in a value', 'X-A', 'a\r\nb', "X-A must be Latin-1 text without control characters, got 'a\\r\\nb'"],
    ['a NUL in a list', 'X-A', ['a', '\0'], "X-A must be Latin-1 text without control characters, got '\\x00'"],
    ['a character beyond Latin-1', 'X-A', '東', "X-A must be Latin-1 text without control characters, got '東'"],
    ['a symbol as a value', 'X-A', Symbol('a'), 'X-A must be a string, a number or a list of strings, got Symbol(a)'],
    [
      'a symbol in a list',
      'X-A',
      [Symbol('a')],
      'X-A must be a string, a number or a list of strings, got [ Symbol(a) ]',
    ],
    ['null as a value', 'X-A', null, 'X-A must be a string, a number or a list of strings, got null'],
    ['a boolean as a value', 'X-A', true, 'X-A must be a string, a number or a list of strings, got true'],
    [
      'an object without a prototype as a value',
      'X-A',
      nothing,
      'X-A must be a string, a number or a list of strings, got [Object: null prototype] {}',
    ],
  ]
  /** Express has Node's own `setHeader` and `appendHeader`. */
  const ownCalls = framework.name.startsWith('express')
    ? (['defaultHeader'] as const)
    : (['setHeader', 'appendHeader', 'defaultHeader'] as const)

  for (const [what, name, value, message] of badFields) {
    for (const call of ownCalls) {
      it(`${call}() refuses ${what} by an error that names the call`, async () => {
        const { error, fields } = await misuse((target) => target[call](name, value))
        expect(error).to.be.instanceOf(TypeError)
        expect([error.code, error.message]).to.deep.equal(['INVALID_FIELD', `${call}: ${message}`])
        expect(fields).not.to.have.any.keys('x-a')
      })
    }

    for (const call of ['setHeader', 'appendHeader', 'defaultHeader'] as const) {
      it(`${call}() of a Reply refuses ${what} by the same error, also if the field is set`, () => {
        const reply: any = new Reply().setHeader('X-A', 'before')
        expect(() => reply[call](name, value))
          .to.throw(TypeError, `${call}: ${message}`)
          .with.property('code', 'INVALID_FIELD')
        expect({ ...reply.headers }).to.deep.equal({ 'X-A': 'before' })
      })
    }

    if (typeof name !== 'string') continue
    for (const [form, fields] of [
      ['a record', { [name]: value }],
      ['a Map', new Map([[name, value]])],
    ] as const) {
      it(`setHeaders() refuses ${what} in ${form} by an error that names the call`, async () => {
        const { error, fields: sent } = await misuse((target) => target.setHeaders(fields))
        expect(error).to.be.instanceOf(TypeError)
        expect([error.code, error.message]).to.deep.equal(['INVALID_FIELD', `setHeaders: ${message}`])
        expect(sent).not.to.have.any.keys('x-a')
        const reply: any = new Reply()
        expect(() => reply.setHeaders(fields))
          .to.throw(TypeError, `setHeaders: ${message}`)
          .with.property('code', 'INVALID_FIELD')
      })
    }
  }

  it('after the head is sent, staging is an error and the answer stays whole', async () => {
    let caught: any
    const app = await serve((_target, { native }) => {
      const res = native.res ?? native.ctx.res
      if (framework.family === 'koa') native.ctx.respond = false
      res.statusCode = 200
      res.setHeader('Content-Length', '5')
      res.write('first')
      try {
        _target.setHeader('X-Late', '1')
      } catch (error) {
        caught = error
      }
      res.end()
    })
    const { headers, text } = await ask(app)
    expect(text).to.equal('first')
    expect(headers).not.to.have.property('x-late')
    expect(caught?.code).to.equal('ERR_HTTP_HEADERS_SENT')
  })
})
