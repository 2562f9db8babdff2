import type { BigIntStats } from 'node:fs'

/** Size and modification time in nanoseconds: strong, as If-Range needs. */
export function entityTagOfFile({ size, mtimeNs }: BigIntStats, coding?: string): string {
  return `"${size.toString(16)}-${mtimeNs.toString(16)}${coding === undefined ? '' : `-${coding}`}"`
}

/** Never later than now (RFC 9110 §8.8.2.1): of a time set into the future the time it was set counts. */
export function modificationTime({ mtimeMs, ctimeMs }: BigIntStats): number {
  const now = Date.now()
  const time = Number(mtimeMs)
  return time <= now ? time : Math.min(Number(ctimeMs), now)
}

/** The same for the same octets in the same file. */
export function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev}-${ino}-${size}-${mtimeNs}-${ctimeNs}`
}
