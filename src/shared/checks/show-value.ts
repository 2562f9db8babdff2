import { inspect } from 'node:util'
import { isProxy } from 'node:util/types'
import { isError } from './is-error.js'

const LONGEST = 80
const LONGEST_TEXT = 60
const MOST_MEMBERS = 3

/**
 * A value as an error message shows it: one line of at most 80 characters. Clients choose such values and the names in
 * them, so the work is bounded: long texts and names are cut, few members are shown, getters do not run.
 */
export function showValue(value: unknown): string {
  let text: string
  try {
    text = describe(value)
  } catch {
    text = typeof value === 'function' ? 'a function' : 'an object that cannot be shown'
  }
  const line = text.slice(0, 4 * LONGEST).replace(/[\r\n]+ */g, ' ')
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 3)}...` : line
}

function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return showText(value)
    case 'bigint':
      return BigInt.asIntN(256, value) === value ? `${value}n` : 'a large bigint' // its digits cost more than their number
    case 'symbol':
      return `Symbol(${(value.description ?? '').slice(0, LONGEST_TEXT)})`
    case 'object':
      if (value === null) return 'null'
      if (isError(value)) return showError(value) // without its stack, which is internal
      if (Array.isArray(value) && !isProxy(value)) return showList(value)
      return isRecord(value) ? showRecord(value) : inspectShortly(value)
    default:
      return inspectShortly(value)
  }
}

function showText(text: string): string {
  const shown = inspect(text.slice(0, LONGEST_TEXT))
  const rest = text.length - LONGEST_TEXT
  return rest > 0 ? `${shown}... ${rest} more character${rest === 1 ? '' : 's'}` : shown
}

function showError(error: Error): string {
  const name = String(error.name).slice(0, LONGEST_TEXT)
  const message = String(error.message).slice(0, LONGEST)
  return message === '' ? name : `${name}: ${message}`
}

function showList(list: readonly unknown[]): string {
  if (list.length === 0) return '[]'
  const members = list.slice(0, MOST_MEMBERS).map((each) => showMember(each))
  const rest = list.length - MOST_MEMBERS
  if (rest > 0) members.push(`... ${rest} more item${rest === 1 ? '' : 's'}`)
  return `[ ${members.join(', ')} ]`
}

/** An object whose properties are all there is to show: a literal, or an instance of a class of the app. */
function isRecord(value: object): boolean {
  return !isProxy(value) && !(inspect.custom in value) && Object.prototype.toString.call(value) === '[object Object]'
}

function showRecord(record: object): string {
  const members: string[] = []
  for (const key in record) {
    const property = Object.getOwnPropertyDescriptor(record, key)
    if (property === undefined) break // the inherited names follow the own ones
    if (members.length > MOST_MEMBERS) {
      members.push('...')
      break
    }
    members.push(`${showKey(key)}: ${'value' in property ? showMember(property.value) : '[Getter]'}`)
  }
  const name = className(record)
  return `${name === 'Object' ? '' : `${name} `}${members.length === 0 ? '{}' : `{ ${members.join(', ')} }`}`
}

function showMember(value: unknown): string {
  if (typeof value !== 'object' || value === null) return describe(value)
  return Array.isArray(value) ? '[Array]' : `[${isProxy(value) ? 'Object' : className(value)}]`
}

function showKey(key: string): string {
  return /^[\w$]{1,60}$/.test(key.slice(0, LONGEST_TEXT + 1)) ? key : showText(key)
}

function className(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (typeof prototype !== 'object' || prototype === null) return '[Object: null prototype]'
  const creator: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value
  return typeof creator === 'function' ? String(creator.name).slice(0, LONGEST_TEXT) : 'Object'
}

/** Maps, dates, streams, Buffers, functions, proxies and what has an own way to be shown. */
function inspectShortly(value: unknown): string {
  return inspect(value, {
    depth: 0,
    breakLength: Number.POSITIVE_INFINITY,
    maxStringLength: LONGEST_TEXT,
    maxArrayLength: MOST_MEMBERS,
  })
}
