import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { Pages } from '../../../src/shared/streams/pages.js'

const text = (item: unknown): string => {
  if (typeof item !== 'string') throw new TypeError('no text')
  return item
}

async function readAll(pages: Pages<string>): Promise<string[][]> {
  const all: string[][] = []
  for (let page = await pages.next(); page !== undefined; page = await pages.next()) all.push([...page])
  return all
}

describe('Pages', () => {
  it('joins what comes at once to pages of about 64 KB, and splits no item', async () => {
    const item = 'x'.repeat(30 * 1024)
    const sizes = (await readAll(new Pages(Array(7).fill(item), text))).map((page) => page.length)
    expect(sizes).to.deep.equal([3, 3, 1])
    const large = 'y'.repeat(1024 * 1024)
    expect(await readAll(new Pages([large, 'z'], text))).to.deep.equal([[large], ['z']])
  })

  it('reads every kind of iterable, and promises in one that is synchronous', async () => {
    async function* later() {
      yield 'a'
      yield 'b'
    }
    for (const source of [['a', 'b'], new Set(['a', 'b']), later(), [Promise.resolve('a'), 'b']]) {
      expect((await readAll(new Pages(source, text))).flat()).to.deep.equal(['a', 'b'])
    }
    expect(await readAll(new Pages([], text))).to.deep.equal([])
  })

  it('gives what it has when the source waits', async () => {
    let resume: (item: string) => void = () => undefined
    async function* source() {
      yield 'a'
      yield new Promise<string>((resolve) => {
        resume = resolve
      })
    }
    const pages = new Pages(source(), text)
    expect(await pages.next()).to.deep.equal(['a'])
    const next = pages.next()
    resume('b')
    expect(await next).to.deep.equal(['b'])
    expect(await pages.next()).to.equal(undefined)
  })

  it('fails with the source, after the items before the failure', async () => {
    function* source() {
      yield 'a'
      throw new Error('broken')
    }
    const pages = new Pages(source(), text)
    expect(await pages.next()).to.deep.equal(['a'])
    const failure = await pages.next().catch((error: Error) => error.message)
    expect(failure).to.equal('broken')
    expect(await pages.next()).to.equal(undefined)
  })

  it('closes a source that gave a bad item', async () => {
    let isClosed = false
    function* source() {
      try {
        yield 7
      } finally {
        isClosed = true
      }
    }
    const failure = await new Pages(source(), text).next().catch((error: Error) => error.message)
    expect(failure).to.equal('no text')
    expect(isClosed).to.equal(true)
  })

  it('cancel() closes the source, and ends a next() that waits for it', async () => {
    let isClosed = false
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => undefined),
        return: async () => {
          isClosed = true
          return { done: true as const, value: undefined }
        },
      }),
    }
    const pages = new Pages(source, text)
    const next = pages.next()
    await turn()
    pages.cancel()
    expect(await next).to.equal(undefined)
    expect(isClosed).to.equal(true)
  })

  it('a source that fails after cancel() cannot end the process', async () => {
    const failLate = async (): Promise<never> => {
      await delay(1)
      throw new Error('late')
    }
    const pages = new Pages({ [Symbol.asyncIterator]: () => ({ next: failLate }) }, text)
    const next = pages.next()
    pages.cancel()
    expect(await next).to.equal(undefined)
    await delay(5) // the hook of the tests fails on an unhandled rejection
  })

  it('a promise that rejects while the reader leaves the turn to others fails the reading, and not the process', async () => {
    function* source() {
      const end = performance.now() + 50 // the turn is used up
      while (performance.now() < end);
      yield Promise.reject(new Error('broken'))
    }
    const failure = await readAll(new Pages(source(), text)).catch((error: Error) => error)
    expect(failure).to.have.property('message', 'broken')
    await turn() // the hook of the tests fails on an unhandled rejection
  })

  it('a source that never waits leaves the event loop to others', async () => {
    let turns = 0
    void (async () => {
      for (; turns < 4; turns++) await turn()
    })()
    function* source() {
      for (let count = 0; count < 1e6 && turns < 4; count++) yield ''
    }
    await readAll(new Pages(source(), text))
    expect(turns).to.equal(4)
  })

  for (const item of ['', 'x', 'x'.repeat(30)]) {
    it(`a page of items with ${item.length} characters holds no more than some hundreds of them`, async () => {
      const all = await readAll(new Pages(Array(2000).fill(item), text))
      expect(all.flat()).to.have.length(2000)
      expect(Math.max(...all.map((page) => page.length))).to.be.within(100, 300)
    })
  }
})
