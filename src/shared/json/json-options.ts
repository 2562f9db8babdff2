import { checkKeys } from '../checks/check-keys.js'
import { invalidType } from '../checks/errors.js'
import { compileSerializer, type JsonSchema } from './serializer.js'

/** How JSON is written. */
export interface JsonOptions {
  /** Writes the JSON. Default: `JSON.stringify`. */
  readonly stringify?: (value: unknown) => string
  /** As in `JSON.stringify`. Default: in Express the `json replacer` of the app, else none. */
  readonly replacer?: JsonReplacer
  /**
   * Indentation, as in `JSON.stringify`: a number of spaces, or a string. Default: in Express the `json spaces` of the
   * app, else none.
   */
  readonly space?: number | string
  /**
   * Writes `<`, `>` and `&` as `\u003c` and so on, for JSON inside a page. Default: in Express the `json escape` of the
   * app, else `false`.
   */
  readonly escapeHtml?: boolean
  /** A JSON Schema. The optional package fast-json-stringify compiles it once into a faster serializer. Default: none. */
  readonly schema?: JsonSchema
}

/** The second argument of `JSON.stringify`. */
export type JsonReplacer = ((this: unknown, key: string, value: unknown) => unknown) | readonly (string | number)[]

export const JSON_OPTIONS: readonly (keyof JsonOptions)[] = ['stringify', 'replacer', 'space', 'escapeHtml', 'schema']

/** Refuses options of a wrong type or that exclude each other; `call` names the caller in the error. */
export function checkJsonOptions(call: string, options: JsonOptions): JsonOptions {
  checkKeys(call, options, JSON_OPTIONS)
  const { stringify, replacer, space, escapeHtml, schema } = options
  const expect = (name: string, isRight: boolean, expected: string, value: unknown): void => {
    if (value !== undefined && !isRight) throw invalidType(`${call}: option '${name}'`, expected, value)
  }
  expect('stringify', typeof stringify === 'function', 'a function', stringify)
  expect('replacer', typeof replacer === 'function' || Array.isArray(replacer), 'a function or a list', replacer)
  expect('space', typeof space === 'number' || typeof space === 'string', 'a number or a string', space)
  expect('escapeHtml', typeof escapeHtml === 'boolean', 'a boolean', escapeHtml)
  expect('schema', typeof schema === 'object' && schema !== null, 'a JSON Schema', schema)
  const own = [stringify, schema].filter((each) => each !== undefined).length
  if (own > 1 || (own === 1 && (replacer !== undefined || space !== undefined))) {
    const message = `${call}: options 'schema' and 'stringify' each write the whole text: give one of them, without 'space' and 'replacer'`
    throw Object.assign(new TypeError(message), { code: 'INVALID_OPTION' })
  }
  if (schema !== undefined) compileSerializer(schema, `${call}: option 'schema'`) // throws if the schema is wrong
  return options
}
