import { checkKeys } from '../checks/check-keys.js'
import type { Exchange } from '../exchange/exchange.js'
import type { FieldLine, ResponseDescription } from '../exchange/response-description.js'
import { checkMediaType } from '../fields/media-type.js'
import { encodeBytes } from './byte-chunk.js'
import { adoptSource } from './pull-source.js'
import { type ChunkFormat, describeSourceBody } from './source-body.js'
import { checkByteSource, type StreamSource } from './stream-source.js'

/** Options of `streaming`. */
export interface StreamingOptions {
  /** Media type. Default: what was staged, a Blob's own, else `application/octet-stream`. */
  readonly type?: string
}

const BYTES: ChunkFormat = {
  subject: 'streaming: source',
  check: checkByteSource,
  encode: (chunk, position) => encodeBytes('streaming', chunk, position),
}

/** A body of text or bytes, sent as the source yields it. */
export function describeStreaming(
  exchange: Exchange,
  source: StreamSource,
  options: StreamingOptions = {},
): ResponseDescription {
  checkKeys('streaming()', options, ['type'])
  adoptSource(source)
  checkByteSource(BYTES.subject, source)
  const { type } = options
  if (type !== undefined) checkMediaType("streaming: option 'type'", type)
  const blob = source instanceof Blob ? source : undefined
  const inferred: FieldLine[] = [['Content-Type', blob?.type || 'application/octet-stream']]
  if (blob !== undefined) inferred.push(['Content-Length', String(blob.size)])
  return {
    fields: type === undefined ? [] : [['Content-Type', type]],
    defaults: inferred,
    body: describeSourceBody(exchange, source, BYTES),
  }
}
