import { appendFileSync, createReadStream, renameSync, truncateSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import type { FileSource, ZipEntry, ZipOptions } from '../../src/index.js'
import { type ContractHost, contract } from '../support/contract.js'
import { readZip } from '../support/read-zip.js'
import { request } from '../support/request.js'
import { Sandbox } from '../support/sandbox.js'
import { Wire } from '../support/wire.js'

const MEGABYTE = 1024 * 1024
const sandbox = new Sandbox()
const large = sandbox.write('large.bin', Buffer.alloc(3 * MEGABYTE, 'large'))
const other = Buffer.from(Array.from({ length: MEGABYTE }, (_, index) => (index * 7) % 251))
const otherPath = sandbox.write('other.bin', other)
after(() => sandbox.remove())

/** A source that can tell whether it was released. */
interface Watched {
  readonly source: FileSource
  isReleased(): boolean
}

const ALWAYS = (): boolean => true // the hooks of all tests count descriptors

/** Sources of 3 MB; those that can be read once. Paths are counted as descriptors. */
const KINDS: Readonly<Record<string, () => Watched>> = {
  path: () => ({ source: large, isReleased: ALWAYS }),
  'read stream': () => watchStream(createReadStream(large)),
  generator: () => watchGenerator(blocks),
  'async generator': () => watchGenerator(asyncBlocks),
  'web stream': () => watchWebStream(),
  'random access': () => {
    const { source, isReleased } = watchGenerator(blocks)
    // What `read` returns is a source of its own.
    return { source: { size: 3 * MEGABYTE, read: () => source as Iterable<Buffer> }, isReleased }
  },
  bytes: () => ({ source: Buffer.alloc(3 * MEGABYTE, 'b'), isReleased: ALWAYS }),
}

function* blocks(count = 48): Generator<Buffer> {
  for (let index = 0; index < count; index++) yield Buffer.alloc(64 * 1024, index)
}

async function* asyncBlocks(): AsyncGenerator<Buffer> {
  for (const block of blocks()) {
    await delay(0)
    yield block
  }
}

function watchWebStream(): Watched & { readonly source: ReadableStream<Uint8Array> } {
  let isCancelled = false
  const source = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
    cancel: () => {
      isCancelled = true
    },
  })
  return { source, isReleased: () => isCancelled }
}

function watchStream(source: Readable): Watched {
  return { source, isReleased: () => source.destroyed }
}

/** A generator that has not started has nothing to release. */
function watchGenerator(make: () => Generator<Buffer> | AsyncGenerator<Buffer>): Watched {
  let isOpen = false
  const inner = make()
  async function* source(): AsyncGenerator<Buffer> {
    isOpen = true
    try {
      yield* inner
    } finally {
      isOpen = false
    }
  }
  return { source: source(), isReleased: () => !isOpen }
}

/** What an app does that opens the sources of its entries itself. */
function release(streams: readonly Readable[]): void {
  for (const stream of streams) stream.destroy()
}

async function released(watched: readonly Watched[]): Promise<void> {
  const deadline = Date.now() + 2000
  while (!watched.every((each) => each.isReleased()) && Date.now() < deadline) await delay(5)
  expect(watched.map((each) => each.isReleased())).to.deep.equal(watched.map(() => true))
}

/** An answer that no client takes for the whole: an error page, or a connection that ends before the last chunk. */
async function cutOrRefused(port: number): Promise<void> {
  const wire = await Wire.connect(port)
  const text = (await wire.get('/', 'Connection: close\r\n').receiveAll()).toString('latin1')
  const isErrorPage = /^HTTP\/1\.1 (?:4\d\d|500) /.test(text)
  const isCut = /^HTTP\/1\.1 200 /.test(text) && !text.endsWith('\r\n0\r\n\r\n') && !text.includes('PK\x05\x06')
  expect(isErrorPage || isCut, text.slice(0, 40)).to.equal(true)
}

async function serveWithOther(
  host: ContractHost,
  makeEntries: () => readonly ZipEntry[] | AsyncIterable<ZipEntry>,
  options?: ZipOptions,
) {
  return host.serve((target, { url }) =>
    url === '/other' ? target.download(otherPath) : target.zip(makeEntries(), 'x.zip', options),
  )
}

