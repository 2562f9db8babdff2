import { expect } from 'chai'
import { encodeBytes } from '../../../src/shared/streams/byte-chunk.js'
import { ChunkReader } from '../../../src/shared/streams/chunk-reader.js'
import type { PullSource } from '../../../src/shared/streams/pull-source.js'

const COUNT = 60
const SIZE = 256 * 1024

/** Chunks that each begin with their number, and come in a later turn. Tells if the next one is asked for too early. */
class NumberedChunks implements PullSource {
  overlaps = 0
  #isPending = false
  #number = 0

  next(): Promise<IteratorResult<unknown, unknown>> {
    if (this.#isPending) this.overlaps++
    this.#isPending = true
    const number = this.#number++
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#isPending = false
        if (number === COUNT) return resolve({ done: true, value: undefined })
        const chunk = Buffer.alloc(SIZE)
        for (let index = 0; index < SIZE; index += 4) chunk.writeUInt32LE(number, index)
        resolve({ done: false, value: chunk })
      })
    })
  }

  close(): void {}
}

function work(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

describe('ChunkReader', () => {
  it('asks for one chunk at a time and keeps their order, also if the turns of the event loop are used up', async () => {
    const source = new NumberedChunks()
    const encode = (chunk: unknown, position: number) => encodeBytes('source', chunk, position)
    const reader = new ChunkReader(source, { encode }, () => {})
    const numbers: number[] = []
    for (let batch = await reader.read(); batch !== undefined; batch = await reader.read()) {
      for (let index = 0; index < batch.length; index += 4096) numbers.push(batch.readUInt32LE(index))
      work(3)
    }
    const expected = Array.from({ length: COUNT }, (_, number) => Array<number>(SIZE / 4096).fill(number)).flat()
    expect(numbers).to.deep.equal(expected)
    expect(source.overlaps).to.equal(0)
  })

  const failure = new Error('no')
  const reject = () => Promise.reject(failure)
  for (const [title, next] of Object.entries<() => any>({
    rejects: reject,
    throws: () => {
      throw failure
    },
    'gives a promise that rejects': () => ({ done: false, value: reject() }),
    'gives what cannot be written': () => ({ done: false, value: Symbol('a') }),
  })) {
    it(`closes a source once whose next() ${title}, and tells no failure twice`, async () => {
      let closed = 0
      const told: unknown[] = []
      const close = () => {
        closed++
        return reject()
      }
      const encode = (): never => {
        throw failure
      }
      const reader = new ChunkReader({ next, close }, { encode }, (reason) => told.push(reason))
      expect(
        await Promise.resolve()
          .then(() => reader.read())
          .catch((reason) => reason),
      ).to.equal(failure)
      reader.cancel()
      expect([closed, told]).to.deep.equal([1, []])
    })
  }

  it('encodes one long text in several turns of the event loop', async () => {
    const text = 'é😀'.repeat(6_000_000)
    const items = [text][Symbol.iterator]()
    const source: PullSource = { next: () => items.next(), close: () => undefined }
    const encode = (chunk: unknown, position: number) => encodeBytes('source', chunk, position)
    const reader = new ChunkReader(source, { encode }, () => undefined)
    let turns = 0
    let timer = setImmediate(function count() {
      turns++
      timer = setImmediate(count)
    })
    let length = 0
    for (let batch = await reader.read(); batch !== undefined; batch = await reader.read()) {
      length += batch.length
      expect(batch.length).to.be.at.most(65_536)
    }
    clearImmediate(timer)
    expect(length).to.equal(6 * 6_000_000)
    expect(turns).to.be.above(3) // 36 MB take far more than three times 5 ms
  })
})
