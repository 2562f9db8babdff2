import { once } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import { html } from '../../src/index.js'
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
