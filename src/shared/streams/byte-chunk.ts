import { isBytes, toBuffer } from '../checks/bytes.js'
import { invalidType } from '../checks/errors.js'

/** The bytes of one chunk of a body, or its text; `subject` names the source in the error for any other value. */
export function encodeBytes(subject: string, chunk: unknown, position: number): string | Buffer {
  if (typeof chunk === 'string' || Buffer.isBuffer(chunk)) return chunk
  if (isBytes(chunk)) return toBuffer(chunk)
  const expected = 'a string, a Buffer, a typed array or an ArrayBuffer'
  throw invalidType(`${subject}: chunk ${position} (counted from 0)`, expected, chunk, 'INVALID_CHUNK')
}
