import { Readable } from 'node:stream'
import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { sse } from '../../src/index.js'
import { channelsOfTest } from '../support/channels-of-test.js'
import { contract } from '../support/contract.js'
import { responding } from '../support/responding.js'
import { importSecondCopy } from '../support/second-copy.js'

let loading: Promise<any> | undefined
/** To load it takes a second, so all frameworks share one. */
const secondCopy = (): Promise<any> => {
  loading ??= importSecondCopy('index.ts')
  return loading
}

const webStream = (text: string): ReadableStream => new Blob([text]).stream()

contract('a Reply of another copy of the package', ({ framework, answer, serve, askForError }) => {
  let copy: any
  before(async () => {
    copy = await secondCopy()
  })
  const sources: readonly [call: string, make: () => any, status: number, type: string | undefined, text: string][] = [
    ['text', () => copy.text('a'), 200, 'text/plain; charset=utf-8', 'a'],
    ['html', () => copy.html('<b>'), 200, 'text/html; charset=utf-8', '<b>'],
    ['json', () => copy.json({ a: 1 }, { space: 1 }), 200, 'application/json; charset=utf-8', '{\n "a": 1\n}'],
    ['bytes', () => copy.bytes(Buffer.from('b'), { type: 'a/b' }), 200, 'a/b', 'b'],
    ['empty', () => copy.empty(202), 202, undefined, ''],
    [
      'problem',
      () => copy.problem({ status: 409, title: 'T' }),
      409,
      'application/problem+json',
      '{"title":"T","status":409}',
    ],
    ['streaming', () => copy.streaming(['a', 'b'], { type: 'a/b' }), 200, 'a/b', 'ab'],
    [
      'streaming of a stream',
      () => copy.streaming(Readable.from(['a'], { objectMode: false }), { type: 'a/b' }),
      200,
      'a/b',
      'a',
    ],
    ['streaming of a web stream', () => copy.streaming(webStream('a'), { type: 'a/b' }), 200, 'a/b', 'a'],
    ['download of a web stream', () => copy.download(webStream('a'), 'a.bin'), 200, 'application/octet-stream', 'a'],
    [
      'html with a web stream',
      () => copy.html(copy.html`<p>${webStream('a')}`),
      200,
      'text/html; charset=utf-8',
      '<p>a',
    ],
    ['ndjson', () => copy.ndjson([1, 2]), 200, 'application/x-ndjson', '1\n2\n'],
    ['jsonArray', () => copy.jsonArray([1, 2]), 200, 'application/json; charset=utf-8', '[1,2]'],
    ['sse', () => copy.sse(['x']), 200, 'text/event-stream', 'data: x\n\n'],
    ['file', () => copy.file(Buffer.from('f'), { type: 'a/b' }), 200, 'a/b', 'f'],
    ['download', () => copy.download(Buffer.from('f'), 'f.bin'), 200, 'application/octet-stream', 'f'],
    ['redirect', () => copy.redirect('/next'), 302, 'text/plain; charset=utf-8', 'Found. Redirecting to /next'],
    ['back', () => copy.back('/there'), 302, 'text/plain; charset=utf-8', 'Found. Redirecting to /there'],
    ['toIntended', () => copy.toIntended('/there'), 302, 'text/plain; charset=utf-8', 'Found. Redirecting to /there'],
  ]
  for (const [call, make, status, type, text] of sources) {
    it(`is sent like an own one: ${call}`, async () => {
      const given = await answer((target) => target.reply(make()))
      expect([given.status, given.headers['content-type'], given.text]).to.deep.equal([status, type, text])
    })
  }

  it('brings status, fields, cookies with attributes and tasks', async () => {
    const outcomes: unknown[] = []
    const handler = responding(framework, () =>
      copy
        .text('x', { status: 418, headers: { 'X-Foo': ['a', 'b'], Vary: 'Accept' }, cookies: { plain: 1 } })
        .setCookie('a', '1', { httpOnly: true })
        .deleteCookie('old')
        .afterSend((outcome: unknown) => outcomes.push(outcome)),
    )
    const { status, headers } = await answer(handler)
    expect(status).to.equal(418)
    expect(headers).to.include({ 'x-foo': 'a, b', vary: 'Accept' })
    expect(headers['set-cookie']).to.have.length(3)
    expect(headers['set-cookie']?.[1]).to.match(/^a=1;.*HttpOnly/)
    expect(headers['set-cookie']?.[2]).to.match(/^old=;.*Max-Age=0/)
    expect(outcomes).to.deep.equal([{ aborted: false, error: undefined }])
  })

  it('is chosen by negotiate(), and brought by a promise', async () => {
    const chosen = await answer((target) => target.negotiate({ html: () => copy.html('<i>') }))
    expect(chosen.text).to.equal('<i>')
    expect((await answer((target) => target.reply(Promise.resolve(copy.text('later'))))).text).to.equal('later')
  })

  it('has its stream closed if it comes too late', async () => {
    const late = Readable.from(['a'], { objectMode: false })
    const app = await serve(async (target) => {
      target.text('first')
      try {
        await target.reply(copy.streaming(late))
      } catch {}
    })
    await askForError(app)
    expect(late.destroyed).to.equal(true)
  })

  it('an error of another realm that a handler returns is no JSON', async () => {
    const app = await serve(responding(framework, () => runInNewContext("new RangeError('boom')")))
    expect((await askForError(app)).status).to.equal(500)
    expect(app.errors.map(({ message }) => message)).to.deep.equal(['boom'])
  })

  it('an object of a client that looks like an error is JSON', async () => {
    const value = { name: 'Error', message: 'm', stack: 's' }
    const { status, text } = await answer((target) => target.reply(value))
    expect([status, JSON.parse(text)]).to.deep.equal([200, value])
  })
})

