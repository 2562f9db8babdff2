import { switches } from './switches.js'

/*
 * What it gains: a large file is read into buffers that an earlier read has left, so that nothing is allocated and
 * collected for each chunk. On which Node: all; the cost of a fresh `Buffer.allocUnsafeSlow` is the same everywhere. It can
 * be deleted when a file can be handed to a socket without a copy in this process (sendfile). Only what writes on a native
 * socket gives a buffer back: there the end of a write is known (see `native-socket.ts`).
 */

const MAX_FREE_BYTES = 8 * 1024 * 1024
const SMALLEST = 16 * 1024

const free = new Map<number, Buffer[]>()
let freeBytes = 0

/** A buffer of at least `size` bytes. It still holds the bytes of its last use. */
export function takeBuffer(size: number): Buffer {
  // Few sizes, so that a file of any size finds a buffer that another file has used.
  let rounded = SMALLEST
  while (rounded < size) rounded *= 2
  const buffer = free.get(rounded)?.pop()
  if (buffer === undefined) return Buffer.allocUnsafeSlow(rounded)
  freeBytes -= rounded
  return buffer
}

/** Gives back a buffer that nothing reads or writes any more. If that is not certain, leave it to the garbage collector. */
export function releaseBuffer(buffer: Buffer): void {
  const size = buffer.byteLength
  if (!switches.pooledBuffers || freeBytes + size > MAX_FREE_BYTES) return
  freeBytes += size
  const list = free.get(size)
  if (list === undefined) free.set(size, [buffer])
  else list.push(buffer)
}
