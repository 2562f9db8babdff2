import { expect } from 'chai'
import { BATCH_SIZE } from '../../../../src/shared/streams/batch.js'
import { Backlog, isTooMuch } from '../../../../src/shared/streams/channel/backlog.js'

const MEGABYTE = 1024 * 1024

function backlogOf(...frames: readonly Buffer[]): Backlog {
  const backlog = new Backlog()
  for (const frame of frames) backlog.add(frame)
  return backlog
}

function takeAll(backlog: Backlog): Buffer[] {
  const taken: Buffer[] = []
  for (let batch = backlog.take(); batch !== undefined; batch = backlog.take()) taken.push(batch)
  return taken
}

describe('Backlog', () => {
  it('gives small frames together, in their order, and nothing after them', () => {
    const backlog = backlogOf(Buffer.from('a'), Buffer.from('b'), Buffer.from('c'))
    expect(takeAll(backlog).map(String)).to.deep.equal(['abc'])
    expect(backlog.isEmpty).to.equal(true)
    expect(backlog.take()).to.equal(undefined)
  })

  it('gives a single frame without a copy', () => {
    const frame = Buffer.from('event')
    expect(backlogOf(frame).take()?.buffer).to.equal(frame.buffer)
  })

  it('gives batches of at most the size of a batch, and all bytes', () => {
    const frames = [40_000, 40_000, 10, 200_000, 5].map((length, index) => Buffer.alloc(length, index + 1))
    const taken = takeAll(backlogOf(...frames))
    for (const batch of taken) expect(batch.length).to.be.at.most(BATCH_SIZE)
    expect(Buffer.concat(taken).equals(Buffer.concat(frames))).to.equal(true)
  })

  it('is not empty between the pieces of a large frame', () => {
    const backlog = backlogOf(Buffer.alloc(BATCH_SIZE + 1))
    backlog.take()
    expect(backlog.isEmpty).to.equal(false)
    backlog.take()
    expect(backlog.isEmpty).to.equal(true)
  })

  it('is too long above one megabyte, unless one frame is all', () => {
    expect(backlogOf(Buffer.alloc(2 * MEGABYTE)).isTooLong).to.equal(false)
    expect(backlogOf(Buffer.alloc(MEGABYTE - 1), Buffer.alloc(1)).isTooLong).to.equal(false)
    expect(backlogOf(Buffer.alloc(MEGABYTE), Buffer.alloc(1)).isTooLong).to.equal(true)
    expect(isTooMuch(1, 2 * MEGABYTE)).to.equal(false)
  })

  it('forgets all of it, also the rest of a large frame', () => {
    const backlog = backlogOf(Buffer.alloc(BATCH_SIZE + 1), Buffer.alloc(MEGABYTE))
    backlog.take()
    backlog.clear()
    expect([backlog.isEmpty, backlog.isTooLong, backlog.take()]).to.deep.equal([true, false, undefined])
  })
})
