import type { BigIntStats } from 'node:fs'

const SECOND = 1_000_000_000n

/** Whether a file was changed in an earlier second. Tools that copy a time keep its second, and not always its fraction. */
export function isOlder(file: BigIntStats, other: BigIntStats): boolean {
  return file.mtimeNs < other.mtimeNs && secondOf(file) < secondOf(other)
}

function secondOf({ mtimeNs }: BigIntStats): bigint {
  return mtimeNs / SECOND
}

/** A write sets both times of a file. FAT keeps them to two seconds, and a file server's clock may be ahead by as much. */
const SAME_TIME = 2n * SECOND

/**
 * Whether a program has given the file a time that says nothing of its bytes. Reproducible builds give all files one
 * time, a whole second. Archives and image layers drop the fraction. A time to come is no time of a change either.
 *
 * A write, a checkout and `touch` leave a fraction of a second. On a file system without fractions, which shows in the
 * time of the inode, they leave the time of the inode.
 */
export function isTimeGiven({ mtimeNs, ctimeNs }: BigIntStats): boolean {
  if (mtimeNs > ctimeNs + SAME_TIME) return true
  if (mtimeNs % SECOND !== 0n) return false
  return ctimeNs % SECOND !== 0n || ctimeNs > mtimeNs + SAME_TIME
}

/** Never later than now (RFC 9110 §8.8.2.1): if a time is in the future, the time at which it was set counts. */
export function modificationTime({ mtimeMs, ctimeMs }: BigIntStats): number {
  const now = Date.now()
  const time = Number(mtimeMs)
  return time <= now ? time : Math.min(Number(ctimeMs), now)
}

/** Equal for equal bytes in the same file. */
export function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev}-${ino}-${size}-${mtimeNs}-${ctimeNs}`
}

/** Equal for the same file on the disk, whatever it holds, also if it has been closed meanwhile: see `isStillSameFile`. */
export function inodeOf({ dev, ino, birthtimeNs }: BigIntStats): string {
  return `${dev}-${ino}-${birthtimeNs}`
}

/**
 * The same file on the disk, also if it has been closed since `a` was read. A system gives the inode of a deleted file to
 * the next one: the time of its creation tells them apart.
 */
export function isStillSameFile(a: BigIntStats, b: BigIntStats): boolean {
  return isSameFile(a, b) && a.birthtimeNs === b.birthtimeNs
}

/** The same file on the disk, whatever it is called and whatever it holds. */
export function isSameFile(a: BigIntStats, b: BigIntStats): boolean {
  // On Windows the device is not the same number from a path and from a descriptor in every version of Node.
  return a.ino === b.ino && (a.dev === b.dev || process.platform === 'win32')
}
