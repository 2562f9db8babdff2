import { isError, showValue } from '../checks/errors.js'
import { requireFromApp } from '../checks/optional-package.js'
import loadFastJsonStringify from './load-fast-json-stringify.cjs'

/** A JSON Schema, as fast-json-stringify reads it. */
export type JsonSchema = Readonly<Record<string, unknown>>

type Serializer = (value: unknown) => string

const compiled = new WeakMap<JsonSchema, Serializer>()

/** The serializer of a schema, compiled at its first use and kept as long as the schema object lives. `subject` names the option in errors. */
export function compileSerializer(schema: JsonSchema, subject: string): Serializer {
  const known = compiled.get(schema)
  if (known !== undefined) return known
  const found = loadFastJsonStringify() ?? requireFromApp('fast-json-stringify', subject)
  const compile = found as (schema: JsonSchema) => Serializer // as the package documents it
  let serializer: Serializer
  try {
    serializer = compile(schema)
  } catch (cause) {
    const reason = isError(cause) ? cause.message : showValue(cause)
    throw Object.assign(new TypeError(`${subject} cannot be compiled: ${reason}`, { cause }), {
      code: 'INVALID_OPTION',
    })
  }
  compiled.set(schema, serializer)
  return serializer
}
