import { expect } from 'chai'
import { Batch } from '../../../src/shared/streams/batch.js'

const LARGE = 9_000_000

/** Everything that a batch gives until it is empty. */
function takeAll(batch: Batch, isLast = true): Buffer[] {
  const taken: Buffer[] = []
  for (let next = batch.take(isLast); next !== undefined; next = batch.take(isLast)) taken.push(next)
  return taken
}

describe('Batch', () => {
  it('joins small chunks of text and bytes, in their order, to one', () => {
    const batch = new Batch()
    for (const chunk of ['a', Buffer.from('b'), '', Buffer.alloc(0), 'c€']) batch.add(chunk)
    expect(takeAll(batch).map(String)).to.deep.equal(['abc€'])
    expect(batch.isEmpty).to.equal(true)
  })

  it('keeps a character whole whose halves come in two chunks, or in two batches (UTF-16)', () => {
    const batch = new Batch()
    batch.add('a\ud83d')
    expect(takeAll(batch, false).map(String)).to.deep.equal(['a'])
    expect(batch.isEmpty).to.equal(false)
    batch.add('\ude00b')
    expect(takeAll(batch, false).map(String)).to.deep.equal(['😀b'])
  })

  it('replaces half a character that stays alone: before bytes, and at the end', () => {
    const batch = new Batch()
    batch.add('\ud83d')
    batch.add(Buffer.from('b'))
    batch.add('\ud83d')
    expect(Buffer.concat(takeAll(batch)).toString()).to.equal('\ufffdb\ufffd')
  })

  for (const [title, chunk] of [
    ['text', 'é😀x'.repeat(LARGE / 8)],
    ['bytes', Buffer.alloc(LARGE, 'abcdefg')],
  ] as const) {
    it(`gives ${LARGE} bytes of ${title} in pieces of at most 64 KB, that are the same together`, () => {
      const batch = new Batch()
      batch.add('first ')
      batch.add(chunk)
      const taken = takeAll(batch)
      expect(Math.max(...taken.map(({ length }) => length))).to.be.at.most(65_536)
      expect(Buffer.concat(taken).equals(Buffer.concat([Buffer.from('first '), Buffer.from(chunk)]))).to.equal(true)
    })
  }

  it('does not copy a large chunk', () => {
    const batch = new Batch()
    const chunk = Buffer.alloc(200_000)
    batch.add('a')
    batch.add(chunk)
    const [small, ...pieces] = takeAll(batch)
    expect(small?.length).to.equal(1)
    for (const piece of pieces) expect(piece.buffer).to.equal(chunk.buffer)
  })
})
