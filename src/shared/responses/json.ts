import { checkKeys } from '../check-keys.js'
import { invalidType, ResponseKitError } from '../errors.js'
import type { Exchange } from '../exchange.js'
import type { ResponseDescription } from '../response-description.js'
import { describeDynamicBody } from './dynamic-body.js'

export interface JsonOptions {
  /** In place of `JSON.stringify`. */
  readonly stringify?: (value: unknown) => string
  /** Indentation, as in `JSON.stringify`. */
  readonly space?: number | string
}

export function describeJson(exchange: Exchange, value: unknown, options: JsonOptions = {}): ResponseDescription {
  checkKeys('json()', options, ['stringify', 'space'])
  return describeDynamicBody(exchange, serializeJson(value, options), {
    inferredType: 'application/json; charset=utf-8',
  })
}

/** JSON text, or an error that says why the value has none. */
export function serializeJson(value: unknown, { stringify, space }: JsonOptions): string {
  let text: unknown
  try {
    text = stringify === undefined ? JSON.stringify(value, null, space) : stringify(value)
  } catch (cause) {
    throw new ResponseKitError('INVALID_ARGUMENT', `json: value cannot be written as JSON: ${cause}`, { cause })
  }
  if (typeof text !== 'string') throw invalidType('json: value', 'something JSON can represent', value)
  return text
}
