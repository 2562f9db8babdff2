import { once } from 'node:events'
import http from 'node:http'
import { setTimeout as delay, setImmediate } from 'node:timers/promises'
import { expect } from 'chai'
import { channel, streaming } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { LARGE_SIZE, largePath } from '../support/large-body.js'
import { requestPartially } from '../support/partial-request.js'
import { request } from '../support/request.js'
import { Wire } from '../support/wire.js'

const never = new Promise<never>(() => undefined)

const writeHeadFields: readonly (readonly [form: string, fields: unknown])[] = [
  ['a record', { 'X-A': '1', Connection: 'keep-alive' }],
  [
    'a list of pairs',
    [
      ['X-A', '1'],
      ['connection', 'Keep-Alive'],
    ],
  ],
  ['a list', ['X-A', 'connection', 'Connection', 'keep-alive']],
]

/** Calls with a function that makes the source of the request, and what they send. */
const sourceFunctions: Readonly<
  Record<string, readonly [call: (target: any, make: () => unknown) => unknown, text: string]>
> = {
  'streaming()': [(target, make) => target.streaming(make), 'ab'],
  'ndjson()': [(target, make) => target.ndjson(make), '"a"\n"b"\n'],
  'jsonArray()': [(target, make) => target.jsonArray(make), '["a","b"]'],
  'jsonStream()': [(target, make) => target.jsonStream(make), '["a","b"]'],
  'csv()': [(target, make) => target.csv(make, { bom: false }), 'a\r\nb\r\n'],
  'sse()': [(target, make) => target.sse(make), 'data: a\n\ndata: b\n\n'],
  'reply()': [(target, make) => target.reply(streaming(make as () => AsyncIterable<string>)), 'ab'],
  'negotiate()': [
    (target, make) => target.negotiate({ csv: () => streaming(make as () => AsyncIterable<string>) }),
    'ab',
  ],
}