async function answersOthers(port: number): Promise<void> {
  const { status, body } = await request(port, { path: '/other' })
  expect(status).to.equal(200)
  expect(body.equals(other)).to.equal(true)
}

contract('zip() and a client that leaves', (host) => {
  for (const [kind, make] of Object.entries(KINDS)) {
    for (const [place, count] of [
      ['at the first byte', 1],
      ['after 300 kB', 300_000],
      ['in the second entry', 4.5 * MEGABYTE],
      ['in the third entry', 7.5 * MEGABYTE],
    ] as const) {
      it(`${kind}: ${place}, every source is released`, async () => {
        const watched = [make(), make(), make(), make()]
        const app = await serveWithOther(host, () =>
          watched.map(({ source }, index) => ({ name: `${index}`, source, compress: false })),
        )
        const wire = await Wire.connect(app.port)
        await wire.get().receive(count)
        wire.reset()
        await released(watched)
        await answersOthers(app.port)
        expect(app.errors).to.deep.equal([])
      })
    }
  }

  for (const missing of ['cut', 'list'] as const) {
    it(`an entry of a generator that cannot be opened is released: missing: '${missing}'`, async () => {
      const watched = watchWebStream()
      const refused = new Response(watched.source, { status: 500 })
      const app = await host.serve((target) =>
        target.zip(
          (async function* () {
            yield { name: 'refused', source: refused }
            yield { name: 'whole', source: Buffer.from('x') }
          })(),
          'x.zip',
          { missing },
        ),
      )
      await Wire.connect(app.port).then((wire) => wire.get('/', 'Connection: close\r\n').receiveAll())
      await released([watched])
    })
  }

  it('in an async iterable of entries, its cleanup runs, and the source of the entry is released', async () => {
    const watched: Watched[] = []
    let isOpen = false
    async function* entries(): AsyncGenerator<ZipEntry> {
      isOpen = true
      try {
        for (;;) {
          const each = watchStream(createReadStream(large))
          watched.push(each)
          yield { name: `${watched.length}`, source: each.source, compress: false }
        }
      } finally {
        isOpen = false
      }
    }
    const app = await serveWithOther(host, entries)
    const wire = await Wire.connect(app.port)
    await wire.get().receive(4 * MEGABYTE)
    wire.reset()
    await released([...watched, { source: '', isReleased: () => !isOpen }])
  })

  it('while a source never answers, the others are still released', async () => {
    const waiting = watchStream(createReadStream(large))
    async function* never(): AsyncGenerator<Buffer> {
      yield Buffer.alloc(200_000)
      await new Promise(() => {})
    }
    const app = await serveWithOther(host, () => [
      { name: 'a', source: never(), compress: false },
      { name: 'b', source: waiting.source },
    ])
    const wire = await Wire.connect(app.port)
    await wire.get().receive(50_000)
    wire.reset()
    await released([waiting])
  })

  it('many times, while other clients download, every byte of theirs is right', async function () {
    this.timeout(30_000)
    const app = await serveWithOther(host, () => [
      { name: 'a', source: large, compress: false },
      { name: 'b', source: large },
      { name: 'c', source: createReadStream(large), compress: false },
    ])
    const leave = async (count: number): Promise<void> => {
      const wire = await Wire.connect(app.port)
      await wire.get().receive(count)
      wire.reset()
    }
    for (let round = 0; round < 5; round++) {
      const counts = [1, 70_000, 300_000, 2 * MEGABYTE, 3.2 * MEGABYTE]
      await Promise.all([...counts.map(leave), answersOthers(app.port), answersOthers(app.port)])
    }
    expect(app.errors).to.deep.equal([])
  })
})

