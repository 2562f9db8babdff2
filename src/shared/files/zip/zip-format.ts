/**
 * The records of a zip archive (PKWARE APPNOTE.TXT 6.3.10), all numbers little-endian. A record is zip64 (§4.5.3) only
 * if its numbers need it, because not every reader knows zip64.
 */

/** One member of an archive, as its headers describe it. Its texts become UTF-8. */
export interface ZipMember {
  readonly name: string
  readonly comment: string
  readonly mtime: Date
  /** File type and permissions, as POSIX has them. */
  readonly mode: number
  readonly method: typeof STORED | typeof DEFLATED
  /** Checksum and sizes come after the data, because they are not known before. */
  readonly hasDescriptor: boolean
  /** The local header promises sizes of 64 bits. */
  readonly isZip64: boolean
  readonly crc: number
  readonly size: number
  readonly compressedSize: number
  /** Where its local header is in the archive. */
  readonly offset: number
}

export const STORED = 0
export const DEFLATED = 8

/** Bytes before the name. */
const LOCAL_HEADER = 30
const CENTRAL_HEADER = 46
const TIME_FIELD = 9
const MAX_16 = 0xffff
const MAX_32 = 0xffffffff
/** Sizes follow the data (bit 3); name and comment are UTF-8 (bit 11). §4.4.4 */
const DESCRIPTOR_FLAG = 1 << 3
const UTF8_FLAG = 1 << 11
/** Made on a system whose file attributes are those of POSIX, by version 6.3 (§4.4.2). */
const MADE_BY = (3 << 8) | 63
const DIRECTORY_TYPE = 0o040000
/** The same in the attributes of MS-DOS. */
const DOS_DIRECTORY = 0x10

/** Whether a size or an offset does not fit 32 bits; the largest value says "look at the zip64 field". */
export function needsZip64(value: number): boolean {
  return value >= MAX_32
}

/** §4.3.7 */
export function localHeader(member: ZipMember): Buffer {
  const { name, hasDescriptor, isZip64, crc, size, compressedSize } = member
  const isKnown = !hasDescriptor
  const header = Buffer.allocUnsafe(lengthOfLocalHeader(member))
  const nameLength = header.write(name, LOCAL_HEADER)
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt16LE(versionNeeded(isZip64), 4)
  writeCommonFields(header, 6, member)
  header.writeUInt32LE(isKnown ? crc : 0, 14)
  header.writeUInt32LE(isZip64 ? MAX_32 : isKnown ? compressedSize : 0, 18)
  header.writeUInt32LE(isZip64 ? MAX_32 : isKnown ? size : 0, 22)
  header.writeUInt16LE(nameLength, 26)
  header.writeUInt16LE(header.byteLength - LOCAL_HEADER - nameLength, 28)
  const long = isZip64 ? (isKnown ? [size, compressedSize] : [0, 0]) : []
  writeExtraFields(header, LOCAL_HEADER + nameLength, long, member.mtime)
  return header
}

export function lengthOfLocalHeader({ name, isZip64, mtime }: ZipMember): number {
  return LOCAL_HEADER + Buffer.byteLength(name) + lengthOfExtraFields(isZip64 ? 2 : 0, mtime)
}

/** §4.3.9; empty if the local header has said it all. */
export function dataDescriptor(member: ZipMember): Buffer {
  const { hasDescriptor, crc, size, compressedSize } = member
  if (!hasDescriptor) return EMPTY
  const isLong = member.isZip64 || needsZip64(size) || needsZip64(compressedSize)
  const record = Buffer.allocUnsafe(isLong ? 24 : 16)
  record.writeUInt32LE(0x08074b50, 0)
  record.writeUInt32LE(crc, 4)
  if (isLong) {
    record.writeBigUInt64LE(BigInt(compressedSize), 8)
    record.writeBigUInt64LE(BigInt(size), 16)
  } else {
    record.writeUInt32LE(compressedSize, 8)
    record.writeUInt32LE(size, 12)
  }
  return record
}

/** §4.3.12 */
export function centralHeader(member: ZipMember): Buffer {
  const { name, comment, mode, crc, size, compressedSize, offset, mtime } = member
  const long = longNumbers(member)
  const header = Buffer.allocUnsafe(lengthOfCentralHeader(member))
  const nameLength = header.write(name, CENTRAL_HEADER)
  const extraLength = lengthOfExtraFields(long.length, mtime)
  const commentLength = header.write(comment, CENTRAL_HEADER + nameLength + extraLength)
  header.writeUInt32LE(0x02014b50, 0)
  header.writeUInt16LE(MADE_BY, 4)
  header.writeUInt16LE(versionNeeded(member.isZip64 || long.length > 0), 6)
  writeCommonFields(header, 8, member)
  header.writeUInt32LE(crc, 16)
  header.writeUInt32LE(Math.min(compressedSize, MAX_32), 20)
  header.writeUInt32LE(Math.min(size, MAX_32), 24)
  header.writeUInt16LE(nameLength, 28)
  header.writeUInt16LE(extraLength, 30)
  header.writeUInt16LE(commentLength, 32)
  header.writeUInt16LE(0, 34) // disk number
  header.writeUInt16LE(0, 36) // internal attributes
  const isDirectory = (mode & DIRECTORY_TYPE) !== 0
  header.writeUInt32LE(((mode << 16) | (isDirectory ? DOS_DIRECTORY : 0)) >>> 0, 38)
  header.writeUInt32LE(Math.min(offset, MAX_32), 42)
  writeExtraFields(header, CENTRAL_HEADER + nameLength, long, mtime)
  return header
}

