import { checkKeys } from '../checks/check-keys.js'
import { invalidType } from '../checks/errors.js'
import type { JsonOptions } from '../json/json-options.js'
import { compileSerializer, type JsonSchema } from '../json/serializer.js'

export interface RespondOptions {
  /** JSON Schema of what the handler answers in JSON: compiled once, here. Members it does not name are not sent. */
  readonly schema?: JsonSchema
}

export interface RespondPlan<Handler> {
  readonly handler: Handler
  readonly jsonDefaults: JsonOptions | undefined
}

/** Reads `respond(handler)` and `respond(options, handler)`. */
export function readRespondArguments<Handler>(first: RespondOptions | Handler, second?: Handler): RespondPlan<Handler> {
  // One argument: it is the handler; two: the options come first.
  const handler = (second ?? first) as Handler
  const options = (second === undefined ? {} : first) as RespondOptions
  if (typeof handler !== 'function') throw invalidType('respond: handler', 'a function', handler)
  checkKeys('respond()', options, ['schema'])
  const { schema } = options
  if (schema === undefined) return { handler, jsonDefaults: undefined }
  compileSerializer(schema)
  return { handler, jsonDefaults: { schema } }
}