/** Sources that fail. `at` is the first byte of the entry at which the failure is seen. */
const FAILING: Readonly<Record<string, () => FileSource>> = {
  'a missing path': () => sandbox.path('missing'),
  'a directory': () => sandbox.root,
  'a read stream of a missing file': () => createReadStream(sandbox.path('missing')),
  'a stream that was destroyed before the call': () => destroyed(Readable.from(['x'], { objectMode: false })),
  'a stream that failed before the call': () => {
    const stream = createReadStream(sandbox.path('missing'))
    stream.on('error', () => {})
    stream.destroy(new Error('failed before'))
    return stream
  },
  'a stream that fails while it waits': () => {
    const stream = createReadStream(large)
    setImmediate(() => stream.destroy(new Error('failed while it waited')))
    return stream
  },
  'a generator that throws at once': () => failing(0),
  'a generator that throws after its first chunk': () => failing(1),
  'a generator that throws after 1 MB': () => failing(16),
  'a generator that throws no error': () => failing(1, undefined),
  'an async iterable without cleanup that rejects': () => ({
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('rejected')) }),
  }),
  'a web stream that fails after its first chunk': () => failingWebStream(1),
  'a web stream that other code reads': () => {
    const stream = failingWebStream(0)
    stream.getReader()
    return stream
  },
  'read() that rejects': () => ({ size: 100, read: () => Promise.reject(new Error('rejected')) }),
  'read() that throws': () => ({
    size: 100,
    read: () => {
      throw new Error('thrown')
    },
  }),
  'read() that gives no bytes': () => ({ size: 100, read: () => 7 as unknown as Buffer }),
  'read() that gives fewer bytes': () => ({ size: 100, read: () => Buffer.alloc(99) }),
  'read() that gives far fewer bytes': () => ({ size: MEGABYTE, read: () => blocks(3) }),
  'read() that gives more bytes': () => ({ size: 100, read: () => Buffer.alloc(101) }),
  'read() that gives far more bytes': () => ({ size: MEGABYTE, read: () => blocks(48) }),
  'a chunk that is a number': () => [Buffer.alloc(10), 7],
  'a chunk that is an object, far in': () => [...blocks(5), { some: 'object' }],
  'a promise of a chunk that rejects': () => [Buffer.alloc(10), Promise.reject(new Error('rejected'))],
  'a stream of objects': () => Readable.from([{ some: 'object' }]),
}

function destroyed(stream: Readable): Readable {
  return stream.destroy()
}

function* failing(count: number, reason: unknown = new Error('broken')): Generator<Buffer> {
  yield* blocks(count)
  throw reason
}

function failingWebStream(count: number): ReadableStream<Uint8Array> {
  let given = 0
  return new ReadableStream({
    pull(controller) {
      if (given++ < count) controller.enqueue(new Uint8Array(64 * 1024))
      else controller.error(new Error('broken'))
    },
  })
}

contract('zip() of entries that add nothing', ({ serve }) => {
  for (const isAsync of [false, true]) {
    it(`answers others meanwhile, and ends with its client: ${isAsync ? 'an async' : 'a'} generator`, async () => {
      let begin = (): void => undefined
      const begun = new Promise<void>((resolve) => {
        begin = resolve
      })
      let end = (): void => undefined
      const ended = new Promise<void>((resolve) => {
        end = resolve
      })
      let isOver = false
      /** One directory again and again. It ends by itself, so that a failure does not hold the tests without end. */
      function* directories(): Generator<ZipEntry> {
        begin()
        try {
          for (const began = performance.now(); performance.now() - began < 9000; ) yield { name: 'x/' }
        } finally {
          isOver = true
          end()
        }
      }
      async function* laterDirectories(): AsyncGenerator<ZipEntry> {
        yield* directories()
      }
      const app = await serve((target, { url }) =>
        url === '/quick'
          ? target.text('quick')
          : target.zip(isAsync ? laterDirectories() : directories(), 'x.zip', { duplicates: 'rename' }),
      )
      const wire = await Wire.connect(app.port)
      wire.get()
      await begun
      expect((await request(app.port, { path: '/quick' })).text).to.equal('quick')
      expect(isOver).to.equal(false)
      wire.socket.destroy()
      await ended
    })
  }
})

