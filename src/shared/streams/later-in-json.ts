import { isBoxedPrimitive, isDate, isPromise, isSet, isTypedArray } from 'node:util/types'
import { itemsInMemory } from '../checks/iterator.js'
import { isPlainObject } from '../checks/plain-object.js'
import { isThenable, whenGiven } from '../checks/promise.js'
import { hasToJson } from '../json/has-to-json.js'
import { nextTurn } from '../wire/turn-budget.js'
import { adoptSource, holdSource, isHeldByAnswer, type Release, releaseRefused, releaseSource } from './source-owner.js'
import { isAsyncIterable, isIterable, isNodeStream, isWebStream } from './stream-source.js'

/**
 * Takes what comes later in a value for an answer: its failures cannot end the process, and it keeps its bytes. Of a large
 * value a part is taken in later turns, when the answer may have read or released it: to hold it then changes nothing.
 */
export function holdLater(value: unknown): void {
  takeLater(value, holdSource, held)
}

/** Adopts what comes later in a value, and in what its promises give. Of a large value a part is adopted in later turns. */
export function adoptLater(value: unknown): void {
  takeLater(value, adoptSource, adopted)
}

/** The promises that were held or adopted with all that they give. Each level of a value takes what is below it. */
const held = new WeakSet<object>()
const adopted = new WeakSet<object>()

function takeLater(value: unknown, take: (source: unknown) => void, taken: WeakSet<object>): void {
  const onLater = (each: object): void => {
    if (!isPromise(each)) take(each)
    else if (!taken.has(each)) {
      taken.add(each)
      whenGiven(each, (given) => {
        // A second call with the same value is refused, and leaves all of it alone.
        if (typeof given === 'object' && given !== null && hasMembers(given)) take(given)
        takeLater(given, take, taken)
      })
    }
  }
  finish(searchIn(value, onLater))
}

/** A search for what comes later looks at so many members in one turn of the event loop, which takes some milliseconds. */
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

/** Whether another answer needs an object, with all that is in it. */
export type IsKept = (value: object) => boolean

/** Releases what comes later in a value that will not be sent. All of it, in later turns too if the value is large. */
export function releaseLater(
  value: unknown,
  release: Release = releaseSource,
  isKept: IsKept = release === releaseRefused ? isHeldByAnswer : () => false,
): void {
  const onLater = (each: object): void => {
    if (isKept(each)) return
    if (isPromise(each)) whenGiven(each, (given) => releaseLater(given, release, isKept))
    else release(each)
  }
  finish(searchIn(value, onLater, isKept))
}

function finish(search: Search): void {
  if (!search.goOn(MOST_IN_A_TURN)) goOnInTurns(search).catch(() => undefined) // a Proxy of the app may throw
}

async function goOnInTurns(search: Search): Promise<void> {
  do await nextTurn()
  while (!search.goOn(MOST_IN_A_TURN))
}

function searchIn(value: unknown, onLater: (value: object) => void, isKept?: IsKept): Search {
  return new Search(value, { onLater, enters: (each) => hasMembers(each) && isKept?.(each) !== true })
}

function hasMembers(value: object): boolean {
  return isList(value) || isPlainObject(value) || isSet(value)
}

/** The same for the source of an array, which is read also if it says how it is written as JSON. */
export function releaseArray(source: unknown, release: Release = releaseSource, isKept?: IsKept): void {
  if (typeof source !== 'object' || source === null || isKept?.(source) === true) return
  release(source)
  releaseLater(source, release, isKept)
}

/**
 * Whether a value holds something that comes later, or may hold it, because only its `toJSON` tells. Adds what it finds to
 * `found`, but not what is in a set, which comes later as a whole.
 */
export function holdsLater(value: unknown, found: object[]): boolean {
  let holds = false
  const note = (): void => {
    holds = true
  }
  const search = new Search(value, {
    onLater(each) {
      note()
      found.push(each)
    },
    enters(each) {
      if (!hasToJson(each) && !isTypedArray(each)) return !isSet(each)
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
      if (!this.#visitor.enters(object)) return
      const holder = (isSet(object) ? [...(itemsInMemory(object) ?? [])] : object) as Members
      // Every object of a large list comes through here, so these loops use no iterator, which takes twice as long.
      if (isList(holder) && holder.length > LONGEST_SLICE) this.#openSlices(holder)
      else if (isList(holder)) for (let index = holder.length - 1; index >= 0; index--) this.#meet(holder, index)
      else for (const key of Object.keys(holder)) this.#meet(holder, key)
    } catch {
      // A Proxy throws, or a getter: writing the value as JSON fails too, and tells why.
    }
  }

  #openSlices(list: readonly unknown[]): void {
    const { length } = list
    for (let start = length - (length % LONGEST_SLICE); start >= 0; start -= LONGEST_SLICE) {
      this.#open.push(sliceOf(list, start, Math.min(start + LONGEST_SLICE, length)))
    }
    adoptSource(list) // promises among its items may reject before their slice is looked through
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

/** `slice` of a subclass of Array would call a constructor of the app. */
function sliceOf(list: readonly unknown[], start: number, end: number): readonly unknown[] {
  const items: unknown[] = []
  for (let index = start; index < end; index++) {
    try {
      items.push(list[index])
    } catch {
      // A getter: the other items are looked at.
    }
  }
  return items
}

type Members = Readonly<Record<string | number, unknown>>

export function isLater(value: unknown): boolean {
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
