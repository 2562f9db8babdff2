import { isBytes } from '../checks/bytes.js'
import { checkKeys } from '../checks/check-keys.js'
import { itemsInMemory } from '../checks/iterator.js'
import type { Exchange } from '../exchange/exchange.js'
import type { FieldLine, ResponseDescription } from '../exchange/response-description.js'
import { withStagedPreconditions } from '../exchange/staged-preconditions.js'
import { checkMediaType } from '../fields/media-type.js'
import { encodeBytes } from './byte-chunk.js'
import { type ChunkFormat, describeSourceBody } from './source-body.js'
import { holdSource } from './source-owner.js'
import { checkByteSource, isBlob, type StreamSource, typeOfBlob } from './stream-source.js'

/** Options of `streaming`. */
export interface StreamingOptions {
  /**
   * Media type. Default: the staged one, else that of a Blob, else `text/plain; charset=utf-8` if the first chunk is a
   * string, else `application/octet-stream`.
   */
  readonly type?: string
}

/** Tells nginx to pass a stream on as it is made, and not to collect it first. */
export const UNBUFFERED: FieldLine = ['X-Accel-Buffering', 'no']

const TEXT = 'text/plain; charset=utf-8'
const BYTES = 'application/octet-stream'

/** A body of text or bytes, sent as the source yields it. `call` names the call in an error. */
export function describeStreaming(
  exchange: Exchange,
  source: StreamSource,
  options: StreamingOptions = {},
  call = 'streaming',
  status?: number,
): ResponseDescription {
  checkKeys('streaming()', options, ['type'])
  holdSource(source)
  const subject = call === 'streaming' ? 'streaming: source' : `${call}: value`
  checkByteSource(subject, source)
  const { type } = options
  if (type !== undefined) checkMediaType("streaming: option 'type'", type)
  let found = typeOf(call, source)
  const format: ChunkFormat = {
    subject,
    check: checkByteSource,
    encode(chunk, position) {
      const bytes = encodeBytes(call, chunk, position)
      if (bytes.length > 0) found ??= typeof bytes === 'string' ? TEXT : BYTES
      return bytes
    },
  }
  return withStagedPreconditions(exchange.facts, {
    status,
    fields: type === undefined ? [] : [['Content-Type', type]],
    defaults: inferredFields(source, found),
    body: describeSourceBody(exchange, source, format, () => [['Content-Type', found ?? BYTES]]),
  })
}

function inferredFields(source: unknown, type: string | undefined): FieldLine[] {
  const fields: FieldLine[] = type === undefined ? [] : [['Content-Type', type]]
  if (typeof source === 'object' && source !== null && isBlob(source))
    fields.push(['Content-Length', String(source.size)])
  else fields.push(UNBUFFERED)
  return fields
}

/** The type, if it can be told without reading the source: then HEAD has it too (RFC 9110 §9.3.2). */
function typeOf(call: string, source: unknown): string | undefined {
  if (typeof source === 'string') return TEXT
  if (typeof source !== 'object' || source === null) return undefined
  if (isBytes(source)) return BYTES
  if (isBlob(source)) return typeOfBlob(source) ?? BYTES
  let position = 0
  for (const chunk of itemsInMemory(source) ?? []) {
    if (typeof chunk !== 'string' && !isBytes(chunk)) return undefined // a promise: only reading tells
    const bytes = encodeBytes(call, chunk, position++)
    if (bytes.length > 0) return typeof bytes === 'string' ? TEXT : BYTES
  }
  return undefined
}
