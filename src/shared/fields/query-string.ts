import { isBytes } from '../checks/bytes.js'
import { invalidRange, invalidType, showValue } from '../checks/errors.js'
import { isIterator, itemsOf } from '../checks/iterator.js'
import { isPlainObject } from '../checks/plain-object.js'

/** A value of a query parameter. A list repeats the name, an object is written in brackets, `undefined` is skipped. */
export type QueryValue =
  | string
  | number
  | bigint
  | boolean
  | undefined
  | readonly QueryValue[]
  | { readonly [name: string]: QueryValue }

/** Query parameters by name. */
export type QueryValues = Readonly<Record<string, QueryValue>>

/** What a query is made of: a record, `URLSearchParams`, `Headers`, a `Map`, or another list of names and values. */
export type QueryInit = QueryValues | Iterable<readonly [name: string, value: QueryValue]>

/** Query parsers read about five levels; a deeper value is a mistake or an attack. */
const MAX_DEPTH = 20
/**
 * No browser takes a longer URL. Each member of a list repeats the name of its parameter: without a limit, 100 KB of JSON
 * become a text of a gigabyte.
 */
const MAX_LENGTH = 65_536

/**
 * `name=value&...` in UTF-8, percent-encoded, in the order given; empty if nothing is left. Nested values are written as
 * Express's own parser reads them: `a[b]=1`. `subject` names the call in an error.
 */
export function serializeQuery(values: QueryInit, subject = 'url'): string {
  const pairs: string[] = []
  let length = -1 // the first pair has no separator
  for (const [name, value] of entriesOf(values, optionOf(subject))) {
    for (const pair of pairsOfValue(name, value, subject, 0)) {
      length += 1 + pair.length
      if (length > MAX_LENGTH)
        throw invalidRange(optionOf(subject), `at most ${MAX_LENGTH} characters of a URL`, values)
      pairs.push(pair)
    }
  }
  return pairs.join('&')
}

/** A query that can be read twice: the pairs of an iterator, which can be read once, are kept. */
export function keptQuery(values: QueryInit, subject: string): QueryInit {
  return isIterator(values) ? new Set(entriesOf(values, optionOf(subject))) : values
}

function optionOf(subject: string): string {
  return `${subject}: option 'query'`
}

function entriesOf(values: QueryInit, option: string): Iterable<readonly [string, QueryValue]> {
  const isList = Array.isArray(values) || typeof values !== 'object' || values === null || isBytes(values)
  if (isList) throw invalidType(option, 'an object, URLSearchParams or a Map', values)
  if (isIterable(values)) return pairsOf(values, option)
  const entries = Object.entries(values)
  // A date, or a promise that was not awaited, has no names: it would be lost in silence.
  if (entries.length === 0 && !isPlainObject(values)) {
    throw invalidType(option, 'an object, URLSearchParams or a Map', values)
  }
  return entries
}

function* pairsOf(values: Iterable<unknown>, option: string): Generator<readonly [string, QueryValue]> {
  for (const pair of itemsOf(option, values)) {
    if (!Array.isArray(pair) || typeof pair[0] !== 'string') {
      throw invalidType(option, 'a list of names and values', values)
    }
    yield [pair[0], pair[1]] // a value of another type is refused when it is written
  }
}

function isIterable(values: QueryInit): values is Iterable<readonly [string, QueryValue]> {
  return Symbol.iterator in values && typeof values[Symbol.iterator] === 'function'
}

function* pairsOfValue(name: string, value: unknown, subject: string, depth: number): Generator<string, void> {
  if (value === undefined) return
  if (typeof value !== 'object' || value === null) {
    yield `${encode(name, name, subject)}=${encode(scalarText(name, value, subject), name, subject)}`
    return
  }
  if (depth === MAX_DEPTH) throw invalidQuery(name, subject, `nested at most ${MAX_DEPTH} levels deep`, value)
  if (Array.isArray(value)) {
    // A list of plain values repeats the name. Members that have names of their own get an index.
    for (const [index, each] of value.entries()) {
      const isNested = typeof each === 'object' && each !== null
      yield* pairsOfValue(isNested ? `${name}[${index}]` : name, each, subject, depth + 1)
    }
    return
  }
  if (!isPlainObject(value)) throw invalidQuery(name, subject, EXPECTED, value)
  for (const [key, each] of Object.entries(value)) yield* pairsOfValue(`${name}[${key}]`, each, subject, depth + 1)
}

const EXPECTED = 'a string, a finite number, a boolean, or a list or plain object of these'

function scalarText(name: string, value: unknown, subject: string): string {
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  throw invalidQuery(name, subject, EXPECTED, value)
}

function encode(text: string, name: string, subject: string): string {
  try {
    return encodeURIComponent(text)
  } catch {
    throw invalidQuery(name, subject, 'well-formed Unicode', text)
  }
}

function invalidQuery(name: string, subject: string, expected: string, value: unknown): TypeError {
  return invalidType(`${subject}: query parameter ${showValue(name)}`, expected, value)
}
