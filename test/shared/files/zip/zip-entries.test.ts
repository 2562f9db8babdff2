import { performance } from 'node:perf_hooks'
import { Readable } from 'node:stream'
import { expect } from 'chai'
import { ZipEntries } from '../../../../src/shared/files/zip/zip-entries.js'

const SETTINGS = { compress: true, duplicates: 'error', missing: 'cut', paths: {} } as const

/** An entry whose name takes more of a turn than bodies may use. */
function slowEntry(index: number, onRead: () => void): { readonly name: string; readonly source: Buffer } {
  return {
    get name() {
      onRead()
      for (const end = performance.now() + 5; performance.now() < end; );
      return `${index}`
    },
    source: Buffer.from('a'),
  }
}

describe('ZipEntries', () => {
  it('checks a list in several turns of the event loop if that takes long', async () => {
    let reads = 0
    const list = Array.from({ length: 20 }, (_, index) => slowEntry(index, () => reads++))
    const entries = new ZipEntries(list, SETTINGS)
    expect(reads).to.be.below(3)
    const most = { inTurn: 0, before: reads, turns: 0 }
    const watch = setInterval(() => {
      most.inTurn = Math.max(most.inTurn, reads - most.before)
      most.before = reads
      most.turns++
    })
    const checked = await entries.checkAll()
    clearInterval(watch)
    expect(checked?.length).to.equal(20)
    expect(most.turns).to.be.above(5)
    expect(most.inTurn).to.be.below(5)
  })

  it('reads nothing of a generator when the call is made', () => {
    let isStarted = false
    function* entries(): Generator<{ readonly name: string }> {
      isStarted = true
      yield { name: 'a/' }
    }
    new ZipEntries(entries(), SETTINGS).release()
    expect(isStarted).to.equal(false)
  })

  it('owns the stream of an entry before a promise settles, so that its failure does not end the process', async () => {
    const stream = new Readable({ read: () => undefined })
    function* entries(): Generator<{ readonly name: string; readonly source: Readable }> {
      yield { name: 'a', source: stream.destroy(new Error('late')) }
    }
    const reader = new ZipEntries(entries(), SETTINGS).read()
    // After a callback of nextTick, the error is emitted before any promise settles.
    const entry = await new Promise((resolve) => process.nextTick(() => resolve(reader.next())))
    expect(entry).to.include({ name: 'a', source: stream })
  })
})
