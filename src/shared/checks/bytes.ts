import { isAnyArrayBuffer } from 'node:util/types'

/** Whether a value is bytes in memory: a Buffer, another view, an ArrayBuffer or a SharedArrayBuffer. */
export function isBytes(value: unknown): value is ArrayBufferView | ArrayBufferLike {
  return ArrayBuffer.isView(value) || isAnyArrayBuffer(value)
}

/** The same bytes as a Buffer; they are not copied. Throws `TypeError` if an ArrayBuffer has been transferred. */
export function toBuffer(bytes: ArrayBufferView | ArrayBufferLike): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes
  return ArrayBuffer.isView(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : Buffer.from(bytes)
}