contract('shutdown', ({ serve, ask, askForError }) => {
  let waiting = 0
  beforeEach(() => {
    waiting = 0
  })
  const aborted = (signal: AbortSignal): Promise<unknown> => {
    const fired = once(signal, 'abort')
    waiting += 1
    return fired
  }
  const areWaiting = async (count: number): Promise<void> => {
    while (waiting < count) await setImmediate()
  }

  it('event streams end with a last event, and server.close() returns', async () => {
    const shutdown = new AbortController()
    const news = channel()
    const responses: http.ServerResponse[] = []
    const app = await serve(
      (target, { url, native }) => {
        responses.push(native.res)
        if (url === '/channel') return target.sse(news)
        return target.sse(async function* () {
          yield 'first'
          await never
        })
      },
      { kit: { shutdown: shutdown.signal, grace: '1h' } },
    )
    app.server.keepAliveTimeout = 3_600_000 // as the grace: a test that waits for one of the two never ends
    const agent = new http.Agent({ keepAlive: true })
    const answers = ['/channel', '/', '/', '/'].map((path) => requestPartially(app.port, { path, agent }))
    while (responses.length < answers.length || !responses.every((res) => res.headersSent)) await setImmediate()
    const closed = once(app.server, 'close')
    app.server.close()
    shutdown.abort()
    for (const { text, isComplete } of await Promise.all(answers)) {
      expect(text.endsWith('event: shutdown\ndata: \n\n')).to.equal(true)
      expect(isComplete).to.equal(true)
    }
    await closed
    agent.destroy()
    expect(app.errors).to.deep.equal([])
  })

  it('downloads complete beside event streams that end, and server.close() waits for nothing else', async function () {
    this.timeout(20_000)
    const shutdown = new AbortController()
    const news = channel()
    const app = await serve((target, { url }) => (url === '/events' ? target.sse(news) : target.download(largePath)), {
      kit: { shutdown: shutdown.signal, grace: '1h' },
    })
    app.server.keepAliveTimeout = 3_600_000 // as the grace: a test that waits for one of the two never ends
    const streams = Array.from({ length: 5 }, () => requestPartially(app.port, { path: '/events' }))
    const downloads = await Promise.all([Wire.connect(app.port), Wire.connect(app.port)])
    // Under way: the head and something of the body have come, the rest is more than the sockets hold.
    await Promise.all(downloads.map((wire) => wire.get('/file').receive(1000)))
    while (news.size < 5) await setImmediate()
    const closed = once(app.server, 'close')
    app.server.close()
    shutdown.abort()
    for (const { text, isComplete } of await Promise.all(streams)) {
      expect(text.endsWith('event: shutdown\ndata: \n\n')).to.equal(true)
      expect(isComplete).to.equal(true)
    }
    for (const wire of downloads) {
      await wire.receiveAll()
      expect(wire.body.length).to.equal(LARGE_SIZE)
    }
    await closed
    expect(app.errors).to.deep.equal([])
  })

  for (const [title, answerIt] of [
    ['a text', (target: any) => void target.text('x')],
    [
      "the framework's own answer",
      (_target: any, { native: { res, ctx } }: any) => {
        if (ctx === undefined) res.send('x')
        else ctx.body = 'x'
      },
    ],
    [
      'an answer that sets Connection: keep-alive',
      (target: any) => void target.setHeader('connection', 'keep-alive').text('x'),
    ],
    ...writeHeadFields.map(
      ([form, fields]) =>
        [
          `writeHead() with Connection: keep-alive in ${form}`,
          (_target: any, { native: { res, ctx } }: any) => {
            if (ctx !== undefined) ctx.respond = false
            res.removeHeader('X-Powered-By') // beside staged fields, writeHead() takes no list of pairs
            res.writeHead(200, fields).end('x')
          },
        ] as const,
    ),
    [
      'an error page',
      () => {
        throw new Error('failed')
      },
    ],
  ] as const) {
    for (const when of ['before', 'after']) {
      it(`${title} to a request that came ${when} the signal says that its connection ends (RFC 9112 §9.6)`, async () => {
        const shutdown = new AbortController()
        const app = await serve(
          async (target, request) => {
            if (when === 'before') shutdown.abort()
            return answerIt(target, request)
          },
          { kit: { shutdown: shutdown.signal } },
        )
        if (when === 'after') shutdown.abort()
        const agent = new http.Agent({ keepAlive: true })
        const { headers } = await request(app.port, { agent }) // the frameworks' own answers differ
        expect(headers.connection).to.equal('close')
        await once(app.server.close(), 'close') // no connection is left that would hold it back
        agent.destroy()
      })
    }
  }

  for (const [when, path] of [
    ['while the first one is sent', '/under-way'],
    ['before the first one has begun', '/later'],
  ] as const) {
    it(`a pipelined request that was taken ${when} is answered, and then the connection ends`, async () => {
      const shutdown = new AbortController()
      let count = 0
      let go = (): void => undefined
      const going = new Promise<void>((resolve) => {
        go = resolve
      })
      const app = await serve(
        async (target, { url }) => {
          count += 1
          if (url === '/second') return target.text('second')
          if (url === '/later') {
            await going
            return target.text('first')
          }
          return target.streaming(async function* () {
            yield 'begun '
            await going
            yield 'first'
          })
        },
        { kit: { shutdown: shutdown.signal, grace: '1h' } },
      )
      const wire = await Wire.connect(app.port)
      wire.get(path).get('/second')
      if (path === '/under-way') await wire.receive(1)
      while (count < 2) await setImmediate()
      const closed = once(app.server, 'close')
      app.server.close()
      shutdown.abort()
      go()
      const text = (await wire.receiveAll()).toString()
      await closed
      expect(text).to.match(/first.*HTTP\/1\.1 200 OK.*second$/s)
    })
  }

  for (const [name, [call, expected]] of Object.entries(sourceFunctions)) {
    for (const when of ['before the call', 'while the function works'] as const) {
      it(`${name}: a signal ${when} leaves the grace time to the source that a function makes`, async () => {
        const shutdown = new AbortController()
        const app = await serve(
          (target) => {
            if (when === 'before the call') shutdown.abort()
            return call(target, async () => {
              await setImmediate()
              shutdown.abort()
              return (async function* () {
                for (const letter of ['a', 'b']) yield name === 'csv()' ? [letter] : letter
              })()
            })
          },
          { kit: { shutdown: shutdown.signal, grace: '1h' } },
        )
        const { status, text } = await ask(app)
        expect({ status, text }).to.deep.equal({ status: 200, text: expected })
      })
    }
  }

  const waitingSources: Readonly<Record<string, (context: { signal: AbortSignal }) => any>> = {
    'a generator that waits with its signal': async function* ({ signal }) {
      yield await delay(60_000, 'late', { signal })
    },
    'a function that waits with its signal': async ({ signal }) => delay(60_000, ['late'], { signal }),
    'a function that asks its signal': ({ signal }) => {
      signal.throwIfAborted()
      return ['late']
    },
  }

  for (const [name, source] of Object.entries(waitingSources)) {
    it(`after the signal, the event stream of ${name} ends: after a 503, an EventSource does not return`, async () => {
      const shutdown = new AbortController()
      shutdown.abort()
      const app = await serve((target) => target.sse(source, { retry: 1 }), { kit: { shutdown: shutdown.signal } })
      const { status, text } = await ask(app)
      expect({ status, text }).to.deep.equal({ status: 200, text: 'retry: 1000\n\nevent: shutdown\ndata: \n\n' })
      expect(app.errors).to.deep.equal([])
    })

    it(`after the signal, ${name} fails by the shutdown: 503`, async () => {
      const shutdown = new AbortController()
      shutdown.abort()
      const told: unknown[] = []
      const app = await serve((target) => target.streaming(source), {
        kit: { shutdown: shutdown.signal, onError: (error) => told.push((error as { code?: unknown }).code) },
      })
      expect((await askForError(app)).status).to.equal(503)
      expect(told).to.deep.equal(['ESHUTDOWN'])
    })
  }

  it("after the signal, a source's own error stays, though its cause is the signal's", async () => {
    const shutdown = new AbortController()
    shutdown.abort()
    const app = await serve(
      (target) =>
        target.streaming(({ signal }) => {
          throw Object.assign(new Error('busy', { cause: signal.reason }), { status: 429 })
        }),
      { kit: { shutdown: shutdown.signal } },
    )
    expect((await askForError(app)).status).to.equal(429)
  })

  it('a source that takes its signal sends its own last words', async () => {
    const shutdown = new AbortController()
    const app = await serve(
      (target) =>
        target.sse(async function* ({ signal }) {
          yield 'first'
          await aborted(signal)
          yield 'moving to another server'
        }),
      { kit: { shutdown: shutdown.signal, grace: '5s' } },
    )
    const answer = requestPartially(app.port)
    await areWaiting(1)
    shutdown.abort()
    expect((await answer).text).to.equal('data: first\n\ndata: moving to another server\n\n')
  })

  it('an event stream whose source waits with its signal ends as a whole', async () => {
    const shutdown = new AbortController()
    const app = await serve(
      (target) =>
        target.sse(async function* ({ signal }) {
          yield 'first'
          waiting += 1
          yield await delay(60_000, 'late', { signal })
        }),
      { kit: { shutdown: shutdown.signal } },
    )
    const answer = requestPartially(app.port)
    await areWaiting(1)
    shutdown.abort()
    expect(await answer).to.include({ text: 'data: first\n\nevent: shutdown\ndata: \n\n', isComplete: true })
    expect(app.errors).to.deep.equal([])
  })

  it('any other stream may finish within the grace time, and is cut after it', async () => {
    const shutdown = new AbortController()
    const app = await serve(
      (target, { url }) =>
        target.streaming(async function* ({ signal }) {
          yield 'first '
          await aborted(signal)
          yield 'second'
          if (url === '/endless') await never
        }),
      { kit: { shutdown: shutdown.signal, grace: '100ms' } },
    )
    const answers = ['/', '/endless'].map((path) => requestPartially(app.port, { path }))
    await areWaiting(2)
    shutdown.abort()
    const [whole, cut] = await Promise.all(answers)
    expect(whole).to.include({ text: 'first second', isComplete: true })
    expect(cut).to.include({ text: 'first second', isComplete: false })
    expect(app.errors).to.have.length(1)
    expect(app.errors[0]).to.include({ code: 'ESHUTDOWN' })
  })
})
