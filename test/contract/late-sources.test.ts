import { createHook } from 'node:async_hooks'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { PassThrough, Readable } from 'node:stream'
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import { expect } from 'chai'
import { type FileSource, file, type LateSource, type ZipEntry } from '../../src/index.js'
import { collectGarbage } from '../support/collect-garbage.js'
import { contract } from '../support/contract.js'
import { readZip } from '../support/read-zip.js'
import { request } from '../support/request.js'
import { Sandbox } from '../support/sandbox.js'
import { Wire } from '../support/wire.js'

const TEXT = 'abcdefghijklmnopqrstuvwxyz'
const sandbox = new Sandbox()
const alphabet = sandbox.write('alphabet.txt', TEXT)
sandbox.write('outside.txt', 'outside')
sandbox.write('root/a.txt', 'a')
after(() => sandbox.remove())

/** A source function that counts its calls. */
function counting(make: LateSource): { readonly source: LateSource; calls: number } {
  const counter = {
    calls: 0,
    source: ((context) => {
      counter.calls++
      return make(context)
    }) as LateSource,
  }
  return counter
}

/** A promise and what settles it. */
function deferred<Value>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => {}
  const promise = new Promise<Value>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

contract('a function in the place of a source', ({ answer, serve, ask, askForError }) => {
  const kinds: readonly (readonly [string, LateSource, boolean])[] = [
    ['a path', () => alphabet, true],
    ['a promise of a path', async () => alphabet, true],
    ['bytes', () => Buffer.from(TEXT), true],
    ['a Blob', () => new Blob([TEXT]), true],
    ['a random-access object', () => ({ size: 26, read: ({ start, end }) => [TEXT.slice(start, end + 1)] }), true],
    ['a stream', () => createReadStream(alphabet), false],
    ['a Response', () => new Response(TEXT, { headers: { 'Content-Type': 'text/plain' } }), false],
    ['a generator', () => letters(), false],
  ]
  for (const [title, make, isSeekable] of kinds) {
    it(`that makes ${title} is called for a GET and sends it`, async () => {
      const { status, text } = await answer((target) => target.download(make, 'a.txt'))
      expect([status, text]).to.deep.equal([200, TEXT])
    })

    if (isSeekable) {
      it(`that makes ${title} answers ranges`, async () => {
        const { status, text } = await answer((target) => target.file(make), { headers: { Range: 'bytes=2-4' } })
        expect([status, text]).to.deep.equal([206, 'cde'])
      })
    }
  }

  for (const [title, init, status, options] of [
    ['HEAD', { method: 'HEAD' }, 200, {}],
    ['HEAD with a condition that no known tag meets', { method: 'HEAD', headers: { 'If-Match': '"x"' } }, 200, {}],
    ['a 304 by a tag of the call', { headers: { 'If-None-Match': '"v1"' } }, 304, { etag: '"v1"' }],
    ['a 412 by a tag of the call', { headers: { 'If-Match': '"x"' } }, 412, { etag: '"v1"' }],
  ] as const) {
    it(`is not called for ${title}`, async () => {
      const counter = counting(() => alphabet)
      const answered = await answer((target) => target.file(counter.source, { name: 'a.txt', ...options }), init)
      expect(answered.status).to.equal(status)
      expect(counter.calls).to.equal(0)
    })
  }

  for (const [title, headers, status] of [
    ['a 304 by a staged tag', { 'If-None-Match': '"v1"' }, 304],
    ['a 304 by a staged date', { 'If-Modified-Since': 'Sat, 02 Jan 2021 03:04:05 GMT' }, 304],
    ['a 412 by a staged tag', { 'If-Match': '"x"' }, 412],
    ['a 412 by a staged date', { 'If-Unmodified-Since': 'Fri, 01 Jan 2021 03:04:05 GMT' }, 412],
  ] as const) {
    it(`is not called for ${title}`, async () => {
      const counter = counting(() => alphabet)
      const answered = await answer(
        (target) => target.setEtag('v1').setLastModified(new Date('2021-01-02T03:04:05Z')).file(counter.source),
        { headers },
      )
      expect(answered.status).to.equal(status)
      expect(counter.calls).to.equal(0)
    })
  }

  it('is called if only the source itself can decide on the condition', async () => {
    const { headers } = await answer((target) => target.file(() => alphabet))
    const again = await answer((target) => target.file(() => alphabet), {
      headers: { 'If-None-Match': headers.etag },
    })
    expect(again.status).to.equal(304)
    const failed = await answer((target) => target.file(() => alphabet), { headers: { 'If-Match': '"x"' } })
    expect(failed.status).to.equal(412)
  })

  it('is called for each answer of one Reply', async () => {
    const reply = file(() => letters())
    const app = await serve((target) => target.reply(reply))
    for (const _ of [1, 2]) expect((await ask(app)).text).to.equal(TEXT)
  })

  it('is called when its entry of a zip is read', async () => {
    const { body } = await answer((target) =>
      target.zip([
        { name: 'a.txt', source: () => Buffer.from('a'), mtime: 0 },
        { name: 'b.txt', source: async () => letters(), mtime: 0 },
        { name: 'c.txt', source: () => alphabet },
      ]),
    )
    expect(readZip(body)).to.deep.equal({ 'a.txt': 'a', 'b.txt': TEXT, 'c.txt': TEXT })
  })

  it('that gives a path is held to the root, of the call and of the app', async () => {
    const root = sandbox.path('root')
    for (const [options, kit] of [
      [{ root }, {}],
      [{}, { files: { root } }],
    ] as const) {
      const inside = await answer((target) => target.file(() => 'a.txt', options), {}, { kit })
      expect(inside.text).to.equal('a')
      const app = await serve((target) => target.file(() => '../outside.txt', options), { kit })
      expect((await askForError(app)).status).to.equal(403)
    }
    const bytes = await serve((target) => target.file(() => Buffer.from('x'), { root }))
    expect((await askForError(bytes)).status).to.equal(500)
  })

  for (const [title, make] of [
    ['nothing', () => undefined],
    ['an array', () => ['<script>']],
    ['a number', () => 5],
    ['a function', () => () => 'a'],
  ] as const) {
    it(`that makes ${title} is an error that names the call`, async () => {
      const app = await serve((target) => target.download(make as unknown as LateSource))
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors[0]).to.include({ code: 'INVALID_ARGUMENT' })
      expect(app.errors[0]?.message).to.match(/^download\(\): what the function returned must be /)
    })
  }

  it('that throws, or rejects, is an error page of its status', async () => {
    const failure = (): Error => Object.assign(new Error('no luck'), { status: 502 })
    for (const make of [
      () => {
        throw failure()
      },
      () => Promise.reject(failure()),
    ]) {
      const app = await serve((target) => target.file(make as LateSource))
      expect((await askForError(app)).status).to.equal(502)
      expect(app.errors).to.have.length(1)
    }
  })

  it('is told by its signal that the client has left, and its source is released when it comes', async () => {
    const asked = deferred<AbortSignal>()
    const made = deferred<PassThrough>()
    const app = await serve((target) =>
      target.file(({ signal }) => {
        asked.resolve(signal)
        return made.promise
      }),
    )
    const wire = await Wire.connect(app.port)
    wire.get()
    const signal = await asked.promise
    expect(signal.aborted).to.equal(false)
    const aborted = once(signal, 'abort')
    wire.socket.destroy()
    await aborted
    const stream = new PassThrough()
    const closed = once(stream, 'close')
    made.resolve(stream)
    await closed
    expect(app.errors).to.have.length(0)
  })

  it('does not hold the call if the client leaves and its source never comes', async () => {
    const asked = deferred<AbortSignal>()
    const settled = deferred<unknown>()
    const app = await serve(async (target) => {
      const sent = target.file(({ signal }) => {
        asked.resolve(signal)
        return new Promise<never>(() => {})
      })
      await Promise.resolve(sent).finally(() => settled.resolve(true))
    })
    const wire = await Wire.connect(app.port)
    wire.get()
    await asked.promise
    wire.socket.destroy()
    await settled.promise
  })

  it('that makes a stream below a root is an error, and the stream is closed', async () => {
    const stream = new PassThrough()
    const closed = once(stream, 'close')
    const app = await serve((target) => target.file(() => stream, { root: sandbox.path('root') }))
    expect((await askForError(app)).status).to.equal(500)
    await closed
  })

  it('is told by its signal too if the client leaves in mid-body, and not after a complete answer', async () => {
    const signals: AbortSignal[] = []
    const app = await serve((target) =>
      target.file(({ signal }) => {
        signals.push(signal)
        return (async function* () {
          yield 'x'
          if (signals.length === 1) await once(signal, 'abort')
        })()
      }),
    )
    const wire = await Wire.connect(app.port)
    await wire.get().receive(1)
    const [first] = signals
    const aborted = once(first as AbortSignal, 'abort')
    wire.socket.destroy()
    await aborted
    expect((await askForError(app)).text).to.equal('x')
    await delay(20) // the signal would fire after the response has closed
    expect(signals[1]?.aborted).to.equal(false)
  })
})

