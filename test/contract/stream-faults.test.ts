import { AsyncLocalStorage } from 'node:async_hooks'
import http from 'node:http'
import net from 'node:net'
import { Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { contract } from '../support/contract.js'
import { rawExchange } from '../support/raw-exchange.js'
import { request } from '../support/request.js'

const never = new Promise<never>(() => undefined)

/** A client that asks and never reads; resolves once it has connected and asked. */
async function stall(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1')
  socket.on('error', () => undefined) // cut off by the server at the end
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  socket.pause()
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  return socket
}

/** Waits until a count has stopped growing for 20 turns. */
async function settled(count: () => number): Promise<number> {
  for (let quiet = 0, last = -1; quiet < 20; await new Promise((resolve) => setTimeout(resolve, 5))) {
    quiet = count() === last && last > 0 ? quiet + 1 : 0
    last = count()
  }
  return count()
}

contract('streaming: slow clients', ({ serve }) => {
  for (const [kind, pause] of [
    ['a generator', undefined],
    ['an async generator', turn],
  ] as const) {
    it(`suspend ${kind}: no more than 256 KB is made ahead of what the system has taken`, async () => {
      let made = 0
      const sockets: net.Socket[] = []
      const produce = function* (): Generator<string> {
        for (;;) {
          made += 1000
          yield 'x'.repeat(1000)
        }
      }
      const produceSlowly = async function* (): AsyncGenerator<string> {
        for (const chunk of produce()) {
          if (made % 50_000 === 0) await pause?.()
          yield chunk
        }
      }
      const app = await serve((target) => target.streaming(pause === undefined ? produce() : produceSlowly()))
      app.server.on('connection', (socket) => void sockets.push(socket))
      const client = await stall(app.port)
      const total = await settled(() => made)
      const [socket] = sockets
      const taken = (socket?.bytesWritten ?? 0) - (socket?.writableLength ?? 0)
      expect(taken).to.be.above(0)
      expect(total - taken).to.be.below(256 * 1024)
      client.destroy()
    })
  }

  it('are cut off after idleLimit, which is told as an abort', async () => {
    const told: [string, boolean][] = []
    let ended = (): void => undefined
    const done = new Promise<void>((resolve) => {
      ended = resolve
    })
    const app = await serve(
      (target) =>
        target.streaming(function* () {
          try {
            for (;;) yield Buffer.alloc(100_000)
          } finally {
            ended()
          }
        }),
      { kit: { idleLimit: '100ms', onError: (error, { aborted }) => void told.push([error.message, aborted]) } },
    )
    const socket = await stall(app.port)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await done
    socket.resume()
    await closed
    expect(told).to.have.length(1)
    expect(told[0]?.[1]).to.equal(true)
    expect(app.errors).to.deep.equal([])
  })
})

contract('streaming: a source that fails while its client does not read', ({ serve }) => {
  it('is not taken for complete when the client reads on', async () => {
    const sockets: net.Socket[] = []
    const app = await serve((target) =>
      target.streaming(async function* () {
        for (;;) {
          yield 'x'.repeat(30_000)
          await turn()
          if ((sockets[0]?.writableLength ?? 0) > 0) throw new Error('late')
        }
      }),
    )
    app.server.on('connection', (socket) => void sockets.push(socket))
    const client = await stall(app.port)
    while ((sockets[0]?.writableLength ?? 0) === 0) await turn()
    await new Promise((resolve) => setTimeout(resolve, 20))
    let received = ''
    client.on('data', (data) => {
      received = (received + data.toString('latin1')).slice(-10)
    })
    client.resume()
    await new Promise((resolve) => client.once('close', resolve))
    expect(received).not.to.include('\r\n0\r\n\r\n')
    expect(app.errors.map(({ message }) => message)).to.deep.equal(['late'])
  })
})

contract('streaming: when chunks leave', ({ serve }) => {
  it('each is on the socket before the event loop turns, the first with the head', async () => {
    const sockets: net.Socket[] = []
    const written: number[] = []
    const app = await serve((target) =>
      target.streaming(async function* () {
        for (let index = 0; index < 5; index++) {
          await turn()
          const before = sockets[0]?.bytesWritten ?? 0
          setImmediate(() => void written.push((sockets[0]?.bytesWritten ?? 0) - before))
          yield 'only ten b'
        }
        await turn()
      }),
    )
    app.server.on('connection', (socket) => void sockets.push(socket))
    await request(app.port)
    expect(written.slice(1)).to.deep.equal([15, 15, 15, 15]) // 'a' CRLF, ten bytes, CRLF
    expect(written[0]).to.be.above(15)
  })
})

contract('streaming: generators without awaits', ({ serve }) => {
  it('leave other requests their turn', async () => {
    let running = 0
    const app = await serve((target, { url }) => {
      if (url === '/quick') return void target.text('quick')
      return target.streaming(function* () {
        running++
        const end = Date.now() + 1000
        while (Date.now() < end) yield 'x'.repeat(50)
        running--
      })
    })
    const busy = Array.from({ length: 10 }, () => {
      return new Promise<void>((resolve) => {
        http.get({ port: app.port, agent: false }, (incoming) => incoming.on('close', resolve).resume())
      })
    })
    while (running < 10) await turn()
    for (let index = 0; index < 5; index++) {
      const { text } = await request(app.port, { path: '/quick' })
      expect(text).to.equal('quick')
    }
    expect(running).to.equal(10) // none has had to end first
    await Promise.all(busy)
  })
})

contract('streaming: around it', ({ serve, answer }) => {
  it('HTTP/1.0 gets no chunked coding and an end by close', async () => {
    const app = await serve((target) => target.streaming(['one ', 'two']))
    const raw = await rawExchange(app.port, 'GET / HTTP/1.0\r\n\r\n')
    expect(raw).to.match(/^HTTP\/1\.1 200 /)
    expect(raw).not.to.match(/transfer-encoding/i)
    expect(raw.slice(raw.indexOf('\r\n\r\n') + 4)).to.equal('one two')
  })

  it('pipelined requests are answered in their order; those after a lost connection are released', async () => {
    let [open, ended] = [0, 0]
    const app = await serve((target, { url }) =>
      target.streaming(async function* () {
        open++
        try {
          yield url
          if (url === '/last') await never
          await turn()
        } finally {
          ended++
        }
      }),
    )
    const socket = net.connect(app.port, '127.0.0.1')
    const asked = ['/1', '/2', '/3'].map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join('')
    let received = ''
    await new Promise<void>((resolve) => {
      socket.on('data', (data) => {
        received += data
        if (received.split('\r\n0\r\n').length === 4) resolve()
      })
      socket.write(asked)
    })
    expect(received.match(/\/\d(?=\r\n\d)/g)).to.deep.equal(['/1', '/2', '/3'])
    socket.write(`GET /last HTTP/1.1\r\nHost: a\r\n\r\n${asked}`)
    while (open < 7) await turn()
    socket.destroy()
    while (ended < 6) await turn() // nothing waits for the generator that awaits forever
  })

  it('the context of the request is there in generators and their finally', async () => {
    const storage = new AsyncLocalStorage<string>()
    const seen: (string | undefined)[] = []
    const app = await serve((target) =>
      storage.run('mine', () =>
        target.streaming(async function* () {
          try {
            for (let index = 0; index < 40; index++) {
              seen.push(storage.getStore())
              yield Buffer.alloc(50_000)
              if (index % 2 === 0) await turn()
            }
          } finally {
            seen.push(storage.getStore())
          }
        }),
      ),
    )
    const { body } = await request(app.port)
    expect(body).to.have.length(2_000_000)
    expect(seen).to.have.length(41)
    expect(new Set(seen)).to.deep.equal(new Set(['mine']))
  })

  it('1,000 requests on one connection leave no listeners', async () => {
    const counts = new Set<number>()
    const warnings: string[] = []
    const warn = (warning: Error): void => void warnings.push(warning.name)
    process.on('warning', warn)
    const app = await serve((target, { native }) => {
      const { socket } = native.req
      counts.add(socket.listenerCount('close') + socket.listenerCount('drain') + socket.listenerCount('error'))
      return target.streaming(['x'])
    })
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    for (let index = 0; index < 1000; index++) await request(app.port, { agent })
    agent.destroy()
    process.off('warning', warn)
    expect(counts.size).to.be.at.most(2)
    expect(warnings).to.deep.equal([])
  })

  it('a second finishing call is refused and its stream destroyed; the first stays whole', async () => {
    const { Readable } = await import('node:stream')
    const second = new Readable({ read: () => undefined })
    let code: unknown
    const { text } = await answer((target) => {
      const first = target.streaming(['first'])
      try {
        target.streaming(second)
      } catch (error) {
        code = (error as { code: unknown }).code
      }
      return first
    })
    expect(text).to.equal('first')
    expect(code).to.equal('ALREADY_SENT')
    expect(second.destroyed).to.equal(true)
  })
})

contract('streaming: how a stream ends', ({ serve }) => {
  const calls: Record<string, (target: any) => unknown> = {
    streaming: (target) => target.streaming(['a']),
    'streaming of a file in memory': (target) => target.streaming(new Blob(['a'])),
    ndjson: (target) => target.ndjson([1]),
    jsonArray: (target) => target.jsonArray([1]),
    sse: (target) => target.sse(['a']),
    'download of a generator': (target) => target.download(['a'].values(), 'a.txt'),
  }
  for (const [name, send] of Object.entries(calls)) {
    for (const keepAlive of [true, false]) {
      it(`${name} that is complete is no abort, ${keepAlive ? 'with' : 'without'} keep-alive`, async () => {
        const told: string[] = []
        const outcomes: unknown[] = []
        const app = await serve(
          async (target) => {
            target.afterSend(({ aborted, error }) => void outcomes.push({ aborted, error }))
            await send(target)
          },
          { kit: { onError: ({ message }) => void told.push(message) } },
        )
        const agent = new http.Agent({ keepAlive })
        await request(app.port, { agent })
        while (outcomes.length === 0) await turn()
        await turn()
        agent.destroy()
        expect(told).to.deep.equal([])
        expect(outcomes).to.deep.equal([{ aborted: false, error: undefined }])
      })
    }
  }

  it('the answer of another part of the app is no abort, and stays whole', async () => {
    const told: [string | undefined, boolean][] = []
    let isOpening = (): void => undefined
    const opening = new Promise<void>((resolve) => {
      isOpening = resolve
    })
    let end = (): void => undefined
    const app = await serve(
      (target, { native }) => {
        end = () => {
          native.res.statusCode = 503
          native.res.end('timeout')
        }
        return target.streaming(async function* ({ signal }) {
          isOpening()
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
          yield 'late'
        })
      },
      { kit: { onError: (error, { aborted }) => void told.push([(error as { code?: string }).code, aborted]) } },
    )
    const answer = request(app.port)
    await opening
    end()
    expect(await answer).to.include({ status: 503, text: 'timeout' })
    while (told.length === 0) await turn()
    expect(told).to.deep.equal([['ALREADY_SENT', false]])
    expect(app.errors).to.deep.equal([])
  })
})

contract('streaming: what only looks like a source', ({ answer, serve, askForError }) => {
  const fakes: Record<string, unknown> = {
    'an object with pipe and on': { pipe() {}, on() {} },
    'an object with getReader': { getReader: () => ({}) },
  }
  for (const [name, fake] of Object.entries(fakes)) {
    for (const call of ['streaming', 'ndjson', 'jsonArray', 'sse'] as const) {
      it(`${call} refuses ${name} at once, and names the call`, async () => {
        let refusal: any
        await answer((target: any) => {
          try {
            target[call](fake)
          } catch (error) {
            refusal = error
          }
          target.text('')
        })
        expect(refusal).to.include({ code: 'INVALID_ARGUMENT' })
        expect(refusal.message).to.include(`${call}: source`)
      })
    }
  }

  for (const [name, make, status] of [
    ['a stream that was destroyed', () => new Readable({ read() {} }).destroy(), 500],
    [
      'a stream that was destroyed after a while',
      async () => {
        const stream = Readable.from(['x'])
        stream.destroy()
        await turn()
        return stream
      },
      500,
    ],
    [
      'a stream that failed',
      () =>
        new Readable({ read() {} })
          .on('error', () => undefined)
          .destroy(Object.assign(new Error('gone'), { status: 410 })),
      410,
    ],
    [
      'a web stream that has a reader',
      () => {
        const stream = new ReadableStream()
        stream.getReader()
        return stream
      },
      500,
    ],
    ['a reader that cannot read', () => ({ locked: false, cancel: async () => undefined, getReader: () => ({}) }), 500],
    ['an iterator without next()', () => ({ [Symbol.asyncIterator]: () => ({}) }), 500],
    ['an iterator that gives a number', () => ({ [Symbol.iterator]: () => ({ next: () => 5 }) }), 500],
    [
      'an iterator that gives a promise of nothing',
      () => ({ [Symbol.asyncIterator]: () => ({ next: async () => undefined }) }),
      500,
    ],
    [
      'bytes that another thread has',
      () => {
        const bytes = new Uint8Array(8)
        structuredClone(bytes, { transfer: [bytes.buffer] })
        return bytes
      },
      500,
    ],
  ] as const) {
    it(`${name} is an error page`, async () => {
      const app = await serve(async (target) => target.streaming((await make()) as any))
      expect((await askForError(app)).status).to.equal(status)
      expect(app.errors).to.have.length(1)
      if (status === 500) expect((app.errors[0] as { code?: string }).code).to.be.a('string')
    })
  }
})
