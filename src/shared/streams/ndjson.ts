import { invalidType, ResponseKitError } from '../checks/errors.js'
import type { Exchange } from '../exchange/exchange.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { describeJsonFailure } from '../json/json-failure.js'
import type { ChunkFormat } from './open-reader.js'
import { adoptSource } from './pull-source.js'
import { checkValueSource, type SourceOf } from './stream-source.js'
import { describeStreamBody } from './streaming.js'

const LINES: ChunkFormat = {
  subject: 'ndjson: source',
  check: checkValueSource,
  encode: (value, position) => `${encodeJson('ndjson', value, position)}\n`,
}

/** One JSON value a line (`application/x-ndjson`), sent as the source yields them. */
export function describeNdjson(exchange: Exchange, source: SourceOf<unknown>): ResponseDescription {
  adoptSource(source)
  checkValueSource(LINES.subject, source)
  return {
    fields: [],
    defaults: [['Content-Type', 'application/x-ndjson']],
    body: describeStreamBody(exchange, source, LINES),
  }
}

/** JSON text of one value of a stream, or an error that names its position. */
export function encodeJson(call: string, value: unknown, position: number): string {
  const subject = `${call}: value ${position} (counted from 0)`
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw new ResponseKitError('INVALID_CHUNK', `${subject}: ${describeJsonFailure(value, cause)}`, { cause })
  }
  if (text === undefined) throw invalidType(subject, 'something JSON can represent', value, 'INVALID_CHUNK')
  return text
}