contract('functions that make the entries of an archive', ({ serve, askForError }) => {
  const SIZE = 100_000
  const kinds: Readonly<Record<string, () => object>> = {
    bytes: () => Buffer.alloc(SIZE),
    'a Blob': () => new Blob([Buffer.alloc(SIZE)]),
    'a Node stream': () => Readable.from([Buffer.alloc(SIZE)]),
    'a web stream': () => new Blob([Buffer.alloc(SIZE)]).stream(),
    'a Response': () => new Response('x'.repeat(SIZE)),
    'a generator': () => letters(),
    'a random-access object': () => ({ size: SIZE, read: () => Buffer.alloc(SIZE) }),
  }

  it('leave what they made to the garbage collector when its entry has been read', async () => {
    const made: (readonly [title: string, WeakRef<object>])[] = []
    let alive: readonly string[] = ['not asked']
    async function* entries(): AsyncGenerator<ZipEntry> {
      for (let round = 0; round < 5; round++) {
        for (const [title, make] of Object.entries(kinds)) {
          const source = (): Blob => {
            const one = make()
            made.push([title, new WeakRef(one)])
            return one as Blob // or another source
          }
          yield { name: `${round}/${title}`, source, compress: false }
        }
      }
      await nextTurn() // until then a WeakRef holds what it was asked for
      collectGarbage()
      alive = made.filter(([, each]) => each.deref() !== undefined).map(([title]) => title)
    }
    const app = await serve((target) => target.zip(entries()))
    await askForError(app)
    expect(made).to.have.length(35)
    expect(alive).to.have.length.of.at.most(2) // the last entry
  })

  it('leave nothing that waits for the end of the response', async () => {
    let waiting = 0
    const hook = createHook({
      init: (_id, type) => {
        if (type === 'ResponseKitResponse') waiting++
      },
    })
    const waitingFor = async (count: number): Promise<number> => {
      const app = await serve((target) =>
        target.zip(Array.from({ length: count }, (_, index) => ({ name: `${index}`, source: () => alphabet }))),
      )
      waiting = 0
      hook.enable()
      await askForError(app)
      hook.disable()
      return waiting
    }
    expect(await waitingFor(40)).to.equal(await waitingFor(1))
  })

  it('are told if the client leaves before their entry has been read', async () => {
    const signals: AbortSignal[] = []
    const asked = deferred<void>()
    const note =
      (source: FileSource): LateSource =>
      ({ signal }) => {
        signals.push(signal)
        return source as string
      }
    const last: LateSource = ({ signal }) => {
      signals.push(signal)
      asked.resolve()
      return new Promise(() => {})
    }
    const app = await serve((target) =>
      target.zip([
        { name: 'a', source: note(alphabet) },
        { name: 'b', source: note(Buffer.alloc(SIZE)) },
        { name: 'c', source: last },
      ]),
    )
    const wire = await Wire.connect(app.port)
    wire.get()
    await asked.promise
    const aborted = once(signals[2] as AbortSignal, 'abort')
    wire.socket.destroy()
    await aborted
    await nextTurn()
    expect(signals.map((signal) => signal.aborted)).to.deep.equal([false, false, true])
    expect(app.errors).to.deep.equal([])
  })

  for (const missing of ['cut', 'list'] as const) {
    it(`are told if their entry fails at its begin: missing: '${missing}'`, async () => {
      const signals: AbortSignal[] = []
      const source: LateSource = ({ signal }) => {
        signals.push(signal)
        return failing(new Error('no luck'))
      }
      const app = await serve((target) => target.zip([{ name: 'a', source }], 'a.zip', { missing }))
      await request(app.port).catch(() => undefined) // what becomes of the archive is held elsewhere
      const [signal] = signals
      if (signal?.aborted === false) await once(signal, 'abort')
      expect(signal?.aborted).to.equal(true)
    })
  }

  it('are told if the client leaves in the middle of their entry', async () => {
    const asked = deferred<AbortSignal>()
    const app = await serve((target) =>
      target.zip([
        {
          name: 'a',
          async *source({ signal }: { readonly signal: AbortSignal }) {
            asked.resolve(signal)
            yield Buffer.alloc(3 * SIZE, alphabet)
            await once(signal, 'abort')
          },
        },
      ]),
    )
    const wire = await Wire.connect(app.port)
    await wire.get().receive(1)
    const aborted = once(await asked.promise, 'abort')
    wire.socket.destroy()
    await aborted
    expect(app.errors).to.deep.equal([])
  })
})

