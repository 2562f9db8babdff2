import { isAnyArrayBuffer } from 'node:util/types'
import { type ErrorCode, invalidType } from './errors.js'

/** Whether a value is bytes in memory: a Buffer, another view, an ArrayBuffer or a SharedArrayBuffer. */
export function isBytes(value: unknown): value is ArrayBufferView | ArrayBufferLike {
  return ArrayBuffer.isView(value) || isAnyArrayBuffer(value)
}

/** The same bytes as a Buffer; they are not copied. Throws `TypeError` if they have been transferred. */
export function toBuffer(bytes: ArrayBufferView | ArrayBufferLike): Buffer {
  if (Buffer.isBuffer(bytes)) {
    // A Buffer that was transferred has no bytes, as an empty one. Node refuses its memory.
    return bytes.byteLength > 0 ? bytes : Buffer.from(bytes.buffer, 0, 0)
  }
  return ArrayBuffer.isView(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : Buffer.from(bytes)
}

/**
 * The bytes that a caller gave, as a Buffer. Bytes that were transferred to another thread are gone: the error names
 * `subject`.
 */
export function viewBytes(subject: string, bytes: ArrayBufferView | ArrayBufferLike, code?: ErrorCode): Buffer {
  try {
    return toBuffer(bytes)
  } catch (cause) {
    throw Object.assign(invalidType(subject, 'bytes that have not been transferred', bytes, code), { cause })
  }
}
