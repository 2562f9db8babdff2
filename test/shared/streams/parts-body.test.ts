import { Readable } from 'node:stream'
import { expect } from 'chai'
import { type LaterPart, type Part, PartReader } from '../../../src/shared/streams/parts-body.js'
import { releaseSource } from '../../../src/shared/streams/source-owner.js'

const release = (items: unknown): void => [items].flat().forEach(releaseSource)

/** What a source gives, in brackets. */
const listed = (value: object): LaterPart => ({
  value,
  isAwaited: false,
  release,
  enter: (item, position) => [position === 0 ? '[' : ',', `${item}`],
  end: (count) => (count === 0 ? '[]' : ']'),
})
const given = (value: Promise<unknown>): LaterPart => ({
  value,
  isAwaited: true,
  release,
  enter: (item) => [`${item}`],
})

async function readAll(parts: readonly Part[]): Promise<string> {
  const reader = new PartReader(parts)
  let text = ''
  for (;;) {
    const result = await reader.next()
    if (result.done) return text
    text += result.value
  }
}

describe('PartReader', () => {
  it('gives texts, promises and sources in their order', async () => {
    const slow = new Promise((resolve) => setImmediate(resolve, 'slow'))
    const parts = ['a', given(slow), listed([1, 2]), listed(new Set()), given(Promise.resolve('fast')), 'z']
    expect(await readAll(parts)).to.equal('aslow[1,2][]fastz')
  })

  it('reads what an item gives before the next item', async () => {
    const nested: LaterPart = { ...listed([[1, 2], [3]]), enter: (item) => [listed(item as object)], end: () => '.' }
    expect(await readAll([nested])).to.equal('[1,2][3].')
  })

  it('waits for the promises that a synchronous iterable yields', async () => {
    expect(await readAll([listed([Promise.resolve(1), 2, Promise.resolve(3)])])).to.equal('[1,2,3]')
  })

  it('gives a text that is known without a promise', () => {
    const reader = new PartReader(['a', listed(['b'])])
    expect(reader.next()).to.deep.equal({ done: false, value: 'a' })
  })

  it('opens a source only in its turn, and closes the rest when it is closed', async () => {
    const log: string[] = []
    function* rows(name: string) {
      try {
        log.push(`${name} opened`)
        yield 1
        yield 2
      } finally {
        log.push(`${name} closed`)
      }
    }
    const unread = new Readable({ read: () => log.push('read') })
    const reader = new PartReader([listed(rows('first')), listed(rows('second')), listed(unread)])
    while (log.length === 0) await reader.next()
    await reader.close()
    expect(log).to.deep.equal(['first opened', 'first closed'])
    expect(unread.destroyed).to.equal(true)
    expect(await reader.next()).to.deep.equal({ done: true, value: undefined })
  })

  it('closes everything after a failure, and gives the failure', async () => {
    const unread = new Readable({ read: () => undefined })
    const failure = new Error('no')
    const reader = new PartReader([given(Promise.reject(failure)), listed(unread)])
    expect(await Promise.resolve(reader.next()).catch((reason) => reason)).to.equal(failure)
    expect(unread.destroyed).to.equal(true)
  })

  it('a source that comes after the reader was closed is released', async () => {
    const stream = new Readable({ read: () => undefined })
    let resolve = (_stream: Readable): void => undefined
    const promise = new Promise<Readable>((settle) => {
      resolve = settle
    })
    const reader = new PartReader([given(promise)])
    const next = reader.next()
    await reader.close()
    resolve(stream)
    expect(await next).to.deep.equal({ done: true, value: undefined })
    expect(stream.destroyed).to.equal(true)
  })

  it('close() rejects with what a source fails with while it is closed', async () => {
    const failing = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false, value: 1 }),
        return() {
          throw new Error('finally')
        },
      }),
    }
    const reader = new PartReader([listed(failing)])
    await reader.next()
    await reader.next()
    expect(await reader.close().catch((reason: Error) => reason.message)).to.equal('finally')
  })

  it('releases what a generator yields that has ended its own answer', async () => {
    const stream = new Readable({ read: () => undefined })
    function* endItself() {
      void reader.close()
      yield stream
    }
    const reader: PartReader = new PartReader([listed(endItself())])
    for (let index = 0; index < 3; index++) await reader.next()
    expect(stream.destroyed).to.equal(true)
  })

  for (const result of [undefined, null, 5]) {
    it(`an iterator that gives ${result} is a failure with a code`, async () => {
      const reader = new PartReader([listed({ [Symbol.iterator]: () => ({ next: () => result }) })])
      await reader.next()
      expect(() => reader.next())
        .to.throw()
        .with.property('code', 'SOURCE_FAILED')
    })
  }
})
