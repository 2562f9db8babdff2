import { ResponseKitError, showValue } from '../checks/errors.js'
import { adoptPromise } from '../checks/promise.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { checkAwaited } from '../json/check-awaited.js'
import { escapeJsonForHtml } from '../json/escape-for-html.js'
import { describeJsonFailure } from '../json/json-failure.js'
import { checkJsonOptions, type JsonOptions } from '../json/json-options.js'
import { compileSerializer } from '../json/serializer.js'
import { describeMemoryBody, type MemoryBodyOptions } from './memory-body.js'

export type { JsonOptions } from '../json/json-options.js'

const JSON_BODY: MemoryBodyOptions = { inferredType: 'application/json; charset=utf-8' }

/** A value as JSON. `call` names the call in an error. */
export function describeJson(
  facts: RequestFacts,
  value: unknown,
  options?: JsonOptions,
  call = 'json',
): ResponseDescription {
  const given = options === undefined ? undefined : checkJsonOptions(`${call}()`, options)
  const { jsonDefaults } = facts
  const how =
    given === undefined || jsonDefaults === undefined ? (given ?? jsonDefaults) : { ...jsonDefaults, ...given }
  return describeMemoryBody(facts, serializeJson(call, value, how ?? NONE), JSON_BODY)
}

const NONE: JsonOptions = {}

/** JSON text, or an error that names the call, the reason and the place in the value. */
export function serializeJson(call: string, value: unknown, options: JsonOptions): string {
  checkAwaited(`${call}: value`, value)
  let text: unknown
  try {
    text = stringifyAs(call, value, options)
  } catch (cause) {
    throw new ResponseKitError('INVALID_ARGUMENT', `${call}: ${describeJsonFailure(value, cause)}`, { cause })
  }
  if (typeof text !== 'string') {
    adoptPromise(text)
    throw new ResponseKitError('INVALID_ARGUMENT', `${call}: value cannot be written as JSON: ${showValue(value)}`)
  }
  return options.escapeHtml === true ? escapeJsonForHtml(text) : text
}

function stringifyAs(call: string, value: unknown, { stringify, schema, replacer, space }: JsonOptions): string {
  if (stringify !== undefined) return stringify(value)
  if (schema !== undefined) return compileSerializer(schema, `${call}: option 'schema'`)(value)
  if (replacer === undefined && space === undefined) return JSON.stringify(value)
  // JSON.stringify has one overload for each kind of replacer; the cast picks one for both.
  return JSON.stringify(value, replacer as (number | string)[], space)
}
