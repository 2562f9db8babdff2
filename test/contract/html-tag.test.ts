import { once } from 'node:events'
import { createServer } from 'node:http'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { expect } from 'chai'
import { html, Reply, sendReply } from '../../src/index.js'
import { answeredBetween } from '../support/answered-between.js'
import { contract } from '../support/contract.js'
import { requestAndLeave, requestPartially } from '../support/partial-request.js'
import { request } from '../support/request.js'
import { responding } from '../support/responding.js'
import { importSecondCopy } from '../support/second-copy.js'
import { Wire } from '../support/wire.js'

const PAGE = 'text/html; charset=utf-8'
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** A promise and the functions that settle it. */
function deferred<Value>() {
  let resolve = (_value: Value): void => undefined
  let reject = (_reason: Error): void => undefined
  const promise = new Promise<Value>((settle, refuse) => {
    resolve = settle
    reject = refuse
  })
  return { promise, resolve, reject }
}

contract('html`…`: a page that is known as a whole', ({ framework, answer, serve, ask }) => {
  const page = html`<h1>${'<Zoë>'}</h1>`
  const TEXT = '<h1>&lt;Zoë&gt;</h1>'
  const ways: Record<string, (target: any) => unknown> = {
    'html()': (target) => void target.html(page),
    'reply()': (target) => target.reply(page),
    'reply() of a promise': (target) => target.reply(Promise.resolve(page)),
    'the factory': (target) => target.reply(html(page)),
    'new Reply()': (target) => target.reply(new Reply(page)),
    'setHtml()': (target) => target.reply(new Reply().setHtml(page)),
    'the attribute of a Reply': (target) => target.reply(Object.assign(new Reply(), { html: page })),
    'negotiate()': (target) => target.negotiate({ html: () => page, json: 1 }),
    'template()': (target) => target.template('name'),
  }
  for (const [name, send] of Object.entries(ways)) {
    it(`${name} sends it with its length and entity-tag`, async () => {
      const templates = () => page
      const { status, headers, text } = await answer(send, {}, { kit: { templates } })
      expect(status).to.equal(200)
      expect(headers).to.include({ 'content-type': PAGE, 'content-length': String(Buffer.byteLength(TEXT)) })
      expect(headers.etag).to.match(/^W\/"/)
      expect(text).to.equal(TEXT)
    })
  }

  it('respond() sends it, and the factory takes status, fields and cookies', async () => {
    const returned = await answer(responding(framework, () => page))
    expect([returned.headers['content-type'], returned.text]).to.deep.equal([PAGE, TEXT])
    const made = await answer(
      responding(framework, () => html(page, { status: 201, headers: { 'X-A': 'a' }, cookies: { c: '1' } })),
    )
    expect([made.status, made.headers['x-a'], made.headers['set-cookie'], made.text]).to.deep.equal([
      201,
      'a',
      ['c=1; Path=/'],
      TEXT,
    ])
  })

  it('answers 304 as for the string', async () => {
    const app = await serve((target) => void target.html(page))
    const { headers } = await ask(app)
    expect((await ask(app, { headers: { 'If-None-Match': headers.etag } })).status).to.equal(304)
    const ofString = await answer((target) => void target.html(TEXT))
    expect(headers.etag).to.equal(ofString.headers.etag)
  })

  it('a type of another kind is kept in negotiate()', async () => {
    const { headers, text } = await answer((target) => target.negotiate({ 'application/xhtml+xml': page }))
    expect(headers['content-type']).to.match(/^application\/xhtml\+xml/)
    expect(text).to.equal(TEXT)
  })

  it('is sent as a page if it comes from another copy of the package', async () => {
    const copy = await importSecondCopy('index.ts')
    for (const send of [
      (target: any) => void target.html(copy.html`<i>${'<'}</i>`),
      (target: any) => target.reply(copy.html`<i>${['<']}</i>`),
      (target: any) => target.reply(copy.html(copy.html`<i>${Promise.resolve('<')}</i>`)),
    ]) {
      const { headers, text } = await answer(send)
      expect([headers['content-type'], text]).to.deep.equal([PAGE, '<i>&lt;</i>'])
    }
  })

  it('the page of an error may be one', async () => {
    const app = await serve(
      () => {
        throw Object.assign(new Error('<b>'), { status: 404, expose: true })
      },
      { problems: { page: ({ detail }) => html`<p>${detail}` } },
    )
    const { status, text } = await request(app.port, { headers: { Accept: 'text/html' } })
    expect([status, text]).to.deep.equal([404, '<p>&lt;b&gt;'])
  })
})

contract('html`…`: a page that streams', ({ answer, serve, ask, askForError }) => {
  async function* later() {
    yield '<'
    await turn()
    yield html`<br>`
    yield [1, null, [Promise.resolve('>')]]
  }
  const sources: Record<string, [make: () => unknown, expected: string]> = {
    'a promise': [() => Promise.resolve('<'), '&lt;'],
    'a promise of nothing': [() => Promise.resolve(undefined), ''],
    'a promise of a fragment with a promise': [async () => html`<i>${Promise.resolve('<')}</i>`, '<i>&lt;</i>'],
    'a list with a promise': [() => ['a', Promise.resolve('<')], 'a&lt;'],
    // biome-ignore lint/suspicious/noThenProperty: query builders are such objects
    'a thenable': [() => ({ then: (use: (value: string) => void) => use('<') }), '&lt;'],
    'a generator': [() => ['<', html`<br>`].values(), '&lt;<br>'],
    'a Set': [() => new Set(['<', 1]), '&lt;1'],
    'an async generator': [later, '&lt;<br>1&gt;'],
    'a generator of generators': [() => [later(), ['a'].values()].values(), '&lt;<br>1&gt;a'],
    'an iterable of promises': [() => new Set([Promise.resolve('<')]), '&lt;'],
    'a Node stream': [
      () => Readable.from([Buffer.from([0xc3]), Buffer.from([0xa9, 0x3c])], { objectMode: false }),
      'é&lt;',
    ],
    'a Node stream of values': [() => Readable.from(['<', html`<br>`]), '&lt;<br>'],
    'a web stream': [() => new Response('é<').body, 'é&lt;'],
    'a Blob': [() => new Blob(['é<']), 'é&lt;'],
  }
  for (const [name, [make, expected]] of Object.entries(sources)) {
    it(`${name}, in its place`, async () => {
      const { status, headers, text } = await answer((target) => void target.html(html`<p>${make()}</p>${'&'}`))
      expect(status).to.equal(200)
      expect(headers).to.include({ 'content-type': PAGE, 'x-accel-buffering': 'no' })
      expect(headers).not.to.have.any.keys('content-length', 'etag')
      expect(text).to.equal(`<p>${expected}</p>&amp;`)
    })
  }

  it('sends what stands before a promise at once, and the parts in the order of the template', async () => {
    const [first, second] = [deferred<string>(), deferred<string>()]
    const app = await serve((target) => void target.html(html`<head>${first.promise}|${second.promise}`))
    const wire = await Wire.connect(app.port)
    wire.get('/', 'Connection: close\r\n')
    while (!wire.received.includes('<head>')) await wire.receive(wire.received.length + 1)
    second.resolve('second')
    await turn()
    expect(wire.received.toString()).not.to.include('second')
    first.resolve('first')
    const all = (await wire.receiveAll()).toString()
    expect(all.indexOf('first')).to.be.greaterThan(all.indexOf('<head>'))
    expect(all.indexOf('second')).to.be.greaterThan(all.indexOf('first'))
  })

  it('a failure before the first part is an error page', async () => {
    const app = await serve((target) => {
      target.html(html`${Promise.reject(Object.assign(new Error('gone'), { status: 410 }))}<p>`)
    })
    expect((await askForError(app)).status).to.equal(410)
    expect(app.errors).to.have.length(1)
  })

  for (const [name, make] of Object.entries<(failure: Promise<never>) => unknown>({
    'a promise': (failure) => failure,
    'an async generator': async function* (failure) {
      yield 'a'
      await failure
    },
    'a value that has no text': async function* (failure) {
      await failure.catch(() => undefined)
      yield { a: 1 }
    },
  })) {
    it(`a failure after the head cuts the connection: ${name}`, async () => {
      const failure = deferred<never>()
      const app = await serve((target) => void target.html(html`<head>${make(failure.promise)}<foot>`))
      const answered = requestPartially(app.port)
      await turn()
      setTimeout(() => failure.reject(new Error('late')), 20)
      const { status, text, isComplete } = await answered
      expect([status, isComplete]).to.deep.equal([200, false])
      expect(text).not.to.include('<foot>')
      expect(app.errors).to.have.length(1)
    })
  }

  it('closes its sources when the client leaves, also those whose turn has not come', async () => {
    const ended = deferred<void>()
    const endless = new Readable({ read: () => undefined })
    const unread = new Readable({ read: () => undefined })
    async function* rows() {
      try {
        for (let row = 0; ; row++) {
          await turn()
          yield `${row}`.padEnd(1000)
        }
      } finally {
        ended.resolve()
      }
    }
    const closed = Promise.all([once(endless, 'close'), once(unread, 'close'), ended.promise])
    const app = await serve((target, { url }) => {
      target.html(url === '/a' ? html`<p>${rows()}` : html`<head>${endless}${[unread]}`)
    })
    await requestAndLeave(app.port, 5, { path: '/a' })
    await requestAndLeave(app.port, 5, { path: '/b' })
    await closed
    expect(app.errors).to.deep.equal([])
  })

  it('HEAD has the fields of GET, reads nothing and closes what it has', async () => {
    const stream = new Readable({ read: () => expect.fail('read') })
    const closed = once(stream, 'close')
    const { status, headers, body } = await answer((target) => void target.html(html`<p>${stream}`), { method: 'HEAD' })
    expect([status, headers['content-type'], body.length]).to.deep.equal([200, PAGE, 0])
    await closed
  })

  for (const [title, wrap] of Object.entries<(stream: Readable) => unknown>({
    'a stream': (stream) => stream,
    'a page with a stream': (stream) => html`<p>${stream}`,
    'a list with a stream': (stream) => [stream],
  })) {
    it(`closes what a promise gives that is not read: ${title}`, async () => {
      const streams = Array.from({ length: 4 }, () => new Readable({ read: () => undefined }))
      const closed = Promise.all(streams.map((stream) => once(stream, 'close')))
      const [ofHead, ofRefused, ofChoice, ofClient] = streams as [Readable, Readable, Readable, Readable]
      const later = (stream: Readable) => html`<p>${turn().then(() => wrap(stream))}`
      await answer((target) => target.html(later(ofHead)), { method: 'HEAD' })
      await answer((target) => {
        target.text('first')
        expect(() => target.reply(Promise.resolve(later(ofRefused)))).to.throw()
      })
      await answer((target) => target.negotiate({ text: 'x', html: Promise.resolve(later(ofChoice)) }))
      const app = await serve((target) => target.html(html`<p>${left.then(() => wrap(ofClient))}`))
      const left = new Promise<void>((resolve) => {
        app.server.once('connection', (socket) => socket.once('close', () => resolve()))
      })
      await requestAndLeave(app.port, 1)
      await closed
    })
  }

  it('a page that is refused closes what it has', async () => {
    const streams = [new Readable({ read: () => undefined }), new Readable({ read: () => undefined })]
    const closed = Promise.all(streams.map((stream) => once(stream, 'close')))
    await answer((target) => {
      target.text('first')
      expect(() => target.html(html`${streams[0]}`))
        .to.throw()
        .with.property('code', 'ALREADY_SENT')
      expect(() => target.reply(html`${streams[1]}`))
        .to.throw()
        .with.property('code', 'ALREADY_SENT')
    })
    await closed
  })

  it('a staged entity-tag decides a 304, and nothing is read', async () => {
    const app = await serve((target) => {
      target.setEtag('v1')
      target.html(html`${new Readable({ read: () => expect.fail('read') })}`)
    })
    expect((await ask(app, { headers: { 'If-None-Match': '"v1"' } })).status).to.equal(304)
  })

  it('a Reply with a generator is sent once, one with a promise many times', async () => {
    const once = html(html`${['a'].values()}`)
    const many = html(html`${Promise.resolve('b')}`)
    const app = await serve((target, { url }) => target.reply(url === '/once' ? once : many))
    expect((await ask(app, { path: '/once' })).text).to.equal('a')
    expect((await askForError(app, { path: '/once' })).status).to.equal(500)
    expect(app.errors[0]).to.have.property('code', 'ALREADY_SENT')
    expect((await ask(app)).text).to.equal('b')
    expect((await ask(app)).text).to.equal('b')
  })

  it('a generator that never waits leaves the event loop to others', async () => {
    function* rows() {
      for (let row = 0; row < 300_000; row++) yield html`<li>${row}</li>`
    }
    const app = await serve(
      (target, { url }) => void (url === '/rows' ? target.html(html`${rows()}`) : target.text('x')),
    )
    const long = await answeredBetween(app.port, '/rows')
    expect(long.endsWith('<li>299999</li>')).to.equal(true)
  })
})

describe('html`…` without a framework', () => {
  const page = () => html`<p>${Promise.resolve('<')}</p>`

  it('sendReply() sends it on node:http', async () => {
    const server = createServer((req, res) => void sendReply(req, res, page())).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { headers, text } = await request((server.address() as AddressInfo).port)
    server.close()
    expect([headers['content-type'], text]).to.deep.equal([PAGE, '<p>&lt;</p>'])
  })

  it('sendReply() sends it on node:http2', async () => {
    const server = http2.createServer((req, res) => void sendReply(req, res, page())).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const stream = client.request({ ':path': '/' })
    const [[headers], chunks] = await Promise.all([once(stream, 'response'), stream.toArray()])
    client.close()
    server.close()
    expect([headers['content-type'], Buffer.concat(chunks).toString()]).to.deep.equal([PAGE, '<p>&lt;</p>'])
  })

  it('toWebResponse() has it', async () => {
    const response = await html(page(), { status: 201 }).toWebResponse()
    expect([response.status, response.headers.get('content-type'), await response.text()]).to.deep.equal([
      201,
      PAGE,
      '<p>&lt;</p>',
    ])
  })
})
