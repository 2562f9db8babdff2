import { isBytes, viewBytes } from '../checks/bytes.js'
import { checkKeys } from '../checks/check-keys.js'
import { invalidType } from '../checks/errors.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { checkMediaType } from '../fields/media-type.js'
import { describeDynamicBody } from './dynamic-body.js'

/** Bytes as they are, with a Content-Type that the caller may choose. */
export function describeBytes(
  facts: RequestFacts,
  data: ArrayBufferView | ArrayBufferLike,
  options: { readonly type?: string } = {},
): ResponseDescription {
  checkKeys('bytes()', options, ['type'])
  const { type } = options
  if (type !== undefined) checkMediaType("bytes: option 'type'", type)
  return describeDynamicBody(facts, readBytes(data), { type, inferredType: 'application/octet-stream' })
}

/** Refuses a value that is not bytes in memory. */
export function readBytes(data: ArrayBufferView | ArrayBufferLike): Uint8Array {
  if (!isBytes(data)) throw invalidType('bytes: data', 'a Buffer, typed array or ArrayBuffer', data)
  return viewBytes('bytes: data', data)
}
