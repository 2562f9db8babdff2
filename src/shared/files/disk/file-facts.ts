import type { BigIntStats } from 'node:fs'

/** Size and modification time in nanoseconds: strong, as If-Range needs. */
export function entityTagOfFile({ size, mtimeNs }: BigIntStats, coding?: string): string {
  return `"${size.toString(16)}-${mtimeNs.toString(16)}${coding === undefined ? '' : `-${coding}`}"`
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

/** The same file on the disk, whatever it is called and whatever it holds. */
export function isSameFile(a: BigIntStats, b: BigIntStats): boolean {
  // On Windows the device is not the same number from a path and from a descriptor in every version of Node.
  return a.ino === b.ino && (a.dev === b.dev || process.platform === 'win32')
}
