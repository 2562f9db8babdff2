import type { Exchange } from '../exchange/exchange.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { encodeJson } from './ndjson.js'
import type { ChunkFormat } from './open-reader.js'
import { adoptSource } from './pull-source.js'
import { checkValueSource, type SourceOf } from './stream-source.js'
import { describeStreamBody } from './streaming.js'

const ARRAY: ChunkFormat = {
  subject: 'jsonArray: source',
  check: checkValueSource,
  encode: (value, position) => `${position === 0 ? '[' : ','}${encodeJson('jsonArray', value, position)}`,
  tail: (count) => (count === 0 ? '[]' : ']'),
}

/** One JSON array (`application/json`), sent as the source yields its values. */
export function describeJsonArray(exchange: Exchange, source: SourceOf<unknown>): ResponseDescription {
  adoptSource(source)
  checkValueSource(ARRAY.subject, source)
  return {
    fields: [],
    defaults: [['Content-Type', 'application/json; charset=utf-8']],
    body: describeStreamBody(exchange, source, ARRAY),
  }
}
