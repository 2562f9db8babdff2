import { Readable, Stream, Writable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { defineRoutes, Reply, type ResponseMethods } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { requestPartially } from '../support/partial-request.js'
import { transferred } from '../support/transferred.js'
import { Wire } from '../support/wire.js'

/** Any value, as a mistake of the app or a hostile request may bring it. */
type Anything = any

const sync = (iterator: unknown) => ({ [Symbol.iterator]: () => iterator })
const async = (iterator: unknown) => ({ [Symbol.asyncIterator]: () => iterator })

const reject = () => Promise.reject(new Error('no list'))

/** Sources whose iterator breaks its protocol (ECMA-262 §27.1.1). */
const BROKEN_LISTS: Readonly<Record<string, () => unknown>> = {
  'no iterator': () => sync(undefined),
  'an iterator without next': () => sync({}),
  'a promise that rejects in place of an iterator': () => ({ [Symbol.iterator]: reject }),
  'an iterator whose next is no function': () => sync({ next: 5 }),
  'an iterator of numbers in place of results': () => sync({ next: () => 5 }),
  'an iterator of null in place of results': () => sync({ next: () => null }),
  'an iterator of symbols in place of results': () => sync({ next: () => Symbol('odd') }),
}
const BROKEN: typeof BROKEN_LISTS = {
  ...BROKEN_LISTS,
  'no async iterator': () => async(undefined),
  'an async iterator without next': () => async({}),
  'a promise that rejects in place of an async iterator': () => ({ [Symbol.asyncIterator]: reject }),
  'an async iterator of nothing in place of results': () => async({ next: async () => undefined }),
  'an async iterator of numbers at once': () => async({ next: () => 5 }),
  'a reader of nothing in place of results': () => readerOf({ read: async () => undefined, cancel: async () => {} }),
  'a reader that cannot read': () => readerOf({ cancel: async () => {} }),
  'a reader that cannot be cancelled': () => readerOf({ read: async () => ({ done: true }) }),
  'a Node stream with a broken iterator': () =>
    Object.assign(Readable.from(['x']), { [Symbol.asyncIterator]: () => ({ next: async () => null }) }),
  'a Node stream without an iterator': () =>
    Object.assign(Readable.from(['x']), { [Symbol.asyncIterator]: () => undefined }),
}

const readerOf = (reader: unknown) => ({ getReader: () => reader, cancel: async () => {} })

/** Every call that reads a source, and each place that takes one. */
const CALLS: Readonly<Record<string, (target: ResponseMethods, source: Anything) => unknown>> = {
  streaming: (target, source) => target.streaming(source),
  'streaming of a function': (target, source) => target.streaming(() => source),
  ndjson: (target, source) => target.ndjson(source),
  jsonArray: (target, source) => target.jsonArray(source),
  sse: (target, source) => target.sse(source),
  file: (target, source) => target.file(source),
  download: (target, source) => target.download(source, 'x.bin'),
  'download with progress': (target, source) => target.download(source, 'x.bin', { onProgress: () => {} }),
  'download of a part': (target, source) => target.download({ size: 1, read: () => source }, 'x.bin'),
  'zip of entries': (target, source) => target.zip(source),
  'zip of a source': (target, source) => target.zip([{ name: 'a', source }]),
  reply: (target, source) => target.reply(source),
  negotiate: (target, source) => target.negotiate({ text: source }),
}

const ENGINE = /is not a function|is not iterable|undefined is not|Cannot |not an object$|detached/

contract('a source that breaks the protocol of iterators', ({ serve, askForError }) => {
  for (const [call, answer] of Object.entries(CALLS)) {
    for (const [kind, make] of Object.entries(BROKEN)) {
      it(`${call}: ${kind} is a clear error`, async () => {
        const app = await serve((target) => answer(target, make()))
        expect((await askForError(app)).status).to.equal(500)
        expect(app.errors).to.have.length(1)
        const [error] = app.errors
        expect(error).to.have.property('code').that.is.oneOf(['SOURCE_FAILED', 'INVALID_ARGUMENT'])
        expect(error?.message.replace(/the iterator of the source gave .*, not an object/, '')).not.to.match(ENGINE)
      })
    }
  }

  const kit = { routes: defineRoutes({ home: '/home' }), templates: (_name: string, { page }: Anything) => page }

  for (const [kind, make] of Object.entries(BROKEN_LISTS)) {
    it(`redirectTo: ${kind} as the query is a clear error`, async () => {
      const query: Anything = make()
      const app = await serve((target) => target.redirectTo('home', {}, { query }), { kit })
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors[0]).to.include({ code: 'INVALID_OPTION' })
      expect(app.errors[0]?.message).to.match(/^redirectTo\(\): option 'query'/)
    })
  }

  for (const [title, query] of [
    ['of numbers', new Set([1])],
    ['of text', new Set(['ab'])],
    ['of pairs whose name is no text', new Map([[{}, 1]])],
  ] satisfies [string, Anything][]) {
    it(`redirectTo: an iterable ${title} as the query is a clear error`, async () => {
      const app = await serve((target) => target.redirectTo('home', {}, { query: query as Anything }), { kit })
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors[0]).to.include({ code: 'INVALID_OPTION' })
      expect(app.errors[0]?.message).to.match(/^redirectTo\(\): option 'query' must be a list of names and values/)
    })
  }

  for (const [title, query] of [
    ['bytes', Buffer.from('ab')],
    ['transferred bytes', transferred(new Uint8Array(4))],
  ] satisfies [string, Anything][]) {
    it(`redirectTo: ${title} as the query are a clear error`, async () => {
      const app = await serve((target) => target.redirectTo('home', {}, { query: query as Anything }), { kit })
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors[0]).to.include({ code: 'INVALID_OPTION' })
    })
  }

  it('defaultHeader: a list with a broken iterator still has its items', async () => {
    const lines = Object.assign(['a', 'b'], { [Symbol.iterator]: () => ({}) })
    const app = await serve((target) => void target.defaultHeader('X-A', lines).text('sent'))
    expect((await askForError(app)).headers['x-a']).to.equal('a, b')
    expect(new Reply('x').setHeader('X-A', lines).getHeader('X-A')).to.deep.equal(['a', 'b'])
  })

  it('redirectTo: a generator of pairs, which can be read once, is the query', async () => {
    const pairs = function* (): Generator<[string, string]> {
      yield ['a', '1']
      yield ['a', '2']
    }
    const app = await serve((target) => target.redirectTo('home', {}, { query: pairs() }), { kit })
    expect((await askForError(app)).headers.location).to.equal('/home?a=1&a=2')
  })

  it('template: a broken stream is an error that names the call', async () => {
    const app = await serve((target) => target.template('page', { page: async({ next: () => ({ value: 7 }) }) }), {
      kit,
    })
    expect((await askForError(app)).status).to.equal(500)
    expect(app.errors[0]?.message).to.match(/^template: chunk 0 /)
  })

  for (const [kind, make] of Object.entries({
    'a file that is written': () => new Writable({ write: () => {} }),
    'the response itself': (native: Anything) => native.res ?? native.ctx.res,
  })) {
    for (const call of ['streaming', 'ndjson', 'download', 'zip of a source']) {
      it(`${call}: ${kind} is no source`, async () => {
        const app = await serve((target, { native }) => CALLS[call]?.(target, make(native)))
        expect((await askForError(app)).status).to.equal(500)
        expect(app.errors[0]).to.include({ code: 'INVALID_ARGUMENT' })
      })
    }
  }
})

