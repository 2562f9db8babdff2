import { expect } from 'chai'
import { json, type ResponseMethods } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { readZip } from '../support/read-zip.js'

contract('text, html, bytes, empty', ({ answer }) => {
  it('text() is text/plain in UTF-8 with its exact length in bytes', async () => {
    const { status, headers, text } = await answer((target) => target.text('héllo') && undefined)
    expect(status).to.equal(200)
    expect(headers['content-type']).to.equal('text/plain; charset=utf-8')
    expect(headers['content-length']).to.equal('6')
    expect(text).to.equal('héllo')
  })

  it('html() is text/html in UTF-8', async () => {
    const { headers, text } = await answer((target) => void target.html('<h1>hi</h1>'))
    expect(headers['content-type']).to.equal('text/html; charset=utf-8')
    expect(text).to.equal('<h1>hi</h1>')
  })

  for (const [kind, bytes] of [
    ['a Buffer', Buffer.from('héllo')],
    ['a Uint8Array', new TextEncoder().encode('héllo')],
    ['an ArrayBuffer', Uint8Array.from(Buffer.from('héllo')).buffer],
    ['a part of a buffer', Buffer.from('--héllo--').subarray(2, -2)],
  ] as const) {
    it(`text() and html() take UTF-8 as ${kind}, and send what the string sends`, async () => {
      for (const call of ['text', 'html'] as const) {
        const ofString = await answer((target) => void target[call]('héllo'))
        const ofBytes = await answer((target) => void target[call](bytes))
        expect(ofBytes.text).to.equal('héllo')
        for (const name of ['content-type', 'content-length', 'etag']) {
          expect(ofBytes.headers[name]).to.equal(ofString.headers[name])
        }
      }
    })
  }

  it('an empty text is a 200 with Content-Length 0', async () => {
    const { status, headers } = await answer((target) => void target.text(''))
    expect(status).to.equal(200)
    expect(headers['content-length']).to.equal('0')
    expect(headers['content-type']).to.equal('text/plain; charset=utf-8')
  })

  it('bytes() sends the view, not its whole buffer', async () => {
    const view = new Uint8Array([0, 1, 2, 255]).subarray(1)
    const { headers, body } = await answer((target) => void target.bytes(view))
    expect(headers['content-type']).to.equal('application/octet-stream')
    expect([...body]).to.deep.equal([1, 2, 255])
  })

  it('a type given outranks a type staged, which outranks the inferred one', async () => {
    const given = await answer(
      (target) => void target.setHeader('Content-Type', 'a/b').bytes(Buffer.from('x'), { type: 'c/d' }),
    )
    expect(given.headers['content-type']).to.equal('c/d')
    const staged = await answer((target) => void target.setHeader('Content-Type', 'a/b').text('x'))
    expect(staged.headers['content-type']).to.equal('a/b')
  })

  it('keeps a staged status', async () => {
    const { status } = await answer((target) => void target.setStatus(201).html('made'))
    expect(status).to.equal(201)
  })

  it('empty() is 204 without Content-Type and Content-Length', async () => {
    const { status, headers, body } = await answer((target) => void target.setHeader('Content-Type', 'a/b').empty())
    expect(status).to.equal(204)
    expect(headers).not.to.have.any.keys('content-type', 'content-length')
    expect(body).to.have.length(0)
  })

  it('HEAD has the fields of GET and no body', async () => {
    const { headers, body } = await answer((target) => void target.text('hello'), { method: 'HEAD' })
    expect(headers['content-length']).to.equal('5')
    expect(headers.etag).to.be.a('string')
    expect(body).to.have.length(0)
  })

  it('answers 304 to If-None-Match with its own weak entity-tag (RFC 9110 §13.1.2)', async () => {
    const first = await answer((target) => void target.text('hello'))
    expect(first.headers.etag).to.match(/^W\/"/)
    const second = await answer((target) => void target.text('hello'), {
      headers: { 'If-None-Match': first.headers.etag },
    })
    expect(second.status).to.equal(304)
    expect(second.headers.etag).to.equal(first.headers.etag)
    expect(second.headers).not.to.have.any.keys('content-type', 'content-length')
  })

  it('answers 412 to an If-Match of another tag (RFC 9110 §13.1.1)', async () => {
    const { status, body } = await answer((target) => void target.text('hello'), { headers: { 'If-Match': '"other"' } })
    expect(status).to.equal(412)
    expect(body).to.have.length(0)
  })
})

contract('a body over 1 MB', ({ answer }) => {
  const MEGABYTE = 1024 * 1024
  const long = 'x'.repeat(MEGABYTE + 1)
  const calls: readonly [call: string, run: (target: any) => unknown][] = [
    ['text', (target) => target.text(long)],
    ['html', (target) => target.html(long)],
    ['bytes', (target) => target.bytes(Buffer.from(long))],
    ['a Reply of JSON', (target) => target.reply(json(long))],
  ]
  for (const [call, run] of calls) {
    it(`${call}: is sent whole, and is not hashed for an entity-tag`, async () => {
      const { status, headers, body } = await answer((target) => void run(target))
      expect(status).to.equal(200)
      expect(headers).not.to.have.property('etag')
      expect(headers['content-length']).to.equal(`${body.length}`)
      expect(body.includes(long)).to.equal(true)
    })

    it(`${call}: a staged entity-tag is sent and answers 304 (RFC 9110 §13.1.2)`, async () => {
      const { status, headers } = await answer((target) => void run(target.setEtag('v1')), {
        headers: { 'If-None-Match': '"v1"' },
      })
      expect(status).to.equal(304)
      expect(headers.etag).to.equal('"v1"')
    })
  }

  it('counts bytes, not characters', async () => {
    const { headers } = await answer((target) => void target.text('é'.repeat(MEGABYTE / 2 + 1)))
    expect(headers).not.to.have.property('etag')
    expect(headers['content-length']).to.equal(`${MEGABYTE + 2}`)
  })

  it('1 MB itself has one', async () => {
    const { headers } = await answer((target) => void target.text(long.slice(1)))
    expect(headers.etag).to.match(/^W\/"100000-/)
  })
})

contract('a second finishing call', ({ serve, ask }) => {
  it('is ALREADY_SENT, and the first answer stays whole', async () => {
    let caught: unknown
    const app = await serve((target) => {
      target.text('first')
      try {
        target.text('second')
      } catch (error) {
        caught = error
      }
    })
    const { status, text } = await ask(app)
    expect(status).to.equal(200)
    expect(text).to.equal('first')
    expect(caught).to.include({ name: 'ResponseKitError', code: 'ALREADY_SENT' })
  })
})

contract('a second finishing call that the handler does not catch', ({ serve, ask }) => {
  const firsts: Record<string, (target: ResponseMethods) => unknown> = {
    text: (target) => target.text('first'),
    download: (target) => target.download(Buffer.from('first')),
    streaming: (target) => target.streaming(['fir', 'st']),
    zip: (target) => target.zip([]),
  }
  for (const [call, first] of Object.entries(firsts)) {
    it(`goes to the problem handler, and the first answer stays whole, also if it is not sent yet: ${call}`, async () => {
      const codes: unknown[] = []
      const app = await serve(
        (target) => {
          first(target)
          target.text('second')
        },
        { kit: { onError: (error) => codes.push((error as { code?: unknown }).code) }, problems: {} },
      )
      const { status, text, body } = await ask(app)
      expect(status).to.equal(200)
      if (call === 'zip') expect(readZip(body)).to.deep.equal({})
      else expect(text).to.equal('first')
      expect(codes).to.deep.equal(['ALREADY_SENT'])
    })
  }
})

contract('a first answer that fails after a second call was refused', ({ serve, ask }) => {
  it('has its error page from the problem handler', async () => {
    const app = await serve(
      (target) => {
        target.file('/there/is/no/such/file')
        target.text('second')
      },
      { problems: {} },
    )
    const { status, headers } = await ask(app, { headers: { Accept: 'application/json' } })
    expect(status).to.equal(404)
    expect(headers['content-type']).to.equal('application/problem+json')
  })
})

contract('a finishing call that is decided after another has answered', ({ serve, ask }) => {
  for (const [call, first] of Object.entries<(target: ResponseMethods) => unknown>({
    back: (target) => target.back('/first'),
    download: (target) => target.download(Buffer.from('/first')),
    streaming: (target) => target.streaming(['/first']),
  })) {
    it(`is ALREADY_SENT, and the other answer stays whole: ${call}`, async () => {
      const codes: unknown[] = []
      const app = await serve(
        (target) => {
          target.negotiate({ text: async () => 'second' })
          first(target)
        },
        { kit: { onError: (error) => codes.push((error as { code?: unknown }).code) } },
      )
      const { status, text } = await ask(app)
      expect(status).to.equal(call === 'back' ? 302 : 200)
      expect(text).to.contain('/first')
      expect(codes).to.deep.equal(['ALREADY_SENT'])
      expect(app.errors).to.deep.equal([])
    })
  }
})

contract('what a call in memory refuses', ({ serve, ask, askForError }) => {
  const detached = (): ArrayBuffer => {
    const buffer = new ArrayBuffer(8)
    structuredClone(buffer, { transfer: [buffer] })
    return buffer
  }
  const refused: readonly [call: string, run: (target: any) => unknown, message: string][] = [
    ['text', (target) => target.text(7), 'text: body must be a string or bytes, got 7'],
    ['text of a list', (target) => target.text(['a']), "text: body must be a string or bytes, got [ 'a' ]"],
    ['html', (target) => target.html({ a: 1 }), 'html: body must be a string, bytes or an html`...` fragment'],
    [
      'html of a Promise',
      (target) => target.html(Promise.resolve('a')),
      'html: body must be a string, bytes or an html`...` fragment',
    ],
    [
      'text of transferred bytes',
      (target) => target.text(detached()),
      'text: body must be bytes that have not been transferred',
    ],
    [
      'bytes of transferred bytes',
      (target) => target.bytes(detached()),
      'bytes: data must be bytes that have not been transferred',
    ],
    [
      'bytes of a transferred view',
      (target) => target.bytes(transferredView()),
      'bytes: data must be bytes that have not been transferred',
    ],
    [
      'problem that JSON cannot hold',
      (target) => target.problem({ status: 400, more: 1n }),
      'problem: value cannot be written as JSON: a BigInt at value.more',
    ],
    [
      'reply of what JSON cannot hold',
      (target) => target.reply({ more: 1n }),
      'reply: value cannot be written as JSON: a BigInt at value.more',
    ],
    ['reply of a function', (target) => target.reply(() => 1), 'reply: value must be'],
    ['reply of nothing', (target) => target.reply(), 'reply: value must be something to send'],
  ]
  for (const [name, run, message] of refused) {
    it(`${name}: the error names the call, and nothing has been sent`, async () => {
      let caught: any
      const app = await serve((target) => {
        try {
          run(target)
        } catch (error) {
          caught = error
        }
        target.text('still here')
      })
      expect((await ask(app)).text).to.equal('still here')
      expect(caught).to.include({ code: 'INVALID_ARGUMENT' })
      expect(caught.message).to.include(message)
    })
  }

  it('negotiate of what JSON cannot hold names negotiate', async () => {
    const app = await serve((target) => target.negotiate({ json: { more: 1n } }))
    await askForError(app, { headers: { Accept: 'application/json' } })
    expect(app.errors[0]?.message).to.equal('negotiate: value cannot be written as JSON: a BigInt at value.more')
  })

  it('a method without its response says how to call it', async () => {
    const messages: unknown[] = []
    const app = await serve((target) => {
      for (const name of ['text', 'redirectTo', 'setCookie', 'streaming', 'file'] as const) {
        const method: any = target[name]
        for (const wrong of [undefined, null, {}, globalThis]) {
          try {
            method.call(wrong, 'x', 'y')
          } catch (error) {
            messages.push((error as Error).message.includes(`${name}() needs its response: call it as res.${name}()`))
          }
        }
      }
      target.text('still here')
    })
    await ask(app)
    expect(messages).to.deep.equal(new Array(20).fill(true))
  })
})

function transferredView(): Uint8Array {
  const view = new Uint8Array(8)
  structuredClone(view, { transfer: [view.buffer] })
  return view
}
