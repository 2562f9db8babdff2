import { isAnyArrayBuffer } from 'node:util/types'
import { checkKeys } from '../checks/check-keys.js'
import { invalidType } from '../checks/errors.js'
import type { Exchange } from '../exchange/exchange.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { describeDynamicBody } from './dynamic-body.js'

export function describeBytes(
  exchange: Exchange,
  data: ArrayBufferView | ArrayBufferLike,
  options: { readonly type?: string } = {},
): ResponseDescription {
  checkKeys('bytes()', options, ['type'])
  const type = options.type
  if (type !== undefined && typeof type !== 'string') throw invalidType("bytes: option 'type'", 'a media type', type)
  return describeDynamicBody(exchange, toBytes(data), { type, inferredType: 'application/octet-stream' })
}

/** The octets behind a view or buffer, not copied. */
function toBytes(data: ArrayBufferView | ArrayBufferLike): Uint8Array {
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  if (isAnyArrayBuffer(data)) return Buffer.from(data)
  throw invalidType('bytes: data', 'a Buffer, typed array or ArrayBuffer', data)
}