const TRANSFERRED: Readonly<Record<string, () => Anything>> = {
  'an ArrayBuffer': () => transferred(new ArrayBuffer(4)),
  'a Uint8Array': () => transferred(new Uint8Array(4)),
  'a Buffer': () => transferred(Buffer.from(new ArrayBuffer(4))),
  'a DataView': () => transferred(new DataView(new ArrayBuffer(4))),
}

/** Every call that takes bytes, and each place that takes them. */
const BYTE_CALLS: Readonly<Record<string, (target: ResponseMethods, bytes: Anything) => unknown>> = {
  text: (target, bytes) => target.text(bytes),
  html: (target, bytes) => target.html(bytes),
  bytes: (target, bytes) => target.bytes(bytes),
  streaming: (target, bytes) => target.streaming(bytes),
  'a chunk of streaming': (target, bytes) => target.streaming([bytes]),
  file: (target, bytes) => target.file(bytes),
  download: (target, bytes) => target.download(bytes, 'x.bin'),
  'a chunk of download': (target, bytes) => target.download(new Set([bytes]), 'x.bin'),
  'a part of download': (target, bytes) => target.download({ size: 1, read: () => bytes }, 'x.bin'),
  'zip of a source': (target, bytes) => target.zip([{ name: 'a', source: bytes }]),
  'a chunk of zip': (target, bytes) => target.zip([{ name: 'a', source: new Set([bytes]) }]),
  reply: (target, bytes) => target.reply(bytes),
  negotiate: (target, bytes) => target.negotiate({ text: bytes }),
}

contract('bytes whose memory has been transferred', ({ serve, askForError }) => {
  for (const [call, answer] of Object.entries(BYTE_CALLS)) {
    for (const [kind, make] of Object.entries(TRANSFERRED)) {
      it(`${call}: ${kind} is a clear error, and no empty answer`, async () => {
        const app = await serve((target) => answer(target, make()))
        expect((await askForError(app)).status).to.equal(500)
        expect(app.errors).to.have.length(1)
        const [error] = app.errors
        expect(error).to.have.property('code').that.is.oneOf(['INVALID_ARGUMENT', 'INVALID_CHUNK'])
        const [name] = call.split(' ').filter((word) => word in { ...BYTE_CALLS, zip: true })
        expect(error?.message)
          .to.match(/bytes that have not been transferred/)
          .and.contain(name)
      })
    }
  }
})