contract('read() of a random-access source', ({ serve }) => {
  it('has a signal that fires when the client leaves', async () => {
    const asked = deferred<AbortSignal>()
    const app = await serve((target) =>
      target.file({
        size: 10_000_000,
        async *read({ signal }) {
          asked.resolve(signal)
          for (;;) {
            yield Buffer.alloc(10_000)
            await delay(1)
          }
        },
      }),
    )
    const wire = await Wire.connect(app.port)
    await wire.get().receive(1000)
    const signal = await asked.promise
    const aborted = once(signal, 'abort')
    wire.socket.destroy()
    await aborted
  })

  it('that has not answered when the client leaves is told, and what it gives later is released', async () => {
    const asked = deferred<AbortSignal>()
    const made = deferred<PassThrough>()
    const app = await serve((target) =>
      target.file({
        size: 10,
        read({ signal }) {
          asked.resolve(signal)
          return made.promise
        },
      }),
    )
    const wire = await Wire.connect(app.port)
    wire.get()
    const signal = await asked.promise
    const aborted = once(signal, 'abort')
    wire.socket.destroy()
    await aborted
    const stream = new PassThrough()
    const closed = once(stream, 'close')
    made.resolve(stream)
    await closed
  })
})

/** How stores say that they have no such object. */
const failures: readonly (readonly [string, () => unknown])[] = [
  ['a file system', () => Object.assign(new Error('ENOENT: /srv/secret'), { code: 'ENOENT' })],
  ['an http client', () => Object.assign(new Error('/srv/secret'), { status: 404 })],
  ['Azure', () => Object.assign(new Error('/srv/secret'), { statusCode: 404, code: 'BlobNotFound' })],
  [
    'S3, version 3',
    () => Object.assign(new Error('/srv/secret'), { name: 'NoSuchKey', $metadata: { httpStatusCode: 404 } }),
  ],
  ['S3, version 3, HeadObject', () => Object.assign(new Error('/srv/secret'), { name: 'NotFound' })],
  ['S3, version 2', () => Object.assign(new Error('/srv/secret'), { code: 'NoSuchKey', statusCode: 404 })],
  ['Azure, without a status', () => Object.assign(new Error('/srv/secret'), { code: 'ContainerNotFound' })],
  ['S3, the bucket', () => Object.assign(new Error('/srv/secret'), { name: 'NoSuchBucket' })],
  ['Google', () => Object.assign(new Error('/srv/secret'), { code: 404 })],
  ['a value that is no error', () => ({ status: 404, path: '/srv/secret' })],
]