contract('zip() and an entry that fails', (host) => {
  for (const [kind, make] of Object.entries(FAILING)) {
    for (const compress of [true, false]) {
      for (const [place, before] of [
        ['first', []],
        ['after a large entry', [{ name: 'large', source: large, compress: false }]],
      ] satisfies [string, ZipEntry[]][]) {
        it(`${kind}, ${compress ? 'compressed' : 'stored'}, ${place}: the archive never looks complete`, async () => {
          const waiting = watchStream(createReadStream(large))
          const app = await serveWithOther(host, () => [
            ...before,
            { name: 'failing', source: make(), compress },
            { name: 'waiting', source: waiting.source, compress },
          ])
          await cutOrRefused(app.port)
          await released([waiting])
          await answersOthers(app.port)
          expect(app.errors).to.have.length(1)
        })
      }
    }
  }

  it('a file that is truncated while it is sent', async () => {
    const path = sandbox.write('log.txt', Buffer.alloc(8 * MEGABYTE))
    const app = await serveWithOther(host, () => [{ name: 'log', source: path, compress: false }])
    const wire = await Wire.connect(app.port)
    await wire.get().receive(100_000)
    truncateSync(path, 1000)
    const text = (await wire.receiveAll()).toString('latin1')
    expect(text).not.to.include('PK\x05\x06')
    expect(app.errors[0]).to.have.property('code', 'SHORT_BODY')
  })

  it('bytes that the caller changes while they are sent', async () => {
    const bytes = Buffer.alloc(30 * MEGABYTE)
    const app = await serveWithOther(host, () => [{ name: 'a', source: bytes, compress: false }])
    const wire = await Wire.connect(app.port)
    await wire.get().receive(100_000)
    bytes.fill(1, 20 * MEGABYTE)
    expect((await wire.receiveAll()).toString('latin1')).not.to.include('PK\x05\x06')
    expect(app.errors[0]?.message).to.match(/the bytes of a were changed while they were sent/)
  })

  it('an async iterable of entries that throws', async () => {
    async function* entries(): AsyncGenerator<ZipEntry> {
      yield { name: 'large', source: large, compress: false }
      throw new Error('no more')
    }
    const app = await serveWithOther(host, entries)
    await cutOrRefused(app.port)
    expect(app.errors.map(({ message }) => message)).to.deep.equal(['no more'])
  })

  it('an async iterable that gives a bad entry: its source is released, and its cleanup runs', async () => {
    const bad = watchStream(createReadStream(large))
    let isOpen = true
    async function* entries(): AsyncGenerator<ZipEntry> {
      try {
        yield { name: 'large', source: large, compress: false }
        yield { name: '../x', source: bad.source }
      } finally {
        isOpen = false
      }
    }
    const app = await serveWithOther(host, entries)
    await cutOrRefused(app.port)
    await released([bad, { source: '', isReleased: () => !isOpen }])
  })
})

const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT'
const NAMES = ['stream', 'missing', 'last']

/** A source whose entry is read after `change` has run, and what it held when its length was announced. */
interface Changing {
  readonly source: FileSource
  readonly change: () => void
}

const ORIGINAL_SIZES: readonly number[] = [0, 10, 65_536, 65_537, 300_000]
const originalOf = (size: number): Buffer => Buffer.alloc(size, 'original ')
let changingCount = 0
const fileOf = (size: number): string => sandbox.write(`changing-${changingCount++}.log`, originalOf(size))
const grow = (path: string): void => appendFileSync(path, Buffer.alloc(100_000, 'new '))
/** Puts another file in the place of this one, as a deploy or the rotation of logs does. */
const replaceBy = (path: string, size: number): void =>
  renameSync(sandbox.write(`other-${changingCount++}.log`, Buffer.alloc(size, 'other ')), path)

/** What grows at its end still begins with what was announced. */
const GROWING: Readonly<Record<string, (size: number) => Changing | Promise<Changing>>> = {
  path: (size) => {
    const source = fileOf(size)
    return { source, change: () => grow(source) }
  },
  FileHandle: async (size) => {
    const path = fileOf(size)
    return { source: await open(path), change: () => grow(path) }
  },
}

/** TypeScript knows it from ES2024 on. */
interface ResizableMemory extends ArrayBuffer {
  resize(length: number): void
}
const resizable = (size: number): ResizableMemory =>
  Reflect.construct(ArrayBuffer, [size, { maxByteLength: size * 2 }]) as ResizableMemory // what this call makes

