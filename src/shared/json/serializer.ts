import { createRequire } from 'node:module'
import { join } from 'node:path'
import { isError, ResponseKitError, showValue } from '../checks/errors.js'

/** A JSON Schema, as fast-json-stringify reads it. */
export type JsonSchema = Readonly<Record<string, unknown>>

type Serializer = (value: unknown) => string

const compiled = new WeakMap<JsonSchema, Serializer>()

/** The serializer of a schema, compiled at its first use and kept as long as the schema object lives. */
export function compileSerializer(schema: JsonSchema): Serializer {
  const known = compiled.get(schema)
  if (known !== undefined) return known
  const compile = loadCompiler()
  let serializer: Serializer
  try {
    serializer = compile(schema)
  } catch (cause) {
    const reason = isError(cause) ? cause.message : showValue(cause)
    throw Object.assign(new TypeError(`option 'schema' cannot be compiled: ${reason}`, { cause }), {
      code: 'INVALID_OPTION',
    })
  }
  compiled.set(schema, serializer)
  return serializer
}

function loadCompiler(): (schema: JsonSchema) => Serializer {
  // The built package is CommonJS. Only its sources, run as ES modules, have no `require`.
  const load = typeof require === 'function' ? require : createRequire(join(process.cwd(), 'index.js'))
  try {
    return load('fast-json-stringify')
  } catch (cause) {
    const isMissing = isError(cause) && 'code' in cause && cause.code === 'MODULE_NOT_FOUND'
    if (!isMissing) throw cause
    const message = "option 'schema' needs the package fast-json-stringify: npm install fast-json-stringify"
    throw new ResponseKitError('MISSING_DEPENDENCY', message, { cause })
  }
}
