import { once } from 'node:events'
import { Readable } from 'node:stream'
import { expect } from 'chai'
import { jsonArray, jsonStream, Reply } from '../../src/index.js'
import { answeredBetween } from '../support/answered-between.js'
import { contract } from '../support/contract.js'
import { requestAndLeave, requestPartially } from '../support/partial-request.js'
import { request } from '../support/request.js'
import { responding } from '../support/responding.js'
import { Wire } from '../support/wire.js'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const TYPE = 'application/json; charset=utf-8'

contract('jsonStream', ({ framework, answer, serve, ask, askForError }) => {
  async function* cursor() {
    for (const id of [1, 2]) {
      await turn()
      yield { id }
    }
  }
  const TEXT = '{"total":2,"rows":[{"id":1},{"id":2}]}'

  it('writes each iterable inside as an array, as it comes', async () => {
    const { status, headers, text } = await answer((target) => target.jsonStream({ total: 2, rows: cursor() }))
    expect(status).to.equal(200)
    expect(headers['content-type']).to.equal(TYPE)
    expect(headers).not.to.have.any.keys('content-length', 'etag')
    expect(text).to.equal(TEXT)
  })

  it('takes a function that makes the value for each request', async () => {
    const { text } = await answer((target) =>
      target.jsonStream(async ({ signal }: any) => ({ total: 2, rows: cursor(), isLeft: signal.aborted })),
    )
    expect(JSON.parse(text)).to.deep.equal({ ...JSON.parse(TEXT), isLeft: false })
  })

  it('takes promises and further kinds of sources', async () => {
    const { text } = await answer((target) =>
      target.jsonStream({
        a: Promise.resolve(1),
        b: Readable.from([1]),
        c: ReadableStream.from([2]),
        d: new Set([3]),
        e: [4],
      }),
    )
    expect(text).to.equal('{"a":1,"b":[1],"c":[2],"d":[3],"e":[4]}')
  })

  it('space and escapeHtml are those of json', async () => {
    const value = { a: ['<'], b: { c: [] } }
    const options = { space: 2, escapeHtml: true }
    const { text } = await answer((target) => target.jsonStream({ a: ['<'].values(), b: { c: new Set() } }, options))
    expect(text).to.equal(JSON.stringify(value, null, 2).replace('<', '\\u003c'))
  })

  it('a Reply of the factory, of the setter and from respond() sends the same', async () => {
    const init = { status: 201, headers: { 'X-A': 'a' }, cookies: { c: '1' } }
    for (const make of [
      () => jsonStream({ total: 2, rows: cursor() }, { ...init, space: 0 }),
      () => new Reply(undefined, init).setJsonStream({ total: 2, rows: cursor() }),
      () => jsonStream(() => ({ total: 2, rows: cursor() }), init),
    ]) {
      const { status, headers, text } = await answer(responding(framework, make))
      expect([status, headers['x-a'], headers['set-cookie']]).to.deep.equal([201, 'a', ['c=1; Path=/']])
      expect([headers['content-type'], text]).to.deep.equal([TYPE, TEXT])
    }
  })

  it('a Reply with a stream is sent once, one with a function many times', async () => {
    const one = jsonStream({ rows: cursor() })
    const many = jsonStream(() => ({ rows: cursor() }))
    const app = await serve((target, { url }) => target.reply(url === '/one' ? one : many))
    expect((await ask(app, { path: '/one' })).status).to.equal(200)
    expect((await askForError(app, { path: '/one' })).status).to.equal(500)
    expect(app.errors[0]).to.have.property('code', 'ALREADY_SENT')
    for (let count = 0; count < 2; count++) expect((await ask(app)).text).to.equal('{"rows":[{"id":1},{"id":2}]}')
  })

  it('what stands before a source leaves before the source gives anything', async () => {
    let release = (): void => undefined
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const app = await serve((target) =>
      target.jsonStream({
        total: 2,
        rows: (async function* () {
          await gate
          yield 1
        })(),
      }),
    )
    const wire = await Wire.connect(app.port)
    wire.get('/', 'Connection: close\r\n')
    while (!wire.received.includes('"rows":')) await wire.receive(wire.received.length + 1)
    release()
    expect((await wire.receiveAll()).toString()).to.include('[1')
  })

  it('a value that JSON cannot hold is refused at once, and its sources are closed', async () => {
    const stream = new Readable({ read: () => undefined })
    const closed = once(stream, 'close')
    await answer((target: any) => {
      expect(() => target.jsonStream({ rows: [stream], b: { c: 1n } }))
        .to.throw('jsonStream: value cannot be written as JSON: a BigInt at value.b.c')
        .with.property('code', 'INVALID_ARGUMENT')
      expect(() => target.jsonStream(undefined)).to.throw('jsonStream: value cannot be written as JSON: undefined')
      expect(() => target.jsonStream({}, { schema: {} })).to.throw("unknown option 'schema'")
      expect(() => jsonStream({}, { space: true } as never)).to.throw("jsonStream(): option 'space'")
      target.text('')
    })
    await closed
  })

  it('a failure before the first part is an error page, a later one cuts the connection', async () => {
    const app = await serve((target, { url }) => {
      if (url === '/early')
        return target.jsonStream(async () => Promise.reject(Object.assign(new Error(), { status: 410 })))
      return target.jsonStream({
        rows: (async function* () {
          yield 1
          await turn()
          yield 1n
        })(),
        last: 'never sent',
      })
    })
    expect((await askForError(app, { path: '/early' })).status).to.equal(410)
    const { isComplete, text } = await requestPartially(app.port)
    expect(isComplete).to.equal(false)
    expect(text).not.to.include('last')
    expect(app.errors).to.have.length(2)
    expect(app.errors[1]?.message).to.equal(
      "jsonStream: value 1 (counted from 0) of 'rows': value cannot be written as JSON: a BigInt at value",
    )
  })

  it('HEAD, a 304 and a call that is refused close the sources unread', async () => {
    const streams = Array.from({ length: 4 }, () => new Readable({ read: () => expect.fail('read') }))
    const closed = Promise.all(streams.map((stream) => once(stream, 'close')))
    const later = turn().then(() => ({ rows: streams[3] }))
    const head = await answer((target) => target.jsonStream({ rows: streams[0], later }), { method: 'HEAD' })
    expect([head.status, head.headers['content-type'], head.body.length]).to.deep.equal([200, TYPE, 0])
    const app = await serve((target) => {
      target.setEtag('v1')
      return target.jsonStream({ rows: [streams[1]] })
    })
    expect((await ask(app, { headers: { 'If-None-Match': '"v1"' } })).status).to.equal(304)
    await answer((target) => {
      target.text('first')
      expect(() => target.jsonStream({ rows: streams[2] }))
        .to.throw()
        .with.property('code', 'ALREADY_SENT')
    })
    await closed
  })

  it('closes its sources when the client leaves, also those whose turn has not come', async () => {
    const unread = new Readable({ read: () => undefined })
    let close = (): void => undefined
    const closed = Promise.all([once(unread, 'close'), new Promise<void>((resolve) => (close = resolve))])
    const app = await serve((target) =>
      target.jsonStream({
        rows: (async function* () {
          try {
            while (true) {
              await turn()
              yield 'x'.repeat(1000)
            }
          } finally {
            close()
          }
        })(),
        more: unread,
      }),
    )
    await requestAndLeave(app.port, 5000)
    await closed
    expect(app.errors).to.deep.equal([])
  })

  it('a generator that never waits leaves the event loop to others', async () => {
    function* many() {
      for (let id = 0; id < 300_000; id++) yield { id }
    }
    const app = await serve((target, { url }) =>
      url === '/rows' ? target.jsonStream({ rows: many() }) : void target.text('x'),
    )
    const long = await answeredBetween(app.port, '/rows')
    expect(JSON.parse(long).rows).to.have.length(300_000)
  })

  it('jsonArray is the same for an iterable alone, and takes iterables in its items', async () => {
    for (const send of [
      (target: any) => target.jsonArray([{ a: [1, 2].values() }, new Set([3])]),
      (target: any) => target.jsonStream([{ a: [1, 2].values() }, new Set([3])].values()),
      (target: any) => target.reply(jsonArray([{ a: [1, 2].values() }, new Set([3])])),
    ]) {
      const { headers, text } = await answer(send)
      expect([headers['content-type'], text]).to.deep.equal([TYPE, '[{"a":[1,2]},[3]]'])
    }
  })

  if (framework.family === 'express') {
    it("Express's settings for JSON count, as in res.json", async () => {
      const setUp = (app: any) => app.set('json spaces', 2).set('json escape', true)
      for (const call of ['jsonStream', 'jsonArray'] as const) {
        const app = await serve((target) => target[call](['<'].values()), { setUp })
        expect((await request(app.port)).text).to.equal('[\n  "\\u003c"\n]')
      }
    })
  }
})
