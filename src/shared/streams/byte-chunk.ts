import { isBytes, viewBytes } from '../checks/bytes.js'
import { invalidType } from '../checks/errors.js'

/** The bytes of one chunk of a body, or its text; `subject` names the source in the error for any other value. */
export function encodeBytes(subject: string, chunk: unknown, position: number): string | Buffer {
  if (typeof chunk === 'string' || (Buffer.isBuffer(chunk) && chunk.byteLength > 0)) return chunk
  const name = `${subject}: chunk ${position} (counted from 0)`
  if (!isBytes(chunk)) {
    throw invalidType(name, 'a string, a Buffer, a typed array or an ArrayBuffer', chunk, 'INVALID_CHUNK')
  }
  return viewBytes(name, chunk, 'INVALID_CHUNK')
}
