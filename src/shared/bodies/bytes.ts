import { isBytes, toBuffer } from '../checks/bytes.js'
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
  return describeDynamicBody(exchange, checkBytes(data), { type, inferredType: 'application/octet-stream' })
}

function checkBytes(data: ArrayBufferView | ArrayBufferLike): Buffer {
  if (isBytes(data)) return toBuffer(data)
  throw invalidType('bytes: data', 'a Buffer, typed array or ArrayBuffer', data)
}
