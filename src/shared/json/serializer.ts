import { join } from 'node:path'
import { isError, ResponseKitError, showValue } from '../checks/errors.js'
import loadFastJsonStringify from './load-fast-json-stringify.cjs'

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
  const found = loadFastJsonStringify()
  if (found !== undefined) return found
  try {
    // A bundle in the ES module format has no `require`. The package may be beside the app. An `import` of node:module
    // would make webpack read this call and warn that it cannot know the path.
    return process.getBuiltinModule('node:module').createRequire(join(process.cwd(), 'index.js'))('fast-json-stringify')
  } catch (cause) {
    const isMissing = isError(cause) && 'code' in cause && cause.code === 'MODULE_NOT_FOUND'
    if (!isMissing) throw cause
    const message = "option 'schema' needs the package fast-json-stringify: npm install fast-json-stringify"
    throw new ResponseKitError('MISSING_DEPENDENCY', message, { cause })
  }
}
