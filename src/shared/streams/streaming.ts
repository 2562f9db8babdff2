import { checkKeys } from '../checks/check-keys.js'
import type { Exchange } from '../exchange/exchange.js'
import type { FieldLine, ResponseDescription } from '../exchange/response-description.js'
import { checkMediaType } from '../fields/media-type.js'
import type { BatchReader } from './batch-reader.js'
import { encodeBytes } from './byte-chunk.js'
import { holdToLength, stagedLength } from './length-checked-reader.js'
import { type ChunkFormat, callSource, openReader } from './open-reader.js'
import { adoptSource, releaseSource } from './pull-source.js'
import type { RequestContext } from './source-context.js'
import { openStreamBody } from './stream-body.js'
import { checkByteSource, type StreamSource } from './stream-source.js'

/** Options of `streaming`. */
export interface StreamingOptions {
  /** Media type. Default: what was staged, a Blob's own, else `application/octet-stream`. */
  readonly type?: string
}

const OCTETS: ChunkFormat = {
  subject: 'streaming: source',
  check: checkByteSource,
  encode: (chunk, position) => encodeBytes('streaming', chunk, position),
}

/** A body of text or octets, sent as the source yields it. */
export function describeStreaming(
  exchange: Exchange,
  source: StreamSource,
  options: StreamingOptions = {},
): ResponseDescription {
  checkKeys('streaming()', options, ['type'])
  adoptSource(source)
  checkByteSource(OCTETS.subject, source)
  const { type } = options
  if (type !== undefined) checkMediaType("streaming: option 'type'", type)
  const blob = source instanceof Blob ? source : undefined
  const inferred: FieldLine[] = [['Content-Type', blob?.type || 'application/octet-stream']]
  if (blob !== undefined) inferred.push(['Content-Length', String(blob.size)])
  return {
    fields: type === undefined ? [] : [['Content-Type', type]],
    defaults: inferred,
    body: describeStreamBody(exchange, source, OCTETS),
  }
}

/** The body of every stream that is made of chunks: held to a staged Content-Length. */
export function describeStreamBody(
  exchange: Exchange,
  source: unknown,
  format: ChunkFormat,
): ResponseDescription['body'] {
  return {
    open: () => openStreamBody(exchange, (context) => openChecked(exchange, context, source, format)),
    cancel: () => releaseSource(source),
  }
}

async function openChecked(
  exchange: Exchange,
  context: RequestContext,
  source: unknown,
  format: ChunkFormat,
): Promise<BatchReader> {
  const announced = stagedLength(exchange)
  return holdToLength(openReader(exchange, await callSource(context, source, format), format), announced)
}
