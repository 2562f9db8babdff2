import { randomBytes } from 'node:crypto'
import { isBoxedPrimitive, isDate, isPromise, isSet, isTypedArray } from 'node:util/types'
import { invalidType, ResponseKitError, showValue } from '../checks/errors.js'
import { itemsInMemory } from '../checks/iterator.js'
import { isPlainObject } from '../checks/plain-object.js'
import { isThenable, whenGiven } from '../checks/promise.js'
import { escapeJsonForHtml } from '../json/escape-for-html.js'
import { hasToJson } from '../json/has-to-json.js'
import { describeJsonFailure } from '../json/json-failure.js'
import type { JsonOptions } from '../json/json-options.js'
import { nextTurn } from '../wire/turn-budget.js'
import type { LaterPart, Part } from './parts-body.js'
import { adoptSource, holdSource, type Release, releaseSource, withSources } from './pull-source.js'
import { isAsyncIterable, isIterable, isNodeStream, isWebStream } from './stream-source.js'

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
    let text: string | undefined
    try {
      const isPlain = this.#replacer === undefined && !holdsLater(value)
      text = isPlain ? JSON.stringify(value, null, this.#space) : this.#stringify(value, later)
    } catch (cause) {
      releaseLater(value)
      const code = place.isItem ? 'INVALID_CHUNK' : 'INVALID_ARGUMENT'
      throw new ResponseKitError(code, `${place.subject()}: ${describeJsonFailure(value, cause)}`, { cause })
    }
    if (text === undefined) throw notInJson(value, place)
    if (this.#replacer !== undefined) withSources(findLater(value), findLater, adoptSource) // it may leave some of them out
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

/** Takes what comes later in a value for an answer: its failures cannot end the process, and it keeps its bytes. */
function holdLater(value: unknown): void {
  withSources(findLater(value), findLater, holdSource)
}

/**
 * A search for what comes later looks at so many members in one turn of the event loop, which takes some milliseconds. The
 * rest of a large list is found when its items are written, or in later turns when it is released.
 */
const MOST_IN_A_TURN = 20_000

/**
 * What comes later in a value: in lists, sets and plain objects, at any depth, and not in instances of classes. Not yet what
 * its promises give. Of a large value: what one turn finds.
 */
export function findLater(value: unknown): readonly object[] {
  const found: object[] = []
  searchIn(value, (each) => void found.push(each)).goOn(MOST_IN_A_TURN)
  return found
}

/** Releases what comes later in a value that will not be sent. All of it, in later turns too if the value is large. */
export function releaseLater(value: unknown, release: Release = releaseSource): void {
  const search = searchIn(value, (each) => {
    if (isPromise(each)) whenGiven(each, (given) => releaseLater(given, release))
    else release(each)
  })
  if (!search.goOn(MOST_IN_A_TURN)) goOnInTurns(search).catch(() => undefined) // a Proxy of the app may throw
}

async function goOnInTurns(search: Search): Promise<void> {
  do await nextTurn()
  while (!search.goOn(MOST_IN_A_TURN))
}

function searchIn(value: unknown, onLater: (value: object) => void): Search {
  return new Search(value, { onLater, enters: (each) => isList(each) || isPlainObject(each) })
}

/** The same for the source of an array, which is read also if it says how it is written as JSON. */
export function releaseArray(source: unknown, release: Release = releaseSource): void {
  release(source)
  releaseLater(source, release)
}

/** Whether a value holds something that comes later, or may hold it, because only its `toJSON` tells. */
function holdsLater(value: unknown): boolean {
  let holds = false
  const note = (): void => {
    holds = true
  }
  const search = new Search(value, {
    onLater: note,
    enters(each) {
      if (!hasToJson(each) && !isTypedArray(each)) return true
      if (!isDate(each)) note()
      return false
    },
  })
  search.goOn(Number.POSITIVE_INFINITY) // in the turn that writes the value, which takes as long
  return holds
}

interface Visitor {
  onLater(value: object): void
  /** Whether the members of an object are looked at. */
  enters(value: object): boolean
}

/**
 * At most this many members are looked at before a record of the objects is kept, which takes longer than the looking:
 * almost every value is a tree. With the record, an object that is in many places is looked at once more.
 */
const MOST_WITHOUT_RECORD = 1_000_000

/** A longer list is looked through in slices. */
const LONGEST_SLICE = 1000

/** Looks through a value, from its first members on. A client may choose how deep a value is: no function calls itself. */
class Search {
  readonly #visitor: Visitor
  /** What is still to be looked through, from the end on. */
  readonly #open: object[]
  readonly #record = new Set<object>()
  #count = 0

  constructor(root: unknown, visitor: Visitor) {
    this.#visitor = visitor
    this.#open = [[root]]
  }

  /** Looks at about `most` more members. Returns whether that was all. */
  goOn(most: number): boolean {
    const end = this.#count + most
    while (this.#open.length > 0 && this.#count < end) this.#lookThrough(this.#open.pop() as object)
    return this.#open.length === 0
  }

  #lookThrough(object: object): void {
    if (this.#count > MOST_WITHOUT_RECORD) {
      if (this.#record.has(object)) return
      this.#record.add(object)
    }
    try {
      const isItems = isSet(object)
      if (!isItems && !this.#visitor.enters(object)) return
      const holder = (isItems ? [...(itemsInMemory(object) ?? [])] : object) as Members
      // Every object of a large list comes through here, so these loops use no iterator, which takes twice as long.
      if (isList(holder) && holder.length > LONGEST_SLICE) this.#openSlices(holder)
      else if (isList(holder)) for (let index = holder.length - 1; index >= 0; index--) this.#meet(holder, index)
      else for (const key of Object.keys(holder)) this.#meet(holder, key)
    } catch {
      // A Proxy throws, or a getter: writing the value as JSON fails too, and tells why.
    }
  }

  #openSlices(list: readonly unknown[]): void {
    adoptSource(list) // promises among its items may reject before their slice is looked through
    const { length } = list
    for (let start = length - (length % LONGEST_SLICE); start >= 0; start -= LONGEST_SLICE) {
      this.#open.push(list.slice(start, start + LONGEST_SLICE))
    }
  }

  #meet(holder: Members, key: string | number): void {
    this.#count++
    try {
      const value = holder[key]
      if (typeof value !== 'object' || value === null) return
      const comesLater = isLater(value)
      if (comesLater) this.#visitor.onLater(value)
      if (!comesLater || isSet(value)) this.#open.push(value)
    } catch {
      // The same: the other members are looked at.
    }
  }
}

type Members = Readonly<Record<string | number, unknown>>

function isLater(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || isList(value) || isUnmarked(value)) return false
  if (isTypedArray(value)) return false
  // Most objects are of none of these kinds: the others are asked for what they are beside.
  const mayBe =
    isThenable(value) || isAsyncIterable(value) || isIterable(value) || isNodeStream(value) || isWebStream(value)
  return mayBe && !hasToJson(value) && !isBoxedPrimitive(value)
}

interface Marks {
  readonly then?: unknown
  readonly pipe?: unknown
  readonly getReader?: unknown
  readonly [Symbol.iterator]?: unknown
  readonly [Symbol.asyncIterator]?: unknown
}

/** Whether an object has nothing by which one that comes later is known. Nearly all have not, and this is the quickest test. */
function isUnmarked(value: Marks): boolean {
  return (
    value.then === undefined &&
    value[Symbol.iterator] === undefined &&
    value[Symbol.asyncIterator] === undefined &&
    value.pipe === undefined &&
    value.getReader === undefined
  )
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

/** A query builder may be both: its rows are read one by one. */
function isAwaited(value: object): boolean {
  return isThenable(value) && !isAsyncIterable(value)
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
    if (isList(value) || isTypedArray(value) || isLater(value) || isBoxedPrimitive(value)) return value
    return Object.fromEntries(
      unique.filter((name) => name in value).map((name) => [name, value[name as keyof typeof value]]),
    )
  }
}