contract('a source that says "not found"', ({ serve, askForError }) => {
  for (const [title, failure] of failures) {
    const reject = async (): Promise<never> => {
      throw failure()
    }
    const sources: readonly (readonly [string, () => unknown])[] = [
      ['read()', () => ({ size: 3, read: reject })],
      ['what read() gives', () => ({ size: 3, read: () => failing(failure()) })],
      ['a function', () => reject],
      ['a generator', () => failing(failure())],
    ]
    for (const [place, source] of sources) {
      it(`is a 404: ${title}, in ${place}`, async () => {
        const app = await serve((target) => target.download(source() as LateSource, 'a.txt'))
        const { status, headers, text } = await askForError(app)
        expect(status).to.equal(404)
        expect(text).not.to.include('/srv/secret')
        expect(headers).not.to.have.any.keys('content-disposition', 'accept-ranges')
      })
    }
  }

  it('an error of another status keeps it, and an error without one is a 500', async () => {
    for (const [fields, status] of [
      [{ status: 403 }, 403],
      [{ statusCode: 410, code: 'NotFound' }, 410],
      [{ code: 'AccessDenied' }, 500],
      [{ code: 'ENOENT', syscall: 'connect' }, 500], // a Unix socket that is missing
      [{ code: 'EACCES', syscall: 'spawn convert' }, 500],
    ] as const) {
      const app = await serve((target) =>
        target.file({ size: 3, read: () => Promise.reject(Object.assign(new Error('x'), fields)) }),
      )
      expect((await askForError(app)).status).to.equal(status)
    }
  })

  it('an error that says that its text is for the client keeps it', async () => {
    const failure = Object.assign(new Error('No report of 1999'), { status: 404, expose: true })
    const app = await serve((target) => target.file(() => Promise.reject(failure)))
    expect((await askForError(app)).status).to.equal(404)
    expect(app.errors).to.deep.equal([failure])
  })

  it('late, it cuts the connection', async () => {
    const app = await serve((target) =>
      target.file({
        size: 10,
        async *read() {
          yield 'abc'
          throw Object.assign(new Error('x'), { name: 'NoSuchKey' })
        },
      }),
    )
    const wire = await Wire.connect(app.port)
    await wire.get('/', 'Connection: close\r\n').receiveAll()
    expect(wire.body.length).to.be.lessThan(10)
  })
})