contract('a Reply of a version that this copy cannot read', ({ answer, serve, askForError }) => {
  const later = { [Symbol.for('response-kit.reply')]: () => ({ version: 2 }) }

  it('is no error if another choice is sent', async () => {
    const { text } = await answer((target) => target.negotiate({ html: '<p>', json: later }))
    expect(text).to.equal('<p>')
  })

  it('is refused as any other if the request has its answer', async () => {
    const codes: unknown[] = []
    const app = await serve((target) => {
      target.text('first')
      try {
        target.reply(later)
      } catch (error) {
        codes.push((error as { code?: unknown }).code)
      }
    })
    expect((await askForError(app)).text).to.equal('first')
    expect(codes).to.deep.equal(['ALREADY_SENT'])
  })
})

contract('a channel of another copy of the package', ({ serve, askForError }) => {
  const { create, keep } = channelsOfTest()
  let copy: any
  before(async () => {
    copy = await secondCopy()
  })
  const handlers: readonly [title: string, handler: (target: any, other: any) => unknown][] = [
    ['given to sse()', (target, other) => target.sse(other)],
    ['with options of channels', (target, other) => target.sse(other, { client: { id: 'u7' } })],
    ['in a list', (target, other) => target.sse([other])],
    ['beside an own one', (target, other) => target.sse([create(), other])],
    ['before an own one', (target, other) => target.sse([other, create()])],
    ['as a topic', (target) => target.sse(keep(copy.channels()).topic('news'))],
    ['from a function', (target, other) => target.sse(() => other)],
    ['promised by a function', (target, other) => target.sse(async () => [other])],
    ['in a Reply', (target, other) => target.reply(sse(other))],
    ['in a Reply of that copy', (target, other) => target.reply(copy.sse(other))],
  ]
  for (const [title, handler] of handlers) {
    it(`is refused by an error that says so, before anything is sent: ${title}`, async () => {
      const other = keep(copy.channel())
      await other.publish('one')
      const app = await serve((target) => handler(target, other))
      const { status, headers } = await askForError(app)
      expect(status).to.equal(500)
      expect(headers['content-type']).not.to.equal('text/event-stream')
      expect(app.errors.map((error) => (error as { code?: unknown }).code)).to.deep.equal(['INVALID_ARGUMENT'])
      expect(app.errors[0]?.message).to.include('this channel comes from another copy of response-kit')
      expect(other.size).to.equal(0)
    })
  }
})
