import { expect } from 'chai'
import { releaseBuffer, takeBuffer } from '../../../src/shared/wire/buffer-pool.js'
import { switches } from '../../../src/shared/wire/switches.js'

const KB = 1024

describe('the buffer pool', () => {
  for (const [asked, size] of [
    [0, 16 * KB],
    [1, 16 * KB],
    [16 * KB, 16 * KB],
    [16 * KB + 1, 32 * KB],
    [64 * KB, 64 * KB],
    [500 * KB, 512 * KB],
  ] as const) {
    it(`gives ${size} bytes for ${asked}, in memory of their own`, () => {
      const buffer = takeBuffer(asked)
      expect([buffer.byteLength, buffer.buffer.byteLength]).to.deep.equal([size, size])
    })
  }

  it('gives no buffer to two users', () => {
    const first = takeBuffer(64 * KB)
    expect(takeBuffer(64 * KB)).not.to.equal(first)
  })

  it('gives a buffer of the same size again after its release, if the trick is on', () => {
    const buffer = takeBuffer(128 * KB)
    releaseBuffer(buffer)
    expect(takeBuffer(256 * KB)).not.to.equal(buffer)
    expect(takeBuffer(100 * KB) === buffer).to.equal(switches.pooledBuffers)
  })

  it('keeps 8 MB at most', () => {
    const all = Array.from({ length: 20 }, () => takeBuffer(512 * KB))
    for (const each of all) releaseBuffer(each)
    const again = new Set(Array.from({ length: 20 }, () => takeBuffer(512 * KB)))
    const kept = all.filter((each) => again.has(each)).length
    if (switches.pooledBuffers) expect(kept).to.be.within(1, 16)
    else expect(kept).to.equal(0)
  })
})
