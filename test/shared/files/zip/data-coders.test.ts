import { randomBytes } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import { expect } from 'chai'
import {
  BLOCK_SIZE,
  type DataCoder,
  Deflater,
  lengthOfStoredBlocks,
  StoredBlocks,
} from '../../../../src/shared/files/zip/data-coders.js'

async function encode(coder: DataCoder, data: Buffer): Promise<Buffer> {
  const parts: (Buffer | undefined)[] = []
  for (let at = 0; at < data.length; at += BLOCK_SIZE) {
    await coder.write(data.subarray(at, at + BLOCK_SIZE))
    parts.push(coder.take())
  }
  await coder.end()
  parts.push(coder.take())
  return Buffer.concat(parts.filter((part) => part !== undefined))
}

for (const [name, Coder] of [
  ['Deflater', Deflater],
  ['StoredBlocks', StoredBlocks],
] as const) {
  describe(name, () => {
    for (const size of [0, 1, BLOCK_SIZE - 1, BLOCK_SIZE, BLOCK_SIZE + 1, 1_000_000]) {
      it(`makes of ${size} bytes what inflate takes`, async () => {
        const data = randomBytes(size)
        expect(inflateRawSync(await encode(new Coder(), data)).equals(data)).to.equal(true)
      })
    }
  })
}

describe('lengthOfStoredBlocks', () => {
  for (const size of [1, BLOCK_SIZE, BLOCK_SIZE + 1, 300_000]) {
    it(`is the length that ${size} bytes get`, async () => {
      expect((await encode(new StoredBlocks(), Buffer.alloc(size))).length).to.equal(lengthOfStoredBlocks(size))
    })
  }
})

describe('Deflater', () => {
  it('answers a call that waits if it is closed meanwhile', async () => {
    const deflater = new Deflater()
    const written = deflater.write(randomBytes(BLOCK_SIZE))
    deflater.close()
    await written
    await deflater.write(randomBytes(10))
    await deflater.end()
  })
})
