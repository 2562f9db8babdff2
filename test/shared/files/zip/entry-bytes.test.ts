import { performance } from 'node:perf_hooks'
import { crc32 } from 'node:zlib'
import { expect } from 'chai'
import { BLOCK_SIZE } from '../../../../src/shared/files/zip/data-coders.js'
import { checksum } from '../../../../src/shared/files/zip/entry-bytes.js'
import { isTurnUsedUp } from '../../../../src/shared/wire/turn-budget.js'

/** Leaves no time of this turn to bodies, so that the next one that asks waits for a turn. */
function useUpTurn(): void {
  isTurnUsedUp()
  const start = performance.now()
  while (performance.now() - start < 10);
  expect(isTurnUsedUp()).to.equal(true)
}

describe('checksum', () => {
  for (const size of [0, 1, BLOCK_SIZE, 2 * BLOCK_SIZE + 1]) {
    it(`of ${size} bytes is their CRC-32`, async () => {
      const bytes = new Uint8Array(size).fill(7)
      expect(await checksum(bytes)).to.equal(crc32(bytes))
    })
  }

  it('ends without an error if the bytes are transferred between two blocks', async () => {
    const bytes = new Uint8Array(3 * BLOCK_SIZE)
    useUpTurn()
    const sum = checksum(bytes)
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
    expect(bytes.byteLength).to.equal(0)
    expect(await sum).to.be.a('number')
  })
})