contract('the entity-tag of a random-access source', ({ answer, serve, askForError }) => {
  for (const [etag, expected] of [
    ['"v1"', '"v1"'],
    ['W/"v1"', 'W/"v1"'],
    ['v1', '"v1"'],
    ['CJDe+4m0nAMCEAE=', '"CJDe+4m0nAMCEAE="'], // of Google
    ['d41d8cd98f00b204e9800998ecf8427e-38', '"d41d8cd98f00b204e9800998ecf8427e-38"'],
    ['', '""'],
  ] as const) {
    it(`${JSON.stringify(etag)} is sent as ${expected}, and answers a condition`, async () => {
      const source = { size: 1, read: () => ['x'], etag }
      const { headers } = await answer((target) => target.file(source))
      expect(headers.etag).to.equal(expected)
      const again = await answer((target) => target.file(source), { headers: { 'If-None-Match': expected } })
      expect(again.status).to.equal(304)
    })
  }

  for (const etag of ['a b', '"v1', 'a"b', 'a\r\nX: y', null, 5]) {
    it(`${JSON.stringify(etag)} is an error that names it`, async () => {
      const app = await serve((target) => target.file({ size: 1, read: () => ['x'], etag: etag as string }))
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors[0]?.message).to.match(
        /^file\(\): source\.etag must be an entity-tag, quoted or to be quoted, got /,
      )
    })
  }
})

async function* letters(): AsyncGenerator<string> {
  for (const letter of TEXT) yield letter
}

// biome-ignore lint/correctness/useYield: it fails before its first chunk
async function* failing(reason: unknown): AsyncGenerator<string> {
  throw reason
}
