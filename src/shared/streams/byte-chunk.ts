import { invalidType } from '../checks/errors.js'
import { isOctets } from './stream-source.js'

/** The bytes of one chunk of a body, or its text; `subject` names the source in the error for any other value. */
export function encodeBytes(subject: string, chunk: unknown, position: number): string | Buffer {
  if (typeof chunk === 'string' || Buffer.isBuffer(chunk)) return chunk
  if (ArrayBuffer.isView(chunk)) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  if (isOctets(chunk)) return Buffer.from(chunk as ArrayBuffer) // views are done, so it is a buffer of either kind
  const expected = 'a string, a Buffer, a typed array or an ArrayBuffer'
  throw invalidType(`${subject}: chunk ${position} (counted from 0)`, expected, chunk, 'INVALID_CHUNK')
}
