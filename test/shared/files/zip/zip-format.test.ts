import { expect } from 'chai'
import {
  centralHeader,
  dataDescriptor,
  endOfArchive,
  lengthOfCentralHeader,
  lengthOfLocalHeader,
  localHeader,
  needsZip64,
  type ZipMember,
} from '../../../../src/shared/files/zip/zip-format.js'

const GIGABYTE = 2 ** 30
const MAX_32 = 0xffff_ffff

const member: ZipMember = {
  name: 'größe.txt',
  comment: 'a comment',
  mtime: new Date('2021-02-03T04:05:06Z'),
  mode: 0o100_644,
  method: 8,
  hasDescriptor: false,
  isZip64: false,
  crc: 0x12345678,
  size: 1000,
  compressedSize: 600,
  offset: 70_000,
}

const NAME_BYTES = Buffer.from('größe.txt')

describe('localHeader (APPNOTE §4.3.7)', () => {
  it('holds checksum and sizes if they are known', () => {
    const header = localHeader(member)
    expect(header.readUInt32LE(0)).to.equal(0x04034b50)
    expect(header.readUInt16LE(4)).to.equal(20) // version needed to extract
    expect(header.readUInt16LE(6)).to.equal(0x0800) // UTF-8, no descriptor
    expect(header.readUInt16LE(8)).to.equal(8)
    expect(header.readUInt32LE(14)).to.equal(0x12345678)
    expect(header.readUInt32LE(18)).to.equal(600)
    expect(header.readUInt32LE(22)).to.equal(1000)
    expect(header.readUInt16LE(26)).to.equal(NAME_BYTES.length)
    expect(header.subarray(30, 30 + NAME_BYTES.length).equals(NAME_BYTES)).to.equal(true)
  })

  it('holds zeros and bit 3 if they follow the data (§4.4.4)', () => {
    const header = localHeader({ ...member, hasDescriptor: true })
    expect(header.readUInt16LE(6)).to.equal(0x0808)
    expect([14, 18, 22].map((at) => header.readUInt32LE(at))).to.deep.equal([0, 0, 0])
  })

  it('holds the time in local time for MS-DOS, and in UTC in the extended timestamp', () => {
    const header = localHeader(member)
    const local = member.mtime
    expect(header.readUInt16LE(10)).to.equal((local.getHours() << 11) | (5 << 5) | 3)
    expect(header.readUInt16LE(12)).to.equal((41 << 9) | ((local.getMonth() + 1) << 5) | local.getDate())
    const extra = header.subarray(30 + NAME_BYTES.length)
    expect([extra.readUInt16LE(0), extra.readUInt16LE(2), extra.readUInt8(4)]).to.deep.equal([0x5455, 5, 1])
    expect(extra.readInt32LE(5)).to.equal(Date.parse('2021-02-03T04:05:06Z') / 1000)
  })

  for (const [title, mtime, dosDate, dosTime, hasTimestamp] of [
    ['before MS-DOS', new Date(1970, 0, 1, 12), (0 << 9) | (1 << 5) | 1, 0, true],
    ['before 1902', new Date(1850, 0, 1), (0 << 9) | (1 << 5) | 1, 0, false],
    ['after 2038', new Date(2050, 11, 31, 1, 2, 4), (70 << 9) | (12 << 5) | 31, (1 << 11) | (2 << 5) | 2, false],
    ['after MS-DOS', new Date(2200, 0, 1), (127 << 9) | (12 << 5) | 31, (23 << 11) | (59 << 5) | 29, false],
  ] as const) {
    it(`clamps a time ${title}`, () => {
      const header = localHeader({ ...member, mtime })
      expect(header.readUInt16LE(12)).to.equal(dosDate)
      expect(header.readUInt16LE(10)).to.equal(dosTime)
      expect(header.readUInt16LE(28)).to.equal(hasTimestamp ? 9 : 0)
    })
  }

  it('promises sizes of 64 bits by the zip64 field (§4.5.3)', () => {
    const size = 5 * GIGABYTE
    const known = localHeader({ ...member, isZip64: true, size, compressedSize: size + 5 })
    expect(known.readUInt16LE(4)).to.equal(45)
    expect([18, 22].map((at) => known.readUInt32LE(at))).to.deep.equal([MAX_32, MAX_32])
    const extra = known.subarray(30 + NAME_BYTES.length)
    expect([extra.readUInt16LE(0), extra.readUInt16LE(2)]).to.deep.equal([1, 16])
    expect([extra.readBigUInt64LE(4), extra.readBigUInt64LE(12)]).to.deep.equal([BigInt(size), BigInt(size + 5)])
    const later = localHeader({ ...member, isZip64: true, hasDescriptor: true, size, compressedSize: size })
    expect(later.subarray(30 + NAME_BYTES.length).readBigUInt64LE(4)).to.equal(0n)
  })
})

