import { isAnyArrayBuffer } from 'node:util/types'

/**
 * Whether a value is bytes in memory: a Buffer, another view, an ArrayBuffer or a SharedArrayBuffer. A detached one, whose
 * bytes another thread has now, is none.
 */
export function isBytes(value: unknown): value is ArrayBufferView | ArrayBufferLike {
  if (ArrayBuffer.isView(value)) return value.byteLength > 0 || !isDetached(value.buffer)
  return isAnyArrayBuffer(value) && (value.byteLength > 0 || !isDetached(value))
}

/** The same bytes as a Buffer; they are not copied. */
export function toBuffer(bytes: ArrayBufferView | ArrayBufferLike): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes
  return ArrayBuffer.isView(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : Buffer.from(bytes)
}

function isDetached(buffer: ArrayBufferLike): boolean {
  if (buffer.byteLength > 0) return false
  try {
    return new Uint8Array(buffer).byteLength > 0
  } catch {
    return true // no view can be made of it
  }
}
