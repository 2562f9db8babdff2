import { checkKeys } from '../checks/check-keys.js'
import { invalidType, ResponseKitError } from '../checks/errors.js'
import type { Exchange } from '../exchange/exchange.js'
import type { FieldLine, ResponseDescription } from '../exchange/response-description.js'
import { withStagedPreconditions } from '../exchange/staged-preconditions.js'
import { describeJsonFailure } from '../json/json-failure.js'
import { checkJsonOptions } from '../json/json-options.js'
import { JsonPartWriter, type JsonStreamOptions } from './json-parts.js'
import { releaseArray } from './later-in-json.js'
import { describePartsBody, type Part, releaseParts } from './parts-body.js'
import { type ChunkFormat, callSource, describeSourceBody, type SourceFormat } from './source-body.js'
import type { RequestContext } from './source-context.js'
import { holdSource } from './source-owner.js'
import { checkValueSource, isAwaited, type SourceContext, type SourceOf } from './stream-source.js'
import { UNBUFFERED } from './streaming.js'

/** What `jsonStream` takes: a value that may hold promises and iterables, or a function that makes one. */
export type JsonStreamSource = unknown | ((context: SourceContext) => unknown)

const LINES: ChunkFormat = {
  subject: 'ndjson: source',
  check: checkValueSource,
  encode: (value, position) => `${encodeLine(value, position)}\n`,
}

const ARRAY: SourceFormat = { subject: 'jsonArray: source', check: checkValueSource, release: releaseArray }

const JSON_TYPE: readonly FieldLine[] = [['Content-Type', 'application/json; charset=utf-8']]

/** One JSON value a line (`application/x-ndjson`), sent as the source yields them. */
export function describeNdjson(exchange: Exchange, source: SourceOf<unknown>): ResponseDescription {
  holdSource(source)
  checkValueSource(LINES.subject, source)
  return withStagedPreconditions(exchange.facts, {
    fields: [],
    defaults: [['Content-Type', 'application/x-ndjson'], UNBUFFERED],
    body: describeSourceBody(exchange, source, LINES),
  })
}

/** JSON in which every iterable is an array, written as its items come. A value that JSON cannot hold is refused at once. */
export function describeJsonStream(
  exchange: Exchange,
  source: JsonStreamSource,
  options?: JsonStreamOptions,
): ResponseDescription {
  const writer = new JsonPartWriter('jsonStream', {
    ...exchange.facts.jsonDefaults,
    ...checkJsonStreamOptions(options),
  })
  // A function is no JSON: it makes the value for this request.
  if (typeof source !== 'function') return describeKnownParts(exchange, writer.write(source))
  return describeParts(exchange, async (context) => {
    const made = source(context)
    return writer.write(isAwaited(made) ? await made : made)
  })
}

/** One JSON array: a stream of JSON whose value is the source itself. */
export function describeJsonArray(exchange: Exchange, source: SourceOf<unknown>): ResponseDescription {
  holdSource(source)
  checkValueSource(ARRAY.subject, source)
  const writer = new JsonPartWriter('jsonArray', exchange.facts.jsonDefaults ?? {})
  // The check has admitted nothing but objects and functions.
  if (typeof source !== 'function' && !isAwaited(source)) return describeKnownParts(exchange, writer.writeArray(source))
  return describeParts(exchange, async (context) =>
    writer.writeArray((await callSource(context, source, ARRAY)).source as object),
  )
}

/** Refuses options that `jsonStream` does not have: a schema or another serializer would write the whole text. */
export function checkJsonStreamOptions(options: JsonStreamOptions = {}): JsonStreamOptions {
  checkKeys('jsonStream()', options, ['replacer', 'space', 'escapeHtml'])
  return checkJsonOptions('jsonStream()', options)
}

function describeKnownParts(exchange: Exchange, parts: readonly Part[]): ResponseDescription {
  return describeParts(
    exchange,
    () => parts,
    () => releaseParts(parts),
  )
}

function describeParts(
  exchange: Exchange,
  open: (context: RequestContext) => readonly Part[] | Promise<readonly Part[]>,
  release: () => void = () => undefined,
): ResponseDescription {
  const body = describePartsBody(exchange, { open, release })
  return withStagedPreconditions(exchange.facts, { fields: [], defaults: JSON_TYPE, body })
}

/** The JSON text of one line, or an error that names its position. */
function encodeLine(value: unknown, position: number): string {
  const subject = `ndjson: value ${position} (counted from 0)`
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw new ResponseKitError('INVALID_CHUNK', `${subject}: ${describeJsonFailure(value, cause)}`, { cause })
  }
  if (text === undefined) throw invalidType(subject, 'something JSON can represent', value, 'INVALID_CHUNK')
  return text
}
