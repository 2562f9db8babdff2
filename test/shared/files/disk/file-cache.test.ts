import { expect } from 'chai'
import { FileCache } from '../../../../src/shared/files/disk/file-cache.js'
import { Sandbox } from '../../../support/sandbox.js'

const sandbox = new Sandbox()
after(() => sandbox.remove())

describe('FileCache', () => {
  it('counts what an entry costs beside its bytes, so that empty files do not fill the memory', async () => {
    const cache = new FileCache({ maxBytes: 100_000, maxFileSize: 1000, maxAgeMs: 0 })
    const seen: number[] = []
    for (let index = 0; index < 300; index++) {
      const content = await cache.open(sandbox.write(`empty-${index}`, ''), undefined)
      content.close()
      seen.push(cache.bytes)
    }
    expect(Math.max(...seen)).to.be.at.most(100_000)
    // Each path alone is longer than 20 characters of two bytes: 300 entries for free would be far below this.
    expect(cache.bytes).to.be.greaterThan(50_000)
  })

  it('counts no file twice that several requests read at once', async () => {
    const cache = new FileCache({ maxBytes: 1_000_000, maxFileSize: 10_000, maxAgeMs: 0 })
    const path = sandbox.write('once.txt', 'x'.repeat(5000))
    const first = await cache.open(path, undefined)
    const { bytes } = cache
    for (const content of await Promise.all([1, 2, 3].map(() => cache.open(path, undefined)))) content.close()
    first.close()
    expect(cache.bytes).to.equal(bytes)
    sandbox.write('once.txt', 'y'.repeat(5000))
    for (const content of await Promise.all([1, 2, 3].map(() => cache.open(path, undefined)))) content.close()
    expect(cache.bytes).to.equal(bytes)
  })
})