/** What runs between the call of a handler and the first read of its source, and after that. */
const MOMENTS: Readonly<Record<string, (fail: () => void) => unknown>> = {
  'in the next microtask': (fail) => queueMicrotask(fail),
  'ten microtasks later': async (fail) => {
    for (let count = 0; count < 10; count++) await undefined
    fail()
  },
  'in the next tick': (fail) => process.nextTick(fail),
  'in a tick after a microtask': (fail) => queueMicrotask(() => process.nextTick(fail)),
  'in the next turn': (fail) => setImmediate(fail),
}

contract('a Node stream that emits an error and does not destroy itself', ({ serve }) => {
  for (const call of ['streaming', 'sse', 'ndjson', 'jsonArray', 'file', 'download', 'zip of a source'] as const) {
    it(`${call}: ends the answer and is destroyed, whenever it fails`, async () => {
      const moments = Object.values(MOMENTS)
      const streams: Readable[] = []
      const app = await serve((target, { url }) => {
        const stream = new Readable({ objectMode: true, autoDestroy: false, read() {} })
        streams.push(stream)
        stream.push('text')
        moments[Number(url.slice(1))]?.(() => stream.emit('error', new Error('broken')))
        return CALLS[call]?.(target, stream)
      })
      for (const index of moments.keys()) {
        const answer = await requestPartially(app.port, { path: `/${index}` })
        expect(answer.status >= 500 || !answer.isComplete).to.equal(true)
      }
      expect(streams.map(({ destroyed }) => destroyed)).to.deep.equal(moments.map(() => true))
      expect(app.errors.map(({ message }) => message)).to.deep.equal(moments.map(() => 'broken'))
    })
  }
})

async function* failingLater(): AsyncGenerator<string> {
  yield 'x'.repeat(100)
  await turn()
  throw new Error('broken')
}

/** Answers whose source fails after its first bytes. */
const FAILING: Readonly<Record<string, (target: ResponseMethods) => unknown>> = {
  streaming: (target) => target.streaming(failingLater()),
  ndjson: (target) => target.ndjson(failingLater()),
  'file of an object': (target) => target.file({ size: 200, read: failingLater }),
}

contract('a source that fails before its pipelined response has its turn', ({ serve }) => {
  for (const [call, answer] of Object.entries(FAILING)) {
    it(`${call}: the connection ends at that turn`, async () => {
      let noteFailure = (): void => undefined
      const failed = new Promise<void>((resolve) => {
        noteFailure = resolve
      })
      const app = await serve(
        (target, { url }) => {
          if (url === '/second') return answer(target)
          return url === '/first' ? failed.then(() => turn()).then(() => target.text('first')) : target.text('third')
        },
        { kit: { onError: noteFailure }, problems: { onError() {} } }, // Express's own last handler ends the connection at once
      )
      const wire = await Wire.connect(app.port)
      wire.get('/first').get('/second').get('/third')
      const received = (await wire.receiveAll()).toString('latin1')
      expect(received).to.match(/^HTTP\/1\.1 200 OK\r\n/)
      expect(received).to.include('\r\n\r\nfirst').and.not.include('third')
    })
  }
})

/** Streams that count how often they are closed. One that closes its file descriptor twice may close that of another file. */
const CLOSABLE: Readonly<Record<string, (close: () => void) => Anything>> = {
  'a stream of the old kind with destroy': (close) => Object.assign(new Stream(), { readable: true, destroy: close }),
  'a stream of the old kind with close': (close) => Object.assign(new Stream(), { readable: true, close }),
  'a Node stream': (close) =>
    new Readable({
      objectMode: true,
      read() {},
      destroy(error, callback) {
        close()
        callback(error)
      },
    }),
}

contract('a stream that fails is closed once', ({ serve }) => {
  for (const [kind, make] of Object.entries(CLOSABLE)) {
    it(`${kind}, whenever it fails`, async () => {
      const moments = Object.values(MOMENTS)
      const counts = moments.map(() => 0)
      const app = await serve((target, { url }) => {
        const index = Number(url.slice(1))
        const stream = make(() => counts.splice(index, 1, (counts[index] ?? 0) + 1))
        moments[index]?.(() => stream.emit('error', new Error('broken')))
        return target.streaming(stream)
      })
      for (const index of moments.keys()) await requestPartially(app.port, { path: `/${index}` })
      expect(counts).to.deep.equal(moments.map(() => 1))
      expect(app.errors.map(({ message }) => message)).to.deep.equal(moments.map(() => 'broken'))
    })
  }
})