/** What has become other bytes than those announced. */
const REPLACED: Readonly<Record<string, (size: number) => Changing>> = {
  'a path whose file is replaced by a longer one': (size) => {
    const source = fileOf(size)
    return { source, change: () => replaceBy(source, size + 1000) }
  },
  'a path whose file is replaced by a shorter one': (size) => {
    const source = fileOf(size)
    return { source, change: () => replaceBy(source, size - 1) }
  },
  'a path whose file is truncated': (size) => {
    const source = fileOf(size)
    return { source, change: () => truncateSync(source, size - 1) }
  },
  'bytes that grow': (size) => {
    const memory = resizable(size)
    return { source: new Uint8Array(memory), change: () => memory.resize(size + 1) }
  },
  'bytes that shrink': (size) => {
    const memory = resizable(size)
    return { source: new Uint8Array(memory), change: () => memory.resize(size - 1) }
  },
  'a random-access object that says another size': (size) => {
    let now = size
    const source = {
      get size() {
        return now
      },
      read: () => [Buffer.alloc(now)],
    }
    return { source, change: () => void now++ }
  },
}

contract('zip() of a source that changes after the length of the archive is announced', ({ serve }) => {
  /** The first entry changes the second one, when it is read. */
  const entriesOf = ({ source, change }: Changing): ZipEntry[] => {
    const read = (): string[] => {
      change()
      return ['first']
    }
    return [
      { name: 'first', source: { size: 5, read }, compress: false },
      { name: 'changing', source, compress: false },
      { name: 'last', source: Buffer.from('last'), compress: false },
    ]
  }

  for (const [kind, make] of Object.entries(GROWING)) {
    for (const cache of [undefined, {}]) {
      for (const size of ORIGINAL_SIZES) {
        const title = cache === undefined ? kind : `${kind}, with files.cache`
        it(`${title} of ${size} bytes that grows: the archive has it as it was`, async () => {
          const app = await serve(async (target) => target.zip(entriesOf(await make(size))), {
            kit: cache === undefined ? {} : { files: { cache: { maxAge: 0 } } },
          })
          const { status, headers, body } = await request(app.port)
          expect([status, headers['content-length']]).to.deep.equal([200, `${body.length}`])
          expect(readZip(body)).to.deep.equal({
            first: 'first',
            changing: originalOf(size).toString(),
            last: 'last',
          })
          expect(app.errors).to.deep.equal([])
        })
      }
    }
  }

  for (const [title, make] of Object.entries(REPLACED)) {
    for (const size of ORIGINAL_SIZES.filter((each) => each > 0)) {
      it(`${title}, of ${size} bytes: the archive is cut`, async () => {
        const app = await serve((target) => target.zip(entriesOf(make(size))))
        const wire = await Wire.connect(app.port)
        const text = (await wire.get().receiveAll()).toString('latin1')
        const length = Number(/^content-length: (\d+)\r$/im.exec(text)?.[1])
        expect(length).to.be.above(size)
        expect(wire.body.length).to.be.below(length)
        expect(text).not.to.include('PK\x05\x06')
        expect(app.errors).to.have.length(1)
      })
    }
  }

  it('a time that has no field in the first header and one in the last: the archive is whole', async () => {
    let lastModified = new Date('1890-01-01')
    const source = {
      size: 3,
      read: () => ['abc'],
      get lastModified() {
        return lastModified
      },
    }
    const change = (): void => {
      lastModified = new Date('2020-01-01')
    }
    const app = await serve((target) => target.zip(entriesOf({ source, change })))
    const { headers, body } = await request(app.port)
    expect(headers['content-length']).to.equal(`${body.length}`)
    expect(readZip(body)).to.deep.equal({ first: 'first', changing: 'abc', last: 'last' })
  })
})