export function lengthOfCentralHeader(member: ZipMember): number {
  const { name, comment, mtime } = member
  const extra = lengthOfExtraFields(longNumbers(member).length, mtime)
  return CENTRAL_HEADER + Buffer.byteLength(name) + extra + Buffer.byteLength(comment)
}

function longNumbers({ size, compressedSize, offset }: ZipMember): number[] {
  return [size, compressedSize, offset].filter(needsZip64)
}

/** The end of an archive of `count` members: §4.3.16, and §4.3.14 with §4.3.15 before it if a number is too large. */
export function endOfArchive(count: number, centralSize: number, centralOffset: number): Buffer {
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Math.min(count, MAX_16), 8)
  end.writeUInt16LE(Math.min(count, MAX_16), 10)
  end.writeUInt32LE(Math.min(centralSize, MAX_32), 12)
  end.writeUInt32LE(Math.min(centralOffset, MAX_32), 16)
  if (count < MAX_16 && !needsZip64(centralSize) && !needsZip64(centralOffset)) return end
  const zip64 = Buffer.alloc(56 + 20)
  zip64.writeUInt32LE(0x06064b50, 0)
  zip64.writeBigUInt64LE(44n, 4) // what follows of this record
  zip64.writeUInt16LE(MADE_BY, 12)
  zip64.writeUInt16LE(versionNeeded(true), 14)
  zip64.writeBigUInt64LE(BigInt(count), 24)
  zip64.writeBigUInt64LE(BigInt(count), 32)
  zip64.writeBigUInt64LE(BigInt(centralSize), 40)
  zip64.writeBigUInt64LE(BigInt(centralOffset), 48)
  zip64.writeUInt32LE(0x07064b50, 56)
  zip64.writeBigUInt64LE(BigInt(centralOffset + centralSize), 64)
  zip64.writeUInt32LE(1, 72) // disks in all
  return Buffer.concat([zip64, end])
}

const EMPTY = Buffer.alloc(0)

/** 2.0 for deflate and directories, 4.5 for zip64 (§4.4.3.2). */
function versionNeeded(isZip64: boolean): number {
  return isZip64 ? 45 : 20
}

/** Flags, method and MS-DOS time, which stand in this order in both kinds of header. */
function writeCommonFields(header: Buffer, at: number, { hasDescriptor, method, mtime }: ZipMember): void {
  const { date, time } = dosDateTime(mtime)
  header.writeUInt16LE(UTF8_FLAG | (hasDescriptor ? DESCRIPTOR_FLAG : 0), at)
  header.writeUInt16LE(method, at + 2)
  header.writeUInt16LE(time, at + 4)
  header.writeUInt16LE(date, at + 6)
}

function lengthOfExtraFields(longNumberCount: number, mtime: Date): number {
  const zip64 = longNumberCount > 0 ? 4 + 8 * longNumberCount : 0
  return zip64 + (hasTimeField(mtime) ? TIME_FIELD : 0)
}

/** Numbers of 64 bits (§4.5.3), if there are any, and Info-ZIP's extended timestamp: seconds since 1970 in UTC. */
function writeExtraFields(header: Buffer, start: number, longNumbers: readonly number[], mtime: Date): void {
  let at = start
  if (longNumbers.length > 0) {
    header.writeUInt16LE(0x0001, at)
    header.writeUInt16LE(8 * longNumbers.length, at + 2)
    at += 4
    for (const number of longNumbers) at = header.writeBigUInt64LE(BigInt(number), at)
  }
  if (!hasTimeField(mtime)) return
  header.writeUInt16LE(0x5455, at)
  header.writeUInt16LE(TIME_FIELD - 4, at + 2)
  header.writeUInt8(1, at + 4) // the time of the last modification alone
  header.writeInt32LE(secondsOf(mtime), at + 5)
}

/** The extended timestamp has 32 bits, signed. */
function hasTimeField(mtime: Date): boolean {
  const seconds = secondsOf(mtime)
  return seconds >= -(2 ** 31) && seconds < 2 ** 31
}

function secondsOf(time: Date): number {
  return Math.floor(time.getTime() / 1000)
}

/** Local time in steps of two seconds, from 1980 to 2107 (§4.4.6): MS-DOS knows no zone. */
function dosDateTime(given: Date): { readonly date: number; readonly time: number } {
  const year = given.getFullYear()
  if (year < 1980) return { date: (1 << 5) | 1, time: 0 }
  if (year > 2107) return { date: (127 << 9) | (12 << 5) | 31, time: (23 << 11) | (59 << 5) | 29 }
  return {
    date: ((year - 1980) << 9) | ((given.getMonth() + 1) << 5) | given.getDate(),
    time: (given.getHours() << 11) | (given.getMinutes() << 5) | (given.getSeconds() >> 1),
  }
}
