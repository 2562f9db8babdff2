import { EventEmitter, once } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { closeSource, openPullSource, type PullSource } from '../../../src/shared/streams/pull-source.js'
import { adoptSource, releaseSource } from '../../../src/shared/streams/source-owner.js'

/** A stream as Node had them before 0.10: events alone. */
class OldStream extends EventEmitter {
  isClosed = false
  pipe(): void {}
  pause(): void {}
  resume(): void {}
  close(): void {
    this.isClosed = true
  }
}

function work(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

const rejected = (): Promise<never> => Promise.reject(new Error('early'))

function longList(): unknown[] {
  const list = [...Array(5000).fill('x'), rejected()]
  return Object.defineProperty(list, 500, { get: () => work(20) })
}

describe('openPullSource() of a Blob', () => {
  it('reads it in pieces of 256 KB at most, and nothing after its close', async () => {
    const bytes = Buffer.from(Uint8Array.from({ length: 700_000 }, (_, index) => index % 251))
    const source = openPullSource(new Blob([bytes]))
    const pieces: Buffer[] = []
    for (let result = await source.next(); result.done !== true; result = await source.next()) {
      pieces.push(Buffer.from(result.value as ArrayBuffer))
    }
    expect(Math.max(...pieces.map(({ length }) => length))).to.be.at.most(256 * 1024)
    expect(Buffer.concat(pieces).equals(bytes)).to.equal(true)
    const closed = openPullSource(new Blob([bytes]))
    closed.close()
    expect((await closed.next()).done).to.equal(true)
  })
})

describe('openPullSource() of a generator that ends its own reading, as `res.end()` in it does', () => {
  let source: PullSource
  const log: string[] = []
  function* items(): Generator<string> {
    try {
      yield 'a'
      closeSource(source, (reason) => log.push(`${reason}`))
      yield 'b'
      yield 'c'
    } finally {
      log.push('finally')
    }
  }
  async function* asyncItems(): AsyncGenerator<string> {
    yield* items()
  }
  async function* failingItems(): AsyncGenerator<string> {
    try {
      yield* items()
    } finally {
      await Promise.reject(new Error('the cleanup fails'))
    }
  }
  for (const [title, make] of Object.entries({ items, asyncItems, failingItems })) {
    it(`closes it when its code has run: ${title}`, async () => {
      log.length = 0
      source = openPullSource(make())
      await source.next()
      expect((await source.next()).value).to.equal('b')
      await turn()
      expect(log).to.deep.equal(['finally', ...(make === failingItems ? ['Error: the cleanup fails'] : [])])
      expect((await source.next()).done).to.equal(true)
    })
  }
})

describe('adoptSource', () => {
  const streams: Record<string, () => any> = {
    'a Readable': () => new Readable({ read: () => undefined }),
    'a Readable in object mode': () => new Readable({ objectMode: true, read: () => undefined }),
    'a Duplex': () => new PassThrough(),
    'a stream of the old kind': () => new OldStream(),
  }
  for (const [name, make] of Object.entries(streams)) {
    it(`takes the errors of ${name}: while it waits, and after it was released`, async () => {
      const stream = make()
      adoptSource(stream)
      stream.emit('error', new Error('while it waits'))
      releaseSource(stream)
      stream.emit('error', new Error('after it was released'))
      await turn()
    })

    it(`adds no listeners to ${name} that it has already`, () => {
      const stream = make()
      adoptSource(stream)
      const count = stream.listenerCount('error')
      adoptSource(stream)
      releaseSource(stream)
      expect(stream.listenerCount('error')).to.equal(count)
    })
  }

  for (const [name, make] of [
    ['an array', () => [rejected(), 'a', rejected()]],
    ['a Set', () => new Set([rejected()])],
    ['a long list, in a turn that is used up', () => longList()],
  ] as const) {
    it(`takes the rejections of the promises in ${name}`, async () => {
      const unhandled: unknown[] = []
      const listener = (reason: unknown): void => void unhandled.push(reason)
      const others = process.listeners('unhandledRejection')
      process.removeAllListeners('unhandledRejection').on('unhandledRejection', listener)
      adoptSource(make())
      await turn()
      await turn()
      process.off('unhandledRejection', listener)
      for (const other of others) process.on('unhandledRejection', other)
      expect(unhandled).to.deep.equal([])
    })
  }

  it('does not start the work of a thenable in a list, such as a database query', async () => {
    let asked = 0
    // biome-ignore lint/suspicious/noThenProperty: that is what a query is
    const query = { then: (resolve: (value: unknown) => void) => resolve(++asked) }
    const list = [query]
    adoptSource(list)
    releaseSource(list)
    await turn()
    expect(asked).to.equal(0)
  })

  it('keeps what fails before it is read for the reader', async () => {
    for (const make of Object.values(streams)) {
      const stream = make()
      adoptSource(stream)
      if (stream instanceof OldStream) stream.emit('error', new Error('early'))
      else stream.destroy(new Error('early'))
      await turn()
      const failure = await Promise.resolve(openPullSource(stream).next()).catch((error: Error) => error.message)
      expect(failure).to.equal('early')
    }
  })

  it('keeps what a stream of the old kind gives before it is read', async () => {
    const stream = new OldStream()
    adoptSource(stream)
    stream.emit('data', 'a')
    stream.emit('end')
    const source = openPullSource(stream)
    expect(await source.next()).to.deep.equal({ done: false, value: 'a' })
    expect((await source.next()).done).to.equal(true)
  })
})

describe('releaseSource', () => {
  it('destroys a stream, and closes one of the old kind', async () => {
    const [modern, old] = [new Readable({ read: () => undefined }), new OldStream()]
    releaseSource(modern)
    releaseSource(old)
    expect(modern.destroyed).to.equal(true)
    expect(old.isClosed).to.equal(true)
    await once(modern, 'close')
  })

  it('cancels a web stream and returns a generator that is suspended', async () => {
    const told: string[] = []
    releaseSource(new ReadableStream({ cancel: () => void told.push('cancel') }))
    const generator = (function* () {
      try {
        yield
      } finally {
        told.push('finally')
      }
    })()
    generator.next()
    releaseSource(generator)
    await turn()
    expect(told.sort()).to.deep.equal(['cancel', 'finally'])
  })

  it('calls no return() of an object that is no iterator, such as a book of a library', () => {
    let calls = 0
    releaseSource({ title: 'Emma', return: () => calls++ })
    expect(calls).to.equal(0)
  })

  it('does not throw if the source does', () => {
    releaseSource({ return: () => expect.fail('return') })
    releaseSource(
      new (class extends Readable {
        override destroy(): this {
          throw new Error('destroy')
        }
      })(),
    )
    for (const value of [undefined, null, 1, 'a', () => 1, {}, [], Buffer.from('a')]) releaseSource(value)
  })
})
