const MAX_FREE_BYTES = 8 * 1024 * 1024
const SMALLEST = 16 * 1024

const free = new Map<number, Buffer[]>()
let freeBytes = 0

/** A buffer of at least `size` octets, with whatever it last held. */
export function takeBuffer(size: number): Buffer {
  // Few sizes, so that files of every size find a buffer another has left.
  let rounded = SMALLEST
  while (rounded < size) rounded *= 2
  const buffer = free.get(rounded)?.pop()
  if (buffer === undefined) return Buffer.allocUnsafeSlow(rounded)
  freeBytes -= rounded
  return buffer
}

/** Gives back a buffer nothing reads from or writes to any more. One of which that is not certain is left to the collector. */
export function releaseBuffer(buffer: Buffer): void {
  const size = buffer.byteLength
  if (freeBytes + size > MAX_FREE_BYTES) return
  freeBytes += size
  const list = free.get(size)
  if (list === undefined) free.set(size, [buffer])
  else list.push(buffer)
}