contract('zip() that is refused', ({ serve, askForError }) => {
  for (const [reason, call] of [
    ['a name that leads out', { entries: [{ name: '../x', source: Buffer.from('x') }] }],
    ['the same name twice', { entries: [{ name: 'stream', source: Buffer.from('x') }] }],
    ['undefined as an entry', { entries: [undefined as unknown as ZipEntry] }],
    ['an unknown option', { options: { nope: 1 } as ZipOptions }],
    ['a bad filename', { filename: 7 as unknown as string }],
  ] satisfies [string, { entries?: ZipEntry[]; options?: ZipOptions; filename?: string }][]) {
    it(`because of ${reason}, every stream is released, and one that fails later ends nothing`, async () => {
      const streams: Readable[] = []
      const given: { entries?: ZipEntry[]; options?: ZipOptions; filename?: string } = call
      const app = await serve((target) => {
        streams.push(createReadStream(large), createReadStream(sandbox.path('missing')), createReadStream(large))
        const [stream, missing, last] = streams.map((source, index) => ({ name: NAMES[index] ?? '', source }))
        const entries = [stream, missing, ...(given.entries ?? []), last] as ZipEntry[] // some are bad by intent
        return target.zip(entries, given.filename, given.options)
      })
      expect((await askForError(app)).status).to.equal(500)
      await released(streams.map(watchStream))
    })
  }

  for (const thrown of [undefined, Symbol('odd'), 'text', Object.create(null)]) {
    for (const count of [0, 1]) {
      it(`because a generator of its entries throws ${typeof thrown} after ${count}: the framework gets an error`, async () => {
        function* entries(): Generator<ZipEntry> {
          if (count > 0) yield { name: 'a', source: Buffer.from('x') }
          throw thrown
        }
        const app = await serve((target) => target.zip(entries()))
        await cutOrRefused(app.port)
        expect(app.errors.map((error) => (error as { code?: string }).code)).to.deep.equal(['SOURCE_FAILED'])
      })
    }
  }

  it('because the request has been answered, every stream is released', async () => {
    const streams: Readable[] = []
    let code: unknown
    const app = await serve((target) => {
      streams.push(createReadStream(large), createReadStream(sandbox.path('missing')))
      target.text('answered')
      try {
        return target.zip(streams.map((source, index) => ({ name: `${index}`, source })))
      } catch (error) {
        code = (error as { code?: unknown }).code
      }
    })
    expect((await askForError(app)).status).to.equal(200)
    await released(streams.map(watchStream))
    expect(code).to.equal('ALREADY_SENT')
  })

  it('on HEAD no source is read, and every one is released', async () => {
    const streams: Readable[] = []
    let isStarted = false
    function* generator(): Generator<string> {
      isStarted = true
      yield 'x'
    }
    const app = await serve((target) => {
      streams.push(createReadStream(large), createReadStream(large))
      const waiting = streams.map((source, index) => ({ name: `${index}`, source }))
      return target.zip([{ name: 'g', source: generator() }, ...waiting])
    })
    const { status, body } = await askForError(app, { method: 'HEAD' })
    expect(status).to.equal(200)
    expect(body.length).to.equal(0)
    await released(streams.map(watchStream))
    expect(isStarted).to.equal(false)
  })

  for (const [title, stage, fields, status] of [
    ['a 304', { ETag: '"1"' }, { 'if-none-match': '"0", W/"1"' }, 304],
    ['a 304 by date', { 'Last-Modified': DATE }, { 'if-modified-since': DATE }, 304],
    ['a 412', { ETag: '"1"' }, { 'if-match': '"2"' }, 412],
  ] as const) {
    for (const kind of ['a list', 'an async iterable']) {
      it(`because ${title} is the answer (RFC 9110 §13), the sources of ${kind} are released`, async () => {
        const streams: Readable[] = []
        let isOpen = false
        const app = await serve((target) => {
          streams.push(createReadStream(large), createReadStream(large))
          const entries = streams.map((source, index) => ({ name: `${index}`, source }))
          async function* later(): AsyncGenerator<ZipEntry> {
            isOpen = true
            yield* entries
          }
          target.setHeaders(stage)
          return target.zip(kind === 'a list' ? entries : Readable.from(later()).on('close', () => release(streams)))
        })
        const { headers, ...answer } = await askForError(app, { headers: fields })
        expect(answer.status).to.equal(status)
        expect(answer.body).to.have.length(0)
        expect(headers).not.to.have.any.keys('content-disposition', 'transfer-encoding')
        await released(streams.map(watchStream))
        expect(isOpen).to.equal(false)
      })
    }
  }

  it('after the client has left, every stream is released', async () => {
    const stream = createReadStream(large)
    let reached: (() => void) | undefined
    const isReached = new Promise<void>((resolve) => {
      reached = resolve
    })
    const app = await serve(async (target, { native }) => {
      reached?.()
      while (!native.req.destroyed) await delay(1)
      return target.zip([{ name: 'a', source: stream }])
    })
    const wire = await Wire.connect(app.port)
    wire.get()
    await isReached
    wire.socket.destroy()
    await released([watchStream(stream)])
    expect(app.errors).to.deep.equal([])
  })
})