describe('dataDescriptor (APPNOTE §4.3.9)', () => {
  it('is empty if the local header has said it all', () => expect(dataDescriptor(member)).to.have.length(0))

  it('holds checksum and sizes of 32 bits', () => {
    const record = dataDescriptor({ ...member, hasDescriptor: true })
    expect([0, 4, 8, 12].map((at) => record.readUInt32LE(at))).to.deep.equal([0x08074b50, 0x12345678, 600, 1000])
    expect(record).to.have.length(16)
  })

  for (const [title, changed] of [
    ['the local header promises them', { isZip64: true }],
    ['the size needs them', { size: 5 * GIGABYTE }],
    ['the compressed size needs them', { compressedSize: MAX_32 }],
  ] as const) {
    it(`holds sizes of 64 bits if ${title}`, () => {
      const given = { ...member, hasDescriptor: true, ...changed }
      const record = dataDescriptor(given)
      expect(record).to.have.length(24)
      expect(record.readBigUInt64LE(8)).to.equal(BigInt(given.compressedSize))
      expect(record.readBigUInt64LE(16)).to.equal(BigInt(given.size))
    })
  }
})

describe('centralHeader (APPNOTE §4.3.12)', () => {
  it('holds mode, offset and comment', () => {
    const header = centralHeader(member)
    expect(header.readUInt32LE(0)).to.equal(0x02014b50)
    expect(header.readUInt8(5)).to.equal(3) // the attributes are those of POSIX (§4.4.2)
    expect(header.readUInt32LE(38)).to.equal((0o100_644 << 16) >>> 0)
    expect(header.readUInt32LE(42)).to.equal(70_000)
    expect(header.subarray(-9).toString()).to.equal('a comment')
    expect(header.readUInt16LE(32)).to.equal(9)
  })

  it('marks a directory for MS-DOS too', () => {
    const attributes = centralHeader({ ...member, mode: 0o040_755 }).readUInt32LE(38)
    expect(attributes).to.equal(((0o040_755 << 16) | 0x10) >>> 0)
  })

  it('moves only the numbers that need it to the zip64 field (§4.5.3)', () => {
    const header = centralHeader({ ...member, size: 5 * GIGABYTE, offset: MAX_32 })
    expect(header.readUInt16LE(6)).to.equal(45)
    expect(header.readUInt32LE(20)).to.equal(600)
    expect([24, 42].map((at) => header.readUInt32LE(at))).to.deep.equal([MAX_32, MAX_32])
    const extra = header.subarray(46 + NAME_BYTES.length)
    expect([extra.readUInt16LE(0), extra.readUInt16LE(2)]).to.deep.equal([1, 16])
    expect(extra.readBigUInt64LE(4)).to.equal(BigInt(5 * GIGABYTE))
    expect(extra.readBigUInt64LE(12)).to.equal(BigInt(MAX_32))
  })
})

describe('the lengths of headers', () => {
  for (const changed of [
    {},
    { isZip64: true },
    { size: MAX_32, compressedSize: MAX_32, offset: MAX_32 },
    { mtime: new Date(1850, 0, 1) },
    { comment: 'größer' },
  ]) {
    it(`are those of the headers: ${JSON.stringify(changed)}`, () => {
      const given = { ...member, ...changed }
      expect(lengthOfLocalHeader(given)).to.equal(localHeader(given).byteLength)
      expect(lengthOfCentralHeader(given)).to.equal(centralHeader(given).byteLength)
    })
  }
})

describe('endOfArchive', () => {
  it('is 22 bytes if its numbers fit (APPNOTE §4.3.16)', () => {
    const end = endOfArchive(65_534, 1000, 2000)
    expect(end).to.have.length(22)
    expect([end.readUInt16LE(8), end.readUInt16LE(10)]).to.deep.equal([65_534, 65_534])
    expect([end.readUInt32LE(12), end.readUInt32LE(16)]).to.deep.equal([1000, 2000])
  })

  for (const [title, count, size, offset] of [
    ['too many members', 65_535, 1000, 2000],
    ['a central directory that is too large', 2, MAX_32, 2000],
    ['a central directory that begins too late', 2, 1000, 5 * GIGABYTE],
  ] as const) {
    it(`has the zip64 records before it for ${title} (§4.3.14, §4.3.15)`, () => {
      const end = endOfArchive(count, size, offset)
      expect(end).to.have.length(56 + 20 + 22)
      expect(end.readUInt32LE(0)).to.equal(0x06064b50)
      expect(end.readBigUInt64LE(4)).to.equal(44n)
      expect([24, 32, 40, 48].map((at) => end.readBigUInt64LE(at))).to.deep.equal(
        [count, count, size, offset].map(BigInt),
      )
      expect(end.readUInt32LE(56)).to.equal(0x07064b50)
      expect(end.readBigUInt64LE(64)).to.equal(BigInt(offset + size)) // where the first record is
    })
  }
})

describe('needsZip64', () => {
  it('is true from the number on that means "look at the zip64 field"', () => {
    expect([0, MAX_32 - 1, MAX_32, 2 ** 40].map(needsZip64)).to.deep.equal([false, false, true, true])
  })
})
