import { randomBytes } from 'node:crypto'
import { isBoxedPrimitive, isTypedArray } from 'node:util/types'
import { invalidType, ResponseKitError, showValue } from '../checks/errors.js'
import { escapeJsonForHtml } from '../json/escape-for-html.js'
import { describeJsonFailure } from '../json/json-failure.js'
import type { JsonOptions } from '../json/json-options.js'
import { adoptLater, holdLater, holdsLater, isLater, releaseLater } from './later-in-json.js'
import type { LaterPart, Part } from './parts-body.js'
import { isAwaited } from './stream-source.js'

/** How streamed JSON is written. */
export type JsonStreamOptions = Pick<JsonOptions, 'replacer' | 'space' | 'escapeHtml'>

/** Stands in the JSON text in the place of what comes later. A client cannot know it. */
const MARK = `later-${randomBytes(16).toString('hex')}-`
const MARKS = new RegExp(`"${MARK}(\\d+)"`)

/** The place of a value in the text. */
interface Place {
  /** What the lines of the value begin with. */
  readonly indent: string
  /** Names the value in an error. */
  readonly subject: () => string
  /** The value is an item of a source: one that JSON cannot hold is an error. */
  readonly isItem: boolean
}

/**
 * Writes values as JSON text in which each promise and each iterable that is no list is left open: it becomes text when it
 * gives something. An iterable becomes an array.
 */
export class JsonPartWriter {
  readonly #call: string
  readonly #replacer: ((this: unknown, key: string, value: unknown) => unknown) | undefined
  readonly #space: string | number | undefined
  /** One step of indentation. Empty: all in one line. */
  readonly #gap: string
  readonly #escapes: boolean

  constructor(call: string, { replacer, space, escapeHtml }: JsonStreamOptions) {
    this.#call = call
    this.#replacer = typeof replacer === 'object' ? pickKeys(replacer.map(String)) : replacer
    this.#space = space
    this.#gap = typeof space === 'string' ? space.slice(0, 10) : ' '.repeat(Math.max(0, Math.min(10, space ?? 0)))
    this.#escapes = escapeHtml === true
  }

  /** The parts of a value, which may hold what comes later. */
  write(value: unknown): readonly Part[] {
    return this.#write(value, { indent: '', subject: () => this.#call, isItem: false })
  }

  /** The parts of an array whose items a source gives. The items of a list are held at once. */
  writeArray(source: object): readonly Part[] {
    holdLater(source)
    return [this.#array(source, '', '')]
  }

  #write(value: unknown, place: Place): readonly Part[] {
    const later: { readonly value: object; readonly key: string }[] = []
    const found: object[] = []
    let text: string | undefined
    try {
      const isPlain = this.#replacer === undefined && !holdsLater(value, found)
      text = isPlain ? JSON.stringify(value, null, this.#space) : this.#stringify(value, later)
    } catch (cause) {
      // Also what the writer has found in an instance of a class, which releaseLater() does not enter.
      releaseLater([value, later.map((each) => each.value)])
      adoptLater(found) // a getter may have made it for the search alone
      const code = place.isItem ? 'INVALID_CHUNK' : 'INVALID_ARGUMENT'
      throw new ResponseKitError(code, `${place.subject()}: ${describeJsonFailure(value, cause)}`, { cause })
    }
    if (found.length > 0) adoptUnwritten(found, later)
    if (text === undefined) throw notInJson(value, place)
    if (this.#replacer !== undefined) adoptLater(value) // it may leave some of them out
    const { indent } = place
    if (indent !== '') text = text.replaceAll('\n', `\n${indent}`) // a line end in a string is written as \n
    if (this.#escapes) text = escapeJsonForHtml(text)
    return later.length === 0 ? [text] : this.#split(text, later, indent)
  }

  /** JSON text with marks, and what they stand for. */
  #stringify(root: unknown, later: { value: object; key: string }[]): string | undefined {
    const replacer = this.#replacer
    return JSON.stringify(
      root,
      function (this: unknown, key: string, member: unknown) {
        const value = replacer === undefined ? member : replacer.call(this, key, member)
        if (isTypedArray(value)) return Array.from<unknown>(value) // an iterable too, but whole in memory
        if (!isLater(value)) return value
        const found = value as object // nothing else comes later
        holdLater(found)
        return `${MARK}${later.push({ value: found, key }) - 1}`
      },
      this.#space,
    )
  }

  #split(text: string, later: readonly { value: object; key: string }[], outer: string): readonly Part[] {
    let indent = outer
    return text.split(MARKS).map((piece, index) => {
      if (index % 2 === 0) {
        indent = this.#indentAfter(piece, indent)
        return piece
      }
      const { value, key } = later[Number(piece)] as (typeof later)[number] // each mark has one
      return isAwaited(value) ? this.#promise(value, indent) : this.#array(value, indent, key)
    })
  }

  /** What the last line of a text begins with. */
  #indentAfter(text: string, before: string): string {
    const gap = this.#gap
    const start = text.lastIndexOf('\n') + 1
    if (gap === '' || start === 0) return before
    let end = start
    while (text.startsWith(gap, end)) end += gap.length
    return text.slice(start, end)
  }

  #array(value: object, indent: string, key: string): LaterPart {
    const inner = this.#gap === '' ? '' : `\n${indent}${this.#gap}`
    const outer = this.#gap === '' ? '' : `\n${indent}`
    const where = key === '' ? '' : ` of ${showValue(key)}`
    const itemIndent = indent + this.#gap
    return {
      value,
      isAwaited: false,
      enter: (item, position) => {
        const subject = (): string => `${this.#call}: value ${position} (counted from 0)${where}`
        const [first, ...others] = this.#write(item, { indent: itemIndent, subject, isItem: true })
        const before = `${position === 0 ? '[' : ','}${inner}`
        return typeof first === 'string' ? [before + first, ...others] : [before, ...(first ? [first] : []), ...others]
      },
      end: (count) => (count === 0 ? '[]' : `${outer}]`),
      release: (items) => releaseLater(items),
    }
  }

  #promise(value: object, indent: string): LaterPart {
    const place: Place = { indent, subject: () => this.#call, isItem: false }
    // In a list and after a key that is written, JSON has only `null` for what it cannot hold.
    const enter = (given: unknown): readonly Part[] => this.#write(isInJson(given) ? given : null, place)
    return { value, isAwaited: true, enter, release: (items) => releaseLater(items) }
  }
}

/**
 * A getter makes a source each time that it is read, also by the search. That one is not written. It is not closed either: it
 * may read from the same cursor as the one that is written.
 */
function adoptUnwritten(found: readonly object[], later: readonly { value: object }[]): void {
  const written = new Set(later.map(({ value }) => value))
  adoptLater(found.filter((each) => !written.has(each)))
}

function isInJson(value: unknown): boolean {
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol'
}

function notInJson(value: unknown, { subject, isItem }: Place): Error {
  if (isItem) return invalidType(subject(), 'something JSON can represent', value, 'INVALID_CHUNK')
  return new ResponseKitError('INVALID_ARGUMENT', `${subject()}: value cannot be written as JSON: ${showValue(value)}`)
}

/** A list as `replacer` names the properties to write, in this order; `JSON.stringify` takes a list or a function. */
function pickKeys(names: readonly string[]): (key: string, value: unknown) => unknown {
  const unique = [...new Set(names)]
  return (_key, value) => {
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value) || isTypedArray(value) || isLater(value) || isBoxedPrimitive(value)) return value
    return Object.fromEntries(
      unique.filter((name) => name in value).map((name) => [name, value[name as keyof typeof value]]),
    )
  }
}
