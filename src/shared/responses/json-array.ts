import type { Exchange } from '../exchange.js'
import type { ResponseDescription } from '../response-description.js'
import type { ChunkFormat } from '../streams/open-reader.js'
import { checkValueSource, type SourceOf } from '../streams/stream-source.js'
import { encodeJson } from './ndjson.js'
import { describeStreamBody } from './streaming.js'

const ARRAY: ChunkFormat = {
  subject: 'jsonArray: source',
  check: checkValueSource,
  encode: (value, position) => `${position === 0 ? '[' : ','}${encodeJson('jsonArray', value, position)}`,
  tail: (count) => (count === 0 ? '[]' : ']'),
}

/** One JSON array (`application/json`), sent as the source yields its values. */
export function describeJsonArray(exchange: Exchange, source: SourceOf<unknown>): ResponseDescription {
  checkValueSource(ARRAY.subject, source)
  return {
    fields: [],
    defaults: [['Content-Type', 'application/json; charset=utf-8']],
    body: describeStreamBody(exchange, source, ARRAY),
  }
}