/** An entry of a class: each reading of `source` opens the file again. */
class ExportEntry {
  readonly #path: string
  readonly #opened: Readable[]
  constructor(path: string, opened: Readable[]) {
    this.#path = path
    this.#opened = opened
  }
  get name(): string {
    return `${this.#opened.length}-${this.#path.split('/').at(-1)}`
  }
  get source(): Readable {
    const stream = createReadStream(this.#path)
    this.#opened.push(stream)
    return stream
  }
}

contract('zip() of entries whose source is a getter', ({ serve }) => {
  const lists: Readonly<
    Record<string, (entries: readonly ExportEntry[]) => Iterable<ExportEntry> | AsyncIterable<ExportEntry>>
  > = {
    'a list': (entries) => entries,
    'a generator': function* (entries) {
      yield* entries
    },
    'an async generator': async function* (entries) {
      yield* entries
    },
  }
  for (const [title, toList] of Object.entries(lists)) {
    it(`${title}: asks each one once, and every stream is closed after the end`, async () => {
      const opened: Readable[] = []
      const entries = [large, otherPath, large].map((path) => new ExportEntry(path, opened))
      const app = await serve((target) => target.zip(toList(entries)))
      const { body } = await request(app.port)
      expect(Object.values(readZip(body)).map((text) => text.length)).to.deep.equal(
        [3, 1, 3].map((each) => each * MEGABYTE),
      )
      expect(opened.map((stream) => stream.destroyed)).to.deep.equal([true, true, true])
    })

    it(`${title}: a file that is gone fails the answer alone`, async () => {
      const opened: Readable[] = []
      const entries = [large, `${large}.gone`].map((path) => new ExportEntry(path, opened))
      const app = await serve((target) => (opened.length > 0 ? target.text('next') : target.zip(toList(entries))))
      await request(app.port).then(
        () => expect.fail('an archive without its last entry looked whole'),
        () => {},
      )
      expect((await request(app.port)).text).to.equal('next')
      expect(opened.map((stream) => stream.destroyed)).to.deep.equal([true, true])
    })

    it(`${title}: every stream is closed if the client leaves`, async () => {
      const opened: Readable[] = []
      const entries = [large, otherPath, large].map((path) => new ExportEntry(path, opened))
      const app = await serve((target) => target.zip(toList(entries), 'a.zip', { compress: false }))
      const wire = await Wire.connect(app.port)
      await wire.get().receive(100_000)
      wire.reset()
      while (!opened.every((stream) => stream.destroyed)) await delay(5)
    })
  }

  it('a getter that throws refuses the archive, and the streams beside it are closed', async () => {
    for (const member of ['name', 'source', 'compress', 'mtime', 'mode', 'comment']) {
      const opened: Readable[] = []
      const failing = Object.defineProperty(new ExportEntry(large, opened), member, {
        get: () => {
          throw new Error(`no ${member}`)
        },
      })
      let beside: Readable | undefined
      const app = await serve((target) => {
        if (beside !== undefined) return target.text('next')
        beside = createReadStream(`${large}.gone`)
        return target.zip([failing, { name: 'b', source: beside }])
      })
      expect((await request(app.port)).status, member).to.equal(500)
      expect([beside?.destroyed, opened.every((stream) => stream.destroyed)], member).to.deep.equal([true, true])
      expect((await request(app.port)).text).to.equal('next')
    }
  })
})
