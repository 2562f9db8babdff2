import { once } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { html, jsonStream, streaming } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { requestPartially } from '../support/partial-request.js'
import { rawExchange } from '../support/raw-exchange.js'

const calls: Readonly<Record<string, (target: any, source: any) => unknown>> = {
  streaming: (target, source) => target.streaming(source),
  ndjson: (target, source) => target.ndjson(source),
  jsonArray: (target, source) => target.jsonArray(source),
  jsonStream: (target, source) => target.jsonStream({ rows: source }),
  csv: (target, source) => target.csv(source, { columns: ['a'] }),
  sse: (target, source) => target.sse(source),
  file: (target, source) => target.file(source),
  reply: (target, source) => target.reply(source),
  html: (target, source) => target.html(html`<p>${source}`),
}

const rows = ['row1', 'row2', 'row3'].map((a) => (call: string) => (call === 'csv' ? { a } : a))

async function* slowly(call: string): AsyncGenerator<unknown> {
  for (const row of rows) {
    await delay(2)
    yield row(call)
  }
}

const kinds: Readonly<Record<string, (call: string) => object>> = {
  'a Node stream': (call) => Readable.from(slowly(call)),
  'an async generator': slowly,
  'a generator': function* (call) {
    for (const row of rows) yield row(call)
  },
  'an iterator of a list': (call) => rows.map((row) => row(call)).values(),
  'an iterator of a Map': (call) => new Map(rows.map((row, index) => [index, row(call)])).values(),
  'an async iterator that is its own iterable': (call) => {
    const items = slowly(call)
    return {
      next: () => items.next(),
      [Symbol.asyncIterator]() {
        return this
      },
    }
  },
}

contract('a source that can be read once', ({ serve }) => {
  for (const [call, send] of Object.entries(calls)) {
    for (const [kind, make] of Object.entries(kinds)) {
      it(`${call} of ${kind}: of several answers one is whole, and the others are errors`, async () => {
        const source = make(call)
        const app = await serve((target) => send(target, source))
        const together = await Promise.all([requestPartially(app.port), requestPartially(app.port)])
        const answers = [...together, await requestPartially(app.port)]
        const whole = answers.filter(({ status, isComplete }) => status === 200 && isComplete)
        expect(whole.map(({ text }) => new Set(text.match(/row\d/g)).size)).to.deep.equal([3])
        expect(app.errors.map((error: any) => error.code)).to.deep.equal(
          Array(2).fill(call === 'reply' ? 'ALREADY_SENT' : 'SOURCE_FAILED'),
        )
      })
    }

    it(`${call} of a stream that other code has read to its end is an error`, async () => {
      const source = new PassThrough({ objectMode: true, autoDestroy: false })
      source.end('a')
      source.resume()
      await once(source, 'end')
      const app = await serve((target) => send(target, source))
      const { status, isComplete } = await requestPartially(app.port)
      expect(status === 500 || !isComplete).to.equal(true) // some calls have text of their own before it
      expect(app.errors.map((error: any) => error.message)).to.deep.equal(['the stream was read to its end before'])
    })
  }

  it('one stream in two entries of a zip cuts the archive', async () => {
    const app = await serve((target) => {
      const source = Readable.from(['a'])
      return target.zip(['a', 'b'].map((name) => ({ name, source })))
    })
    expect((await requestPartially(app.port).catch(() => ({ isComplete: false }))).isComplete).to.equal(false)
    expect(app.errors.map((error: any) => error.code)).to.deep.equal(['SOURCE_FAILED'])
  })
})

/** Makes a value for a call, once: the call is made twice with it. The source is opened in a later turn than the call. */
const twice: Readonly<Record<string, (source: Readable) => (target: any) => unknown>> = {
  'html of a page': (source) => sendPage(html`${turn('')}${source}`),
  'html of a page with a promise': (source) => sendPage(html`${turn('')}${Promise.resolve(source)}`),
  'html with one argument too many': (source) => {
    const page = html`${turn('')}${source}`
    let count = 0
    return (target) => (count++ === 0 ? target.html(page) : target.html(page, 'x'))
  },
  'jsonStream of members': (source) => {
    const value = { before: turn(''), source }
    return (target) => target.jsonStream(value)
  },
  'jsonStream of promises': (source) => {
    const value = { before: turn(''), source: Promise.resolve(source) }
    return (target) => target.jsonStream(value)
  },
  'jsonArray of a list': (source) => {
    const list = [turn(''), { source }]
    return (target) => target.jsonArray(list)
  },
  'reply of a page': (source) => sendReplyOf(html`${turn('')}${source}`),
  'reply of a promise of a page': (source) => sendReplyOf(Promise.resolve(html`${turn('')}${source}`)),
  'reply of a promise of a source': (source) => sendReplyOf(turn(source)),
  'reply of a source': (source) => sendReplyOf(source),
  'reply of a Reply': (source) => sendReplyOf(streaming(source)),
  'reply of jsonStream': (source) => sendReplyOf(jsonStream({ before: turn(''), source: Promise.resolve(source) })),
  'another reply of the same source': (source) => (target) => target.reply(streaming(source)),
  created: (source) => (target) => target.created('/x', undefined, source),
  zip: (source) => (target) => target.zip([{ name: 'a', source }]),
  ...Object.fromEntries(
    ['streaming', 'ndjson', 'jsonArray', 'csv', 'sse', 'file', 'download'].map((call) => [
      call,
      (source: Readable) => (target: any) => target[call](source),
    ]),
  ),
}

function sendPage(page: unknown): (target: any) => unknown {
  return (target) => target.html(page)
}

function sendReplyOf(value: unknown): (target: any) => unknown {
  return (target) => target.reply(value)
}

contract('a call that is made twice with one value', ({ serve }) => {
  for (const [call, make] of Object.entries(twice)) {
    it(`${call}: the second is refused, and the first answer is whole`, async () => {
      const items = call === 'csv' ? [{ a: 'row1' }, { a: 'row2' }] : ['row1', 'row2']
      const source = Readable.from(items)
      const send = make(source)
      const app = await serve((target) => {
        const first = send(target)
        expect(() => send(target)).to.throw(/already been answered|takes one argument/)
        return first
      })
      const { status, isComplete, text } = await requestPartially(app.port)
      expect({ status, isComplete }).to.deep.equal({ status: call === 'created' ? 201 : 200, isComplete: true })
      expect(text.match(/row\d/g)).to.deep.equal(['row1', 'row2'])
      expect(app.errors).to.deep.equal([])
    })
  }
})

contract('the request itself as a source', ({ serve, framework }) => {
  it('of a call that is refused: the client still gets the error page, and the connection stays', async () => {
    const app = await serve((target, { url, native }) => {
      if (url === '/next') return target.text('next')
      return target.streaming(native.req, { type: 'no type' })
    })
    const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc'
    const received = await rawExchange(app.port, `${post}GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    expect(received).to.match(/^HTTP\/1\.1 500 /)
    expect(received.endsWith('next')).to.equal(true)
    expect(
      app.errors.map((error: any) => error.code),
      framework.name,
    ).to.deep.equal(['INVALID_OPTION'])
  })

  it('is sent back to the client', async () => {
    const app = await serve((target, { native }) => target.streaming(native.req, { type: 'text/plain' }))
    const post = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc'
    expect(await rawExchange(app.port, post)).to.match(/\r\n3\r\nabc\r\n0\r\n\r\n$/)
    expect(app.errors).to.deep.equal([])
  })
})
