import { Readable, type Writable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { expect } from 'chai'
import type { ErrorContext } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { LARGE_SIZE } from '../support/large-body.js'
import { requestAndLeave, requestPartially } from '../support/partial-request.js'
import { request } from '../support/request.js'
import { Wire } from '../support/wire.js'

const never = new Promise<never>(() => undefined)

/** A promise and the function that settles it. */
function signal(): { readonly promise: Promise<void>; readonly fire: () => void } {
  let fire = (): void => undefined
  const promise = new Promise<void>((resolve) => {
    fire = resolve
  })
  return { promise, fire }
}

contract('streaming: sources', ({ answer, serve, askForError }) => {
  const sources: Record<string, () => any> = {
    'a generator': function* () {
      yield 'a'
      yield 'bc'
    },
    'an async generator': async function* () {
      yield 'a'
      await new Promise((resolve) => setImmediate(resolve))
      yield 'bc'
    },
    'an array': () => ['a', 'bc'],
    'an array of promises': () => [Promise.resolve('a'), 'bc'],
    'a Node stream': () => Readable.from([Buffer.from('a'), Buffer.from('bc')], { objectMode: false }),
    'a Node stream in object mode': () => Readable.from(['a', Buffer.from('bc')]),
    'a web stream': () =>
      new ReadableStream({
        start(controller) {
          controller.enqueue('a')
          controller.enqueue('bc')
          controller.close()
        },
      }),
    'the body of a Response': () => new Response('abc').body,
    'a string': () => 'abc',
    bytes: () => new Uint8Array([97, 98, 99]),
    'a function that returns a promise of one': () => async () => ['abc'],
  }
  for (const [name, make] of Object.entries(sources)) {
    it(`reads ${name}`, async () => {
      const { status, headers, text } = await answer((target) => target.streaming(make()))
      expect(status).to.equal(200)
      const isBytes = ['a Node stream', 'the body of a Response', 'bytes'].includes(name)
      expect(headers['content-type']).to.equal(isBytes ? 'application/octet-stream' : 'text/plain; charset=utf-8')
      expect(headers['x-accel-buffering']).to.equal('no')
      expect(headers).not.to.have.property('content-length')
      expect(text).to.equal('abc')
    })
  }

  it('reads a Blob with its type and size', async () => {
    const { headers, text } = await answer((target) => target.streaming(new Blob(['a,b'], { type: 'text/csv' })))
    expect(headers).to.include({ 'content-type': 'text/csv; charset=utf-8', 'content-length': '3' })
    expect(text).to.equal('a,b')
  })

  it('sends text in UTF-8, bytes as they are, and skips empty chunks', async () => {
    const { text } = await answer((target) =>
      target.streaming(['', 'hé', Buffer.alloc(0), Buffer.from('l'), new Uint8Array([0, 108, 0]).subarray(1, 2), 'o']),
    )
    expect(text).to.equal('héllo')
  })

  it('keeps a character whole that was split between two chunks', async () => {
    const [high, low] = ['😀'.slice(0, 1), '😀'.slice(1)]
    const { text } = await answer((target) =>
      target.streaming(async function* () {
        yield `a${high}`
        await new Promise((resolve) => setImmediate(resolve))
        yield `${low}b`
      }),
    )
    expect(text).to.equal('a😀b')
  })

  it('a type given outranks a type staged; a staged status stays', async () => {
    const { status, headers } = await answer((target) =>
      target.setStatus(201).setHeader('Content-Type', 'a/b').streaming(['x'], { type: 'text/csv' }),
    )
    expect(status).to.equal(201)
    expect(headers['content-type']).to.equal('text/csv; charset=utf-8')
  })

  it('an empty source is an empty body', async () => {
    const { status, body } = await answer((target) => target.streaming([]))
    expect(status).to.equal(200)
    expect(body).to.have.length(0)
  })

  for (const [name, wrong] of Object.entries({ undefined: undefined, 'a number': 3, 'a plain object': { a: 1 } })) {
    it(`refuses ${name} before anything is sent`, async () => {
      let caught: any
      await answer((target) => {
        try {
          target.streaming(wrong as any)
        } catch (error) {
          caught = error
        }
        target.text('still possible')
      })
      expect(caught).to.be.instanceOf(TypeError)
      expect(caught.message).to.include('streaming: source must be')
    })
  }

  it('refuses an object as a chunk of a Node stream in object mode, and destroys the stream', async () => {
    const source = Readable.from([{ a: 1 }])
    const app = await serve((target) => target.streaming(source))
    const { status } = await askForError(app)
    expect(status).to.equal(500)
    expect(app.errors[0]?.message).to.include('chunk 0 ').and.to.include('{ a: 1 }')
    expect(source.destroyed).to.equal(true)
  })

  it('refuses a chunk of another type, naming its type and position', async () => {
    const app = await serve((target) =>
      target.streaming(function* () {
        yield 'fine'
        yield { not: 'a chunk' } as any
      }),
    )
    const { isComplete } = await requestPartially(app.port)
    expect(isComplete).to.equal(false)
    expect(app.errors).to.have.length(1)
    expect(app.errors[0]).to.be.instanceOf(TypeError)
    expect(app.errors[0]?.message).to.include('chunk 1 ').and.to.include("{ not: 'a chunk' }")
  })
})

contract('streaming: failures', ({ answer, serve, askForError }) => {
  it('before the first chunk are an ordinary error page, told once', async () => {
    const told: string[] = []
    const app = await serve(
      (target) =>
        target.streaming(async function* () {
          await new Promise((resolve) => setImmediate(resolve))
          if (told.length === 0) throw new Error('no data')
          yield ''
        }),
      { kit: { onError: (error) => void told.push(error.message) } },
    )
    const { status, headers } = await askForError(app)
    expect(status).to.equal(500)
    expect(headers['content-length']).not.to.equal('0')
    expect(app.errors.map((error) => error.message)).to.deep.equal(['no data'])
    expect(told).to.deep.equal(['no data'])
  })

  it('keep the status an early error carries', async () => {
    const app = await serve((target) =>
      target.streaming(() => {
        throw Object.assign(new Error('who are you?'), { status: 403 })
      }),
    )
    expect((await askForError(app)).status).to.equal(403)
  })

  it('after the first chunk cut the connection, told once', async () => {
    const told: string[] = []
    const app = await serve(
      (target) =>
        target.streaming(function* () {
          yield 'first'
          throw new Error('broken')
        }),
      { kit: { onError: (error) => void told.push(error.message) } },
    )
    const { status, text, isComplete } = await requestPartially(app.port)
    expect({ status, text, isComplete }).to.deep.equal({ status: 200, text: 'first', isComplete: false })
    expect(told).to.deep.equal(['broken'])
    expect(app.errors.map((error) => error.message)).to.deep.equal(['broken'])
  })

  it('a source that gives fewer bytes than announced is cut, never complete', async () => {
    const app = await serve((target) => target.setHeader('Content-Length', '9').streaming(['1234']))
    const { text, isComplete } = await requestPartially(app.port)
    expect({ text, isComplete }).to.deep.equal({ text: '1234', isComplete: false })
    expect(app.errors).to.have.length(1)
    expect(app.errors[0]).to.include({ code: 'SHORT_BODY' })
  })

  it('a source that gives more bytes than announced is cut off at the announced length', async () => {
    const told = signal()
    const app = await serve((target) => target.setHeader('Content-Length', '4').streaming(['123', '456', '789']), {
      kit: { onError: told.fire },
    })
    const { headers, text } = await requestPartially(app.port)
    expect(headers['content-length']).to.equal('4')
    expect(text).to.equal('1234')
    await told.promise
    await new Promise((resolve) => setImmediate(resolve))
    expect(app.errors[0]).to.include({ code: 'LONG_BODY' })
  })

  it('a source that gives exactly what was announced is complete', async () => {
    const { headers, text } = await answer((target) =>
      target.setHeader('Content-Length', '6').streaming(['123', '456']),
    )
    expect(headers['content-length']).to.equal('6')
    expect(text).to.equal('123456')
  })
})

contract('streaming: the type that the first chunk tells', ({ answer, serve, ask }) => {
  const TEXT = 'text/plain; charset=utf-8'
  const BYTES = 'application/octet-stream'
  const bytes = new Uint8Array([97])
  const later = <Value>(value: Value): Promise<Value> => new Promise((resolve) => setImmediate(resolve, value))
  // GET; HEAD, which starts no source and does not have what only reading tells (RFC 9110 §9.3.2)
  const sources: Record<string, [make: () => any, get: string, head: string | undefined]> = {
    text: [() => 'a', TEXT, TEXT],
    bytes: [() => bytes, BYTES, BYTES],
    'an array of text': [() => ['a', bytes], TEXT, TEXT],
    'an array of bytes': [() => [bytes, 'a'], BYTES, BYTES],
    'an array that begins with nothing': [() => ['', new Uint8Array(0), 'a'], TEXT, TEXT],
    'an array of promises': [() => [later('a')], TEXT, undefined],
    'an empty array': [() => [], BYTES, undefined],
    'a generator of text': [() => ['a', 'b'].values(), TEXT, undefined],
    'a generator of bytes': [() => [bytes, 'b'].values(), BYTES, undefined],
    'a generator that begins with nothing': [() => [new Uint8Array(0), '', 'a'].values(), TEXT, undefined],
    'an async generator': [
      async function* () {
        yield await later('')
        yield await later('a')
      },
      TEXT,
      undefined,
    ],
    'a function that makes text': [() => () => later('a'), TEXT, undefined],
    'a Blob with a type': [() => new Blob(['a'], { type: 'image/png' }), 'image/png', 'image/png'],
    'a Blob without a type': [() => new Blob(['a']), BYTES, BYTES],
  }
  for (const [name, [make, get, head]] of Object.entries(sources)) {
    it(`${name}: ${get}, to HEAD ${head ?? 'none'}`, async () => {
      const app = await serve((target) => target.streaming(make()))
      expect((await ask(app)).headers['content-type']).to.equal(get)
      expect((await ask(app, { method: 'HEAD' })).headers['content-type']).to.equal(head)
    })
  }

  it('a staged type, and the type of the call, count before it', async () => {
    const staged = await answer((target) => target.setHeader('Content-Type', 'text/csv').streaming(['a'].values()))
    expect(staged.headers['content-type']).to.match(/^text\/csv/)
    const given = await answer((target) => target.streaming(['a'].values(), { type: 'image/png' }))
    expect(given.headers['content-type']).to.equal('image/png')
  })
})

contract('streams that pass nginx', ({ answer }) => {
  const calls: Record<string, [send: (target: any) => unknown, isUnbuffered: boolean]> = {
    streaming: [(target) => target.streaming(['a']), true],
    'streaming of a Blob, which is whole': [(target) => target.streaming(new Blob(['a'])), false],
    ndjson: [(target) => target.ndjson([1]), true],
    sse: [(target) => target.sse(['a']), true],
    'jsonArray, which clients read as a whole': [(target) => target.jsonArray([1]), false],
  }
  for (const [name, [send, isUnbuffered]] of Object.entries(calls)) {
    it(`X-Accel-Buffering of ${name}: ${isUnbuffered ? 'no' : 'none'}`, async () => {
      const { headers } = await answer((target) => send(target))
      expect(headers['x-accel-buffering']).to.equal(isUnbuffered ? 'no' : undefined)
    })
  }

  it('a staged X-Accel-Buffering stays', async () => {
    const { headers } = await answer((target) => target.setHeader('X-Accel-Buffering', 'yes').ndjson([1]))
    expect(headers['x-accel-buffering']).to.equal('yes')
  })
})

contract('streaming: no body', ({ serve, ask }) => {
  it('HEAD has the fields and starts no generator', async () => {
    let isStarted = false
    const source = (function* () {
      isStarted = true
      yield 'x'
    })()
    const app = await serve((target) => target.streaming(source, { type: 'text/csv' }))
    const { status, headers, body } = await ask(app, { method: 'HEAD' })
    expect(status).to.equal(200)
    expect(headers['content-type']).to.equal('text/csv; charset=utf-8')
    expect(headers).not.to.have.property('content-length')
    expect(body).to.have.length(0)
    expect(isStarted).to.equal(false)
    expect([...source]).to.deep.equal([]) // it has been finished
  })

  for (const status of [204, 205, 304]) {
    it(`${status} sends none and destroys the stream`, async () => {
      const source = new Readable({ read: () => undefined })
      const app = await serve((target) => target.setStatus(status).streaming(source))
      const { headers, body } = await request(app.port)
      expect(body).to.have.length(0)
      expect(headers['content-length']).to.equal(status === 205 ? '0' : undefined) // RFC 9110 §15.3.6
      expect(headers).not.to.have.any.keys('content-type', 'transfer-encoding')
      expect(source.destroyed).to.equal(true)
    })
  }
})

contract('streaming: the client leaves', ({ serve }) => {
  const aborted: [string, boolean][] = []
  const kit = { onError: (error: Error, context: ErrorContext) => void aborted.push([error.message, context.aborted]) }
  beforeEach(() => void aborted.splice(0))

  it('an endless generator runs its finally; the hook is told, the error handling is not', async () => {
    const ended = signal()
    const app = await serve(
      (target) =>
        target.streaming(async function* () {
          try {
            for (;;) {
              yield 'x'.repeat(1000)
              await new Promise((resolve) => setImmediate(resolve))
            }
          } finally {
            ended.fire()
          }
        }),
      { kit },
    )
    await requestAndLeave(app.port, 5000)
    await ended.promise
    await new Promise((resolve) => setImmediate(resolve))
    expect(aborted).to.deep.equal([['Request aborted', true]])
    expect(app.errors).to.deep.equal([])
  })

  it('a generator that awaits forever sees its signal fire, and nothing waits for it', async () => {
    const fired = signal()
    const app = await serve(
      (target) =>
        target.streaming(async function* ({ signal }) {
          signal.addEventListener('abort', fired.fire)
          yield 'first'
          await never
        }),
      { kit },
    )
    await requestAndLeave(app.port, 5)
    await fired.promise
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(aborted).to.deep.equal([['Request aborted', true]])
  })

  it('before the first chunk: the signal fires, the middleware goes on', async () => {
    const [asked, fired] = [signal(), signal()]
    const app = await serve(
      (target) =>
        target.streaming(async function* ({ signal }) {
          signal.addEventListener('abort', fired.fire)
          asked.fire()
          await never
          yield 'never'
        }),
      { kit },
    )
    const leaving = new AbortController()
    const request = fetch(app.origin, { signal: leaving.signal }).catch((error: Error) => error.name)
    await asked.promise
    leaving.abort()
    expect(await request).to.equal('AbortError')
    await fired.promise
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(aborted).to.deep.equal([['Request aborted', true]])
    expect(app.errors).to.deep.equal([])
  })

  it('a finally that throws is told once', async () => {
    const ended = signal()
    const app = await serve(
      (target) =>
        target.streaming(function* () {
          try {
            for (;;) yield 'x'.repeat(70_000)
          } finally {
            ended.fire()
            // biome-ignore lint/correctness/noUnsafeFinally: the fault under test
            throw new Error('cleanup failed')
          }
        }),
      { kit },
    )
    await requestAndLeave(app.port, 5000)
    await ended.promise
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(aborted.filter(([message]) => message === 'cleanup failed')).to.have.length(1)
    expect(app.errors).to.deep.equal([])
  })
})

contract('ndjson, jsonArray', ({ answer, serve, askForError }) => {
  it('ndjson sends one JSON value a line', async () => {
    const { headers, text } = await answer((target) => target.ndjson([{ a: 1 }, null, 'x\n', [2]]))
    expect(headers['content-type']).to.equal('application/x-ndjson')
    expect(text).to.equal('{"a":1}\nnull\n"x\\n"\n[2]\n')
  })

  it('jsonArray sends one JSON array', async () => {
    const { headers, text } = await answer((target) => target.jsonArray(new Set([{ a: 1 }, 'b'])))
    expect(headers['content-type']).to.equal('application/json; charset=utf-8')
    expect(text).to.equal('[{"a":1},"b"]')
  })

  it('jsonArray of nothing is []', async () => {
    expect((await answer((target) => target.jsonArray([]))).text).to.equal('[]')
  })

  it('both read a Node stream in object mode', async () => {
    expect((await answer((target) => target.ndjson(Readable.from([{ a: 1 }, 2])))).text).to.equal('{"a":1}\n2\n')
    expect((await answer((target) => target.jsonArray(Readable.from([{ a: 1 }, 2])))).text).to.equal('[{"a":1},2]')
  })

  it('a value JSON cannot represent is an error that names its position', async () => {
    const app = await serve((target) => target.ndjson([undefined]))
    expect((await askForError(app)).status).to.equal(500)
    expect(app.errors[0]?.message).to.include('ndjson: value 0').and.to.include('undefined')
  })
})

/** What React's renderToPipeableStream gives, by its documented contract: a failed shell destroys the destination. */
class Renderer {
  readonly #write: (destination: Writable) => unknown
  abortReason: unknown
  constructor(write: (destination: Writable) => unknown) {
    this.#write = write
  }
  pipe(destination: Writable): Writable {
    this.#write(destination)
    return destination
  }
  abort(reason: unknown): void {
    this.abortReason = reason
  }
}

contract('streaming of a renderer with pipe and abort', ({ answer, serve, askForError, ask }) => {
  it('sends what it writes, shell first', async () => {
    const { status, headers, text } = await answer((target) =>
      target.streaming(
        new Renderer(async (destination) => {
          await new Promise((resolve) => setImmediate(resolve))
          destination.write(new TextEncoder().encode('<h1>é'))
          await new Promise((resolve) => setImmediate(resolve))
          destination.end('</h1>')
        }),
        { type: 'text/html' },
      ),
    )
    expect(status).to.equal(200)
    expect(headers['content-type']).to.match(/^text\/html/)
    expect(text).to.equal('<h1>é</h1>')
  })

  it('a shell that fails is an error page, and a later failure cuts the answer', async () => {
    const failure = Object.assign(new Error('no shell'), { status: 503 })
    const shell = await serve((target) => target.streaming(new Renderer((destination) => destination.destroy(failure))))
    expect((await askForError(shell)).status).to.equal(503)
    expect(shell.errors).to.deep.equal([failure])
    const renderer = new Renderer((destination) => {
      destination.write('shell')
      setImmediate(() => destination.destroy(failure))
    })
    const late = await serve((target) => target.streaming(renderer))
    expect(await requestPartially(late.port)).to.include({ text: 'shell', isComplete: false })
    expect(renderer.abortReason).to.equal(undefined) // it knows the true one
  })

  it('is stopped when the client leaves, and writes no faster than the client reads', async () => {
    const { promise, fire } = signal()
    let written = 0
    const renderer = new Renderer(async (destination) => {
      destination.on('error', () => undefined)
      const closed = new Promise<void>((resolve) => {
        destination.once('close', resolve)
      })
      closed.then(fire)
      while (!destination.destroyed) {
        written += 10_000
        const hasRoom = destination.write(Buffer.alloc(10_000))
        if (!hasRoom) await Promise.race([closed, new Promise((resolve) => destination.once('drain', resolve))])
      }
    })
    const app = await serve((target) => target.streaming(() => renderer))
    await requestAndLeave(app.port, 50_000)
    await promise
    expect(renderer.abortReason).to.be.instanceOf(Error)
    expect(written).to.be.below(LARGE_SIZE)
    expect(app.errors).to.deep.equal([])
  })

  it('is stopped if nothing reads it: HEAD, a second answer', async () => {
    const renderers: Renderer[] = []
    const make = (): Renderer => {
      const renderer = new Renderer(() => expect.fail('started'))
      renderers.push(renderer)
      return renderer
    }
    const app = await serve((target) => {
      const sent = target.streaming(make())
      expect(() => target.streaming(make())).to.throw()
      return sent
    })
    await ask(app, { method: 'HEAD' })
    expect(renderers.map(({ abortReason }) => abortReason instanceof Error)).to.deep.equal([true, true])
  })

  for (const call of ['ndjson', 'jsonArray', 'sse'] as const) {
    it(`${call} refuses it, as it gives bytes`, async () => {
      let code: unknown
      await answer((target: any) => {
        try {
          target[call](new Renderer(() => undefined))
        } catch (error) {
          code = (error as { code: unknown }).code
        }
        target.text('')
      })
      expect(code).to.equal('INVALID_ARGUMENT')
    })
  }
})

contract('a source function that answers late', ({ serve }) => {
  const sources: Record<string, (told: () => void) => any> = {
    'a Node stream': (told) =>
      new Readable({
        read: () => undefined,
        destroy(_, callback) {
          told()
          callback(null)
        },
      }),
    'a web stream': (told) => new ReadableStream({ cancel: told }),
    'an iterator': (told) => ({
      next: () => ({ done: false, value: 'x' }),
      return() {
        told()
        return { done: true }
      },
      [Symbol.iterator]() {
        return this
      },
    }),
    'a renderer': (told) => ({ pipe: () => expect.fail('started'), abort: told }),
  }
  for (const call of ['streaming', 'ndjson', 'jsonArray', 'sse'] as const) {
    for (const [name, make] of Object.entries(sources)) {
      if (name === 'a renderer' && call !== 'streaming') continue
      it(`${call}: ${name} is released, as the client has left`, async () => {
        const [called, released] = [signal(), signal()]
        let answerLate = (): void => undefined
        const app = await serve((target: any) =>
          target[call](({ signal: left }: { signal: AbortSignal }) => {
            called.fire()
            return new Promise((resolve) => {
              answerLate = () => resolve(make(released.fire))
              left.addEventListener('abort', () => setImmediate(answerLate))
            })
          }),
        )
        const wire = await Wire.connect(app.port)
        wire.get()
        await called.promise
        wire.socket.destroy()
        await released.promise
        expect(app.errors).to.deep.equal([])
      })
    }
  }
})
