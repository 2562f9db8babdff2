import type { BigIntStats } from 'node:fs'
import { expect } from 'chai'
import { isOlder, isTimeGiven } from '../../../../src/shared/files/disk/file-facts.js'
import { LARGEST_HASHED, tagOfFile } from '../../../../src/shared/files/disk/file-tag.js'
import { BytesContent } from '../../../../src/shared/files/memory-content.js'
import { nodeExchange } from '../../../support/node-exchange.js'

/** Times in seconds, with a fraction. */
function stats(mtime: number, ctime: number, size = 5): BigIntStats {
  const nanoseconds = (seconds: number): bigint => BigInt(Math.round(seconds * 1000)) * 1_000_000n
  return { size: BigInt(size), mtimeNs: nanoseconds(mtime), ctimeNs: nanoseconds(ctime) } as BigIntStats // what is read of it
}

describe('isTimeGiven()', () => {
  for (const [title, mtime, ctime, expected] of [
    ['a file just written', 1000.123, 1000.123, false],
    ['a file whose mode was changed later', 1000.123, 5000.456, false],
    ['a file just written, on a file system of whole seconds', 1000, 1000, false],
    ['a file just written, on a file system of two seconds', 1000, 1001, false],
    ['a whole second just past, on a file system with fractions', 1000, 1000.3, true],
    ['a file whose mode was changed later, on a file system of whole seconds', 1000, 5000, true],
    ['a whole second long before the inode', 1000, 5000.456, true],
    ['the year 1970', 0, 5000.456, true],
    ['before 1970', -5, 5000.456, true],
    ['a time to come, with a fraction', 9000.5, 5000.456, true],
    ['a clock of the network that is a second ahead', 1001.2, 1000.2, false],
  ] as const) {
    it(`${title}: ${expected}`, () => expect(isTimeGiven(stats(mtime, ctime))).to.equal(expected))
  }
})

describe('isOlder()', () => {
  for (const [title, first, second, expected] of [
    ['the same time', 10.5, 10.5, false],
    ['the same second without its fraction', 10, 10.9, false],
    ['the second before', 9.9, 10, true],
    ['the second after', 11, 10.9, false],
  ] as const) {
    it(`${title}: ${expected}`, () => expect(isOlder(stats(first, 0), stats(second, 0))).to.equal(expected))
  }
})

describe('tagOfFile()', () => {
  const { facts } = nodeExchange()
  const content = new BytesContent('test', Buffer.from('bytes'))

  it('is size and time in hexadecimal nanoseconds if the time tells versions apart', () => {
    const first = tagOfFile(facts, content, stats(1.5, 1.5))
    expect(first).to.equal(`"5-${(1_500_000_000).toString(16)}"`)
    expect(tagOfFile(facts, content, stats(1.501, 1.501))).not.to.equal(first)
    expect(tagOfFile(facts, content, stats(1.5, 1.5, 6))).not.to.equal(first)
  })

  it('has the time of the inode, and no reading, if a file with a given time is large', () => {
    const large = (ctime: number) => tagOfFile(facts, content, stats(0, ctime, LARGEST_HASHED + 1))
    expect(large(5000)).to.match(/^"10000001-0-[\da-f]+"$/)
    expect(large(5001)).not.to.equal(large(5000))
  })
})
