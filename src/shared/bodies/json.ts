import { ResponseKitError, showValue } from '../checks/errors.js'
import type { Exchange } from '../exchange/exchange.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { describeJsonFailure } from '../json/json-failure.js'
import { checkJsonOptions, type JsonOptions } from '../json/json-options.js'
import { compileSerializer } from '../json/serializer.js'
import { describeDynamicBody } from './dynamic-body.js'

export type { JsonOptions } from '../json/json-options.js'

const JSON_TYPE = 'application/json; charset=utf-8'

export function describeJson(
  exchange: Exchange,
  value: unknown,
  options?: JsonOptions,
  inferredType: string = JSON_TYPE,
): ResponseDescription {
  const given = options === undefined ? undefined : checkJsonOptions('json()', options)
  const { jsonDefaults } = exchange
  const how =
    given === undefined || jsonDefaults === undefined ? (given ?? jsonDefaults) : { ...jsonDefaults, ...given }
  return describeDynamicBody(exchange, serializeJson(value, how ?? NONE), { inferredType })
}

const NONE: JsonOptions = {}

/** JSON text, or an error that says why the value has none, and where in it. */
export function serializeJson(value: unknown, options: JsonOptions): string {
  let text: unknown
  try {
    text = stringifyAs(value, options)
  } catch (cause) {
    throw new ResponseKitError('INVALID_ARGUMENT', `json: ${describeJsonFailure(value, cause)}`, { cause })
  }
  if (typeof text !== 'string') {
    throw new ResponseKitError('INVALID_ARGUMENT', `json: value cannot be written as JSON: ${showValue(value)}`)
  }
  return options.escapeHtml === true ? text.replace(/[<>&]/g, escapeCharacter) : text
}

function stringifyAs(value: unknown, { stringify, schema, replacer, space }: JsonOptions): string {
  if (stringify !== undefined) return stringify(value)
  if (schema !== undefined) return compileSerializer(schema)(value)
  if (replacer === undefined && space === undefined) return JSON.stringify(value)
  // The two overloads of JSON.stringify take the two kinds of replacer apart; together they take both.
  return JSON.stringify(value, replacer as (number | string)[], space)
}

function escapeCharacter(character: string): string {
  return `\\u00${character.charCodeAt(0).toString(16)}`
}
