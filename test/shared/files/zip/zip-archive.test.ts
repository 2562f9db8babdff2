import { expect } from 'chai'
import { readFileOptions } from '../../../../src/shared/files/file-options.js'
import { acceptZip } from '../../../../src/shared/files/zip/zip.js'
import { ZipArchive } from '../../../../src/shared/files/zip/zip-archive.js'
import { nodeExchange } from '../../../support/node-exchange.js'

/** More than 32 bits can say, and no multiple of a block. */
const SIZE = 2 ** 32 + 7
const CHUNK = Buffer.alloc(1024 * 1024, 'x')

function* chunks(): Generator<Buffer> {
  for (let left = SIZE; left > 0; left -= CHUNK.length) yield left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK
}

/** The whole length of an archive, and its last bytes. */
async function readToEnd(archive: ZipArchive): Promise<{ length: number; tail: Buffer }> {
  let length = 0
  let tail = Buffer.alloc(0)
  for (let result = await archive.next(); result.done !== true; result = await archive.next()) {
    length += result.value.byteLength
    tail = Buffer.concat([tail, result.value]).subarray(-1000)
  }
  return { length, tail }
}

describe('the central directory of an archive', () => {
  it('leaves in pieces, also if its entries have long comments', async () => {
    const entries = Array.from({ length: 40 }, (_, index) => ({
      name: `${index}`,
      source: Buffer.from('a'),
      comment: 'c'.repeat(60_000),
    }))
    const exchange = nodeExchange()
    const call = acceptZip(entries, undefined, undefined)
    const options = readFileOptions('zip()', call.settings.paths, exchange.facts.settings.files)
    await call.entries.checkAll()
    const archive = new ZipArchive(exchange, call.entries, options, 'cut')
    const lengths: number[] = []
    for (let result = await archive.next(); result.done !== true; result = await archive.next()) {
      lengths.push(result.value.byteLength)
    }
    archive.close()
    expect(lengths.reduce((sum, length) => sum + length)).to.be.above(40 * 60_000)
    expect(Math.max(...lengths)).to.be.below(3 * 65_536)
  })
})

describe('an archive of more than 4 GB (APPNOTE §4.5.3)', () => {
  it('has its sizes, and where its next entry begins, in 64 bits', async function () {
    this.timeout(300_000)
    const entries = [
      { name: 'large', source: { size: SIZE, read: chunks }, mtime: 0 },
      { name: 'next', source: Buffer.from('12345'), mtime: 0 },
    ]
    const call = acceptZip(entries, undefined, { compress: false })
    const exchange = nodeExchange()
    const options = readFileOptions('zip()', call.settings.paths, exchange.facts.settings.files)
    const archive = new ZipArchive(exchange, call.entries, options, 'cut')
    const measured = await archive.measure()

    // RFC 1951 §3.2.4: blocks of 65,535 bytes with a head of 5, and an empty one.
    const data = SIZE + 5 * Math.ceil(SIZE / 65_535) + 5
    // APPNOTE §4.3.7: 30 bytes, the name, two numbers of 64 bits (20), the time (9). §4.3.9: a descriptor of 24 bytes.
    const next = 30 + 'large'.length + 20 + 9 + data + 24
    const central = next + 30 + 'next'.length + 9 + '12345'.length
    // §4.3.12: 46 bytes, the name, the numbers that need 64 bits, the time.
    const centralLength = 46 + 'large'.length + 20 + 9 + (46 + 'next'.length + 12 + 9)
    const { length, tail } = await readToEnd(archive)
    expect(length)
      .to.equal(central + centralLength + 56 + 20 + 22)
      .and.equal(measured)

    const directory = tail.subarray(tail.length - (length - central))
    expect(directory.readUInt32LE(0)).to.equal(0x02014b50)
    const numbers = directory.subarray(46 + 'large'.length)
    expect([numbers.readUInt16LE(0), numbers.readUInt16LE(2)]).to.deep.equal([1, 16])
    expect([4, 12].map((at) => numbers.readBigUInt64LE(at))).to.deep.equal([BigInt(SIZE), BigInt(data)])
    const second = directory.subarray(46 + 'large'.length + 20 + 9)
    expect(second.readUInt32LE(0)).to.equal(0x02014b50)
    expect(second.subarray(46 + 'next'.length).readBigUInt64LE(4)).to.equal(BigInt(next))
    const end = directory.subarray(centralLength)
    expect(end.readUInt32LE(0)).to.equal(0x06064b50)
    expect([24, 40, 48].map((at) => end.readBigUInt64LE(at))).to.deep.equal([2, centralLength, central].map(BigInt))
  })
})
