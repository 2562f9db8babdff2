import { invalidType, ResponseKitError } from '../checks/errors.js'
import type { Exchange } from '../exchange/exchange.js'
import type { FieldLine, ResponseDescription } from '../exchange/response-description.js'
import { withStagedPreconditions } from '../exchange/staged-preconditions.js'
import { describeJsonFailure } from '../json/json-failure.js'
import { adoptSource } from './pull-source.js'
import { type ChunkFormat, describeSourceBody } from './source-body.js'
import { checkValueSource, type SourceOf } from './stream-source.js'
import { UNBUFFERED } from './streaming.js'

const LINES: ChunkFormat = {
  subject: 'ndjson: source',
  check: checkValueSource,
  encode: (value, position) => `${encodeJson('ndjson', value, position)}\n`,
}

const ARRAY: ChunkFormat = {
  subject: 'jsonArray: source',
  check: checkValueSource,
  encode: (value, position) => `${position === 0 ? '[' : ','}${encodeJson('jsonArray', value, position)}`,
  tail: (count) => (count === 0 ? '[]' : ']'),
}

/** One JSON value a line (`application/x-ndjson`), sent as the source yields them. */
export function describeNdjson(exchange: Exchange, source: SourceOf<unknown>): ResponseDescription {
  return describeJsonStream(exchange, source, LINES, [['Content-Type', 'application/x-ndjson'], UNBUFFERED])
}

/** One JSON array (`application/json`), sent as the source yields its values. */
export function describeJsonArray(exchange: Exchange, source: SourceOf<unknown>): ResponseDescription {
  return describeJsonStream(exchange, source, ARRAY, [['Content-Type', 'application/json; charset=utf-8']])
}

function describeJsonStream(
  exchange: Exchange,
  source: SourceOf<unknown>,
  format: ChunkFormat,
  defaults: readonly FieldLine[],
): ResponseDescription {
  adoptSource(source)
  checkValueSource(format.subject, source)
  const body = describeSourceBody(exchange, source, format)
  return withStagedPreconditions(exchange.facts, { fields: [], defaults, body })
}

/** The JSON text of one value of a stream, or an error that names its position. */
function encodeJson(call: string, value: unknown, position: number): string {
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
