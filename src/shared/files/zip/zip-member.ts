import { promisify } from 'node:util'
import { crc32, deflateRaw, deflateRawSync } from 'node:zlib'
import { isBytes } from '../../checks/bytes.js'
import { BLOCK_SIZE, lengthOfStoredBlocks } from './data-coders.js'
import type { CheckedEntry } from './zip-entry.js'
import { DEFLATED, needsZip64, STORED, type ZipMember } from './zip-format.js'

/** What an open source says of itself. */
export interface SourceFacts {
  readonly size?: number | undefined
  readonly lastModified?: number | undefined
  readonly mode?: number | undefined
  /** Which file on the disk it is, whatever it holds. */
  readonly inode?: string | undefined
}

/** What is known of a member before its data is. */
export type MemberHead = Omit<ZipMember, 'crc' | 'size' | 'compressedSize' | 'offset'>

const REGULAR_FILE = 0o100_000
const DIRECTORY = 0o040_000
const FILE_MODE = 0o644
const DIRECTORY_MODE = 0o755
/** Of a file's own mode only these count: an archive does not spread setuid. */
const PERMISSIONS = 0o777
/** Up to this size data is compressed at once, which takes less time than a trip to the thread pool. */
const COMPRESSED_AT_ONCE = 16 * 1024
const compressInThread = promisify<Buffer, Buffer>(deflateRaw)

/** Whether the data can be read as a whole before its header is written. */
export function fitsOneBlock(size: number): boolean {
  return size <= BLOCK_SIZE
}

/** The head of a member that is as small as one block, or a directory. */
export function headOfSmall(entry: CheckedEntry, facts: SourceFacts, now: Date): MemberHead {
  const isDirectory = entry.source === undefined
  const own = facts.mode === undefined ? undefined : facts.mode & PERMISSIONS
  const mode = entry.mode ?? own ?? (isDirectory ? DIRECTORY_MODE : FILE_MODE)
  const mtime = entry.mtime ?? (facts.lastModified === undefined ? now : new Date(facts.lastModified))
  const type = isDirectory ? DIRECTORY : REGULAR_FILE
  const name = entry.name
  return {
    name,
    comment: entry.comment,
    mtime,
    mode: type | mode,
    method: STORED,
    hasDescriptor: false,
    isZip64: false,
  }
}

/** The head of a larger member. Only bytes in memory can be read twice for sure: once for the checksum. */
export function headOfLarge(entry: CheckedEntry, facts: SourceFacts, now: Date): MemberHead {
  const isStored = !entry.compress && isBytes(entry.source)
  const head = headOfSmall(entry, facts, now)
  const isZip64 = needsZip64(lengthOfStoredBlocks(facts.size ?? 0))
  return { ...head, method: isStored ? STORED : DEFLATED, hasDescriptor: !isStored, isZip64 }
}

/** The member with its data, compressed if that makes it smaller. */
export async function packSmall(
  head: MemberHead,
  data: Buffer,
  compress: boolean,
  offset: number,
): Promise<{ readonly member: ZipMember; readonly packed: Buffer }> {
  const compressed = compress && data.byteLength > 0 ? await deflate(data) : data
  const isSmaller = compressed.byteLength < data.byteLength
  const packed = isSmaller ? compressed : data
  const sizes = { size: data.byteLength, compressedSize: packed.byteLength }
  return {
    member: { ...head, ...sizes, method: isSmaller ? DEFLATED : STORED, crc: crc32(data), offset },
    packed,
  }
}

/** The member that an entry of this size becomes if nothing is compressed. Its checksum is not known. */
export function foreseeMember(
  entry: CheckedEntry,
  facts: SourceFacts & { readonly size: number },
  now: Date,
  offset: number,
): ZipMember {
  const { size } = facts
  const head = fitsOneBlock(size) ? headOfSmall(entry, facts, now) : headOfLarge(entry, facts, now)
  const compressedSize = head.hasDescriptor ? lengthOfStoredBlocks(size) : size
  return { ...head, crc: 0, size, compressedSize, offset }
}

function deflate(data: Buffer): Buffer | Promise<Buffer> {
  return data.byteLength <= COMPRESSED_AT_ONCE ? deflateRawSync(data) : compressInThread(data)
}
