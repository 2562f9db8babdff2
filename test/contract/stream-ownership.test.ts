import { EventEmitter } from 'node:events'
import { createInterface } from 'node:readline'
import { PassThrough, Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { type Reply, type ResponseMethods, streaming, text } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { requestAndLeave, requestPartially } from '../support/partial-request.js'
import { rawExchange } from '../support/raw-exchange.js'
import { request } from '../support/request.js'
import { responding } from '../support/responding.js'

/** A source that a test can make fail at any time, and the failure that must not end the process. */
interface Fragile {
  readonly source: any
  fail(): void
}

/** A stream as Node had them before 0.10. */
class OldStream extends EventEmitter {
  pipe(): void {}
  pause(): void {}
  resume(): void {}
  destroy(): void {}
}

function fragileStream(stream: Readable): Fragile {
  return { source: stream, fail: () => void stream.emit('error', new Error('late')) }
}

const fragile: Record<string, () => Fragile> = {
  'a Readable': () => fragileStream(new Readable({ read: () => undefined })),
  'a Readable in object mode': () => fragileStream(new Readable({ objectMode: true, read: () => undefined })),
  'a Duplex': () => fragileStream(new PassThrough()),
  'a stream of the old kind': () => {
    const stream = new OldStream()
    return { source: stream, fail: () => void stream.emit('error', new Error('late')) }
  },
  'the lines of node:readline': () => {
    const input = new PassThrough()
    return { source: createInterface({ input }), fail: () => void input.emit('error', new Error('late')) }
  },
  'a web stream': () => {
    let controller: ReadableStreamDefaultController | undefined
    const source = new ReadableStream({
      start: (given) => {
        controller = given
      },
    })
    return { source, fail: () => controller?.error(new Error('late')) }
  },
  'an array of promises': () => {
    let reject = (_: Error): void => undefined
    const promise = new Promise((_, given) => {
      reject = given
    })
    return { source: ['x', promise], fail: () => reject(new Error('late')) }
  },
  'an async iterator': () => {
    let reject = (_: Error): void => undefined
    const next = new Promise<never>((_, given) => {
      reject = given
    })
    return {
      source: { [Symbol.asyncIterator]: () => ({ next: () => next }) },
      fail: () => {
        next.catch(() => undefined) // the kit may not have asked for it
        reject(new Error('late'))
      },
    }
  },
}

const calls: Record<string, (target: ResponseMethods, source: any) => Promise<void>> = {
  streaming: (target, source) => target.streaming(source),
  ndjson: (target, source) => target.ndjson(source),
  jsonArray: (target, source) => target.jsonArray(source),
  sse: (target, source) => target.sse(source),
  file: (target, source) => target.file(Array.isArray(source) ? new Set(source) : source), // an array is no file
}

contract('a source has an owner from the call on', ({ serve }) => {
  for (const [call, send] of Object.entries(calls)) {
    for (const [name, make] of Object.entries(fragile)) {
      it(`${call} of ${name}: refused, it may fail`, async () => {
        const { source, fail } = make()
        const app = await serve((target) => {
          target.text('first')
          expect(() => send(target, source)).to.throw()
          fail()
        })
        expect((await request(app.port)).text).to.equal('first')
        fail()
        await turn()
        expect(app.errors).to.deep.equal([])
      })

      it(`${call} of ${name}: not read for HEAD, it may fail`, async () => {
        const { source, fail } = make()
        const app = await serve((target) => {
          const sent = send(target, source)
          fail()
          return sent
        })
        expect((await request(app.port, { method: 'HEAD' })).status).to.equal(200)
        fail()
        await turn()
        expect(app.errors).to.deep.equal([])
      })

      it(`${call} of ${name}: a failure before the first chunk is one error`, async () => {
        const { source, fail } = make()
        const app = await serve((target) => {
          const sent = send(target, source)
          setImmediate(fail)
          return sent
        })
        const { isComplete, status } = await requestPartially(app.port)
        // An array has given its first chunk by then.
        expect(status === 500 || !isComplete).to.equal(true)
        expect(app.errors.map(({ message }) => message)).to.deep.equal(['late'])
        fail()
        await turn()
      })

      it(`${call} of ${name}: after its client left, it may fail`, async () => {
        const { source, fail } = make()
        let sent: Promise<void> | undefined
        const app = await serve((target) => {
          sent = call === 'sse' ? target.sse(source, { heartbeat: '5ms' }) : send(target, wrapped(source))
          return sent
        })
        await requestAndLeave(app.port, 1)
        await turn()
        fail()
        await turn()
        expect(app.errors).to.deep.equal([])
      })
    }
  }
})

contract('an emitter of the whole app that is read by its iterator', ({ serve }) => {
  it('goes on after an error that the app listens to', async () => {
    const bus = Object.assign(new EventEmitter(), {
      async *[Symbol.asyncIterator]() {
        yield 'news'
      },
    })
    bus.on('error', () => undefined)
    const app = await serve((target) => target.streaming(bus))
    for (const _request of ['first', 'second']) {
      expect((await request(app.port)).text).to.equal('news')
      bus.emit('error', new Error('the connection was lost, and is back'))
    }
    expect(app.errors).to.deep.equal([])
  })
})

contract('a stream that fails in the turn in which the app makes it', ({ serve }) => {
  const failing = (): Readable => new Readable({ objectMode: true, read: () => undefined }).destroy(new Error('late'))
  // A stream of the calls after `download` was never without an owner: the kit calls these functions when promises settle.
  const ways: Record<string, (target: any) => unknown> = {
    'given to file': (target) => target.file(failing()),
    'made for file': (target) => target.file(failing),
    'made for download': (target) => target.download(failing, 'a.txt'),
    'read from a random-access source': (target) => target.file({ size: 3, read: failing }),
    'made for streaming': (target) => target.streaming(failing),
    'made for ndjson': (target) => target.ndjson(failing),
    'made for csv': (target) => target.csv(failing),
    'made for jsonStream': (target) => target.jsonStream(() => ({ list: failing() })),
    'made for an entry of zip': (target) => target.zip([{ name: 'a', source: failing }]),
    'in an entry that is made': (target) => target.zip(entries()),
  }
  function* entries(): Generator<object> {
    yield { name: 'a', source: failing() }
  }
  for (const [way, send] of Object.entries(ways)) {
    it(`${way}: is one error of this answer`, async () => {
      const app = await serve(send)
      const { isComplete, status } = await requestPartially(app.port)
      expect(status === 500 || !isComplete).to.equal(true)
      expect(app.errors.map(({ message }) => message)).to.deep.equal(['late'])
    })
  }
})

contract('a stream that emits an error before it is read, and is not destroyed', ({ serve }) => {
  const ways: Record<string, (target: any, stream: Readable) => unknown> = {
    file: (target, stream) => target.file(stream),
    streaming: (target, stream) => target.streaming(stream),
    'the second entry of zip': (target, stream) =>
      target.zip([
        { name: 'a', source: ['x'].values() },
        { name: 'b', source: stream },
      ]),
  }
  for (const [way, send] of Object.entries(ways)) {
    it(`${way}: is one error of this answer, which ends`, async () => {
      const app = await serve((target) => {
        const stream = new Readable({ autoDestroy: false, read: () => undefined })
        const sent = send(target, stream)
        stream.emit('error', new Error('late'))
        return sent
      })
      const { isComplete, status } = await requestPartially(app.port)
      expect(status === 500 || !isComplete).to.equal(true)
      expect(app.errors.map(({ message }) => message)).to.deep.equal(['late'])
    })
  }
})

contract('a stream that emits undefined in the place of an error before it is read', ({ serve }) => {
  it('is one error of this answer, which ends', async () => {
    const app = await serve((target) => {
      const stream = new Readable({ autoDestroy: false, read: () => undefined })
      const sent = target.streaming(stream)
      stream.emit('error')
      return sent
    })
    const { isComplete, status } = await requestPartially(app.port)
    expect(status === 500 || !isComplete).to.equal(true)
    expect(app.errors).to.have.length(1)
  })
})

contract('a thenable in a list, such as a database query', ({ serve, ask }) => {
  for (const [call, expected] of [
    ['streaming', 'row'],
    ['ndjson', '"row"\n'],
    ['jsonArray', '["row"]'],
  ] as const) {
    it(`${call}: is asked once`, async () => {
      let asked = 0
      const query = () => ({
        // biome-ignore lint/suspicious/noThenProperty: that is what a query is
        then(resolve: (value: string) => void): void {
          asked++
          resolve('row')
        },
      })
      const app = await serve((target) => target[call]([query()] as any))
      expect((await ask(app)).text).to.equal(expected)
      expect(asked).to.equal(1)
    })
  }
})

/** The source with a chunk before it, so that the head goes out. */
function wrapped(source: any): any {
  return (async function* () {
    yield 'first'
    yield* source instanceof OldStream ? new Readable({ objectMode: true }).wrap(source as any) : source
  })()
}

contract('a length that is announced wrongly', ({ serve }) => {
  const bodies: Record<string, (target: any) => unknown> = {
    streaming: (target) => target.streaming(['12345']),
    'streaming of an async generator': (target) =>
      target.streaming(async function* () {
        yield '12'
        await turn()
        yield '345'
      }),
    ndjson: (target) => target.ndjson([123]),
    jsonArray: (target) => target.jsonArray([123]),
    'download of a generator': (target) => target.download(['12345'].values(), 'a.txt'),
  }
  for (const [name, send] of Object.entries(bodies)) {
    for (const length of [3, 9]) {
      it(`${name} under a Content-Length of ${length}: cut, and no byte in the next response`, async () => {
        const app = await serve((target, { url }) =>
          url === '/next' ? target.text('next') : send(target.setHeader('Content-Length', `${length}`)),
        )
        const [first, next] = ['/', '/next'].map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
        const received = await rawExchange(app.port, `${first}${next}`)
        const body = received.slice(received.indexOf('\r\n\r\n') + 4)
        expect(body.length).to.be.at.most(Math.min(length, 6)) // the connection is lost, so nothing follows
        expect(app.errors).to.have.length(1)
      })
    }
  }
})

contract('a source that is not sent is released', ({ framework, serve, answer, ask }) => {
  const open = (): Readable => new Readable({ read: () => undefined })
  const answers: Readonly<Record<string, (reply: Reply, target: any) => unknown>> = {
    'another value': () => 'sent',
    'another Reply': () => text('sent'),
    'a promise of another value': async () => 'sent',
    'what the handler has sent': async (_reply, target) => {
      await target.reply('sent')
      return target
    },
  }
  for (const [title, finish] of Object.entries(answers)) {
    it(`the body of the Reply of respond(), if the handler answers with ${title}`, async () => {
      const source = open()
      const handler = responding(framework, (reply, target) => {
        reply.streaming = source
        return finish(reply, target)
      })
      expect((await answer(handler)).text).to.equal('sent')
      expect(source.destroyed).to.equal(true)
    })
  }

  for (const kind of ['throws', 'rejects']) {
    it(`the body of the Reply of respond(), if the handler ${kind}`, async () => {
      const source = open()
      const app = await serve(
        responding(framework, (reply) => {
          reply.streaming = source
          const error = new Error('failed')
          if (kind === 'throws') throw error
          return Promise.reject(error)
        }),
      )
      expect((await request(app.port)).status).to.equal(500)
      expect(source.destroyed).to.equal(true)
    })
  }

  it('but not a source that the Reply of respond() shares with what is sent', async () => {
    const handler = responding(framework, (reply) => {
      const source = Readable.from(['sent'], { objectMode: false })
      reply.streaming = source
      return source
    })
    expect((await answer(handler)).text).to.equal('sent')
  })

  it('the choices of negotiate() that the client does not get', async () => {
    const sources: Readable[] = []
    const app = await serve((target) => {
      const made = [open(), open(), open(), open()] as const
      sources.push(...made)
      return target.negotiate({
        text: 'sent',
        csv: made[0],
        html: streaming(made[1]),
        xml: responseOf(made[2]),
        default: made[3],
      })
    })
    expect((await ask(app, { headers: { accept: 'text/plain' } })).text).to.equal('sent')
    while (!sources.every(({ destroyed }) => destroyed)) await turn()
  })

  it('all choices of negotiate(), if the client gets a 406', async () => {
    const sources: Readable[] = []
    const app = await serve((target) => {
      sources.push(open(), open())
      return target.negotiate({ html: sources[0], json: streaming(sources[1] as Readable) })
    })
    expect((await ask(app, { headers: { accept: 'image/png' } })).status).to.equal(406)
    expect(sources.map(({ destroyed }) => destroyed)).to.deep.equal([true, true])
  })

  for (const [title, make] of [
    ['a stream', (source: Readable) => source],
    ['a Reply', (source: Readable) => streaming(source)],
    ['a Response', responseOf],
  ] satisfies [string, (source: Readable) => unknown][]) {
    it(`${title} that reply() refuses, because the request has been answered`, async () => {
      const source = open()
      const app = await serve((target) => {
        target.text('first')
        expect(() => target.reply(make(source)))
          .to.throw()
          .with.property('code', 'ALREADY_SENT')
      })
      expect((await ask(app)).text).to.equal('first')
      while (!source.destroyed) await turn()
    })
  }
})

function responseOf(source: Readable): Response {
  return new Response(Readable.toWeb(source) as ReadableStream<Uint8Array>) // the global type, which differs by name only
}
