import { isBytes } from '../../checks/bytes.js'
import { hasClassTag } from '../../checks/class-tag.js'
import { invalidType, toError } from '../../checks/errors.js'
import { itemsInMemory, itemsOf } from '../../checks/iterator.js'
import { isThenable, whenGiven } from '../../checks/promise.js'
import { checkedResult, closeSource, openPullSource, type PullSource } from '../../streams/pull-source.js'
import { adoptSource, holdSource, type Release, releaseRefused, releaseSource } from '../../streams/source-owner.js'
import { isAsyncIterable, isIterable, isNodeStream, isWebStream } from '../../streams/stream-source.js'
import { isTurnUsedUp, nextTurn } from '../../wire/turn-budget.js'
import { EntryNames } from './entry-names.js'
import { type CheckedEntry, checkZipEntry, type ZipEntry } from './zip-entry.js'
import type { ZipSettings } from './zip-options.js'

/** What `zip` takes: a list of entries, or an iterable that gives one after the other. */
export type ZipSource = Iterable<ZipEntry> | AsyncIterable<ZipEntry>

/** At most this many entries are checked when `zip` is called, and fewer if that takes long: the others are checked in later turns. */
const CHECKED_AT_ONCE = 200

/**
 * The entries of one call, and the owner of their sources from the call to the end of the answer. A list is checked at
 * once. Another iterable may work for each entry, or have no end: it is asked for one entry at a time, and each is checked
 * when it comes.
 */
export class ZipEntries {
  /** What the caller gave; a list that can be read once is an array here. */
  readonly given: ZipSource
  readonly #settings: ZipSettings
  readonly #names: EntryNames
  /** The entries of a list. */
  readonly #unchecked: readonly ZipEntry[] | undefined
  readonly #checked: CheckedEntry[] = []
  /** How many entries of the list have been checked. */
  #checkedCount = 0

  /** Refuses what is no source of entries, and a bad list; the sources of a refused list are released. */
  constructor(given: ZipSource, settings: ZipSettings) {
    this.#settings = settings
    this.#names = new EntryNames(settings.duplicates)
    if (!isEntrySource(given)) {
      throw invalidType('zip: entries', 'a list of { name, source }, or an iterable of them', given)
    }
    const items = itemsOfList(given)
    if (items === undefined) {
      adoptSource(given)
      this.given = given
      return
    }
    const entries: ZipEntry[] = []
    this.given = entries
    this.#unchecked = entries
    const failures: unknown[] = []
    try {
      for (const item of items) {
        try {
          const entry = withOneSource(item) as ZipEntry // checked below
          entries.push(entry)
          const source = sourceOf(entry)
          if (isOwned(source)) adoptSource(source)
        } catch (reason) {
          failures.push(reason) // a getter throws: the entries after it are released too
        }
      }
      if (failures.length > 0) throw failures[0]
      this.#checkNext(CHECKED_AT_ONCE)
    } catch (reason) {
      this.release()
      throw toError(reason)
    }
  }

  /** What is read for the archive: the sources of a list, or what gives the entries. */
  get sources(): readonly unknown[] {
    return this.#unchecked === undefined ? [this.given] : this.#unchecked.map(sourceOf)
  }

  /** Takes the sources for an answer, which reads one after the other. */
  hold(): void {
    for (const source of this.sources) if (isOwned(source)) holdSource(source)
  }

  /** The list, all of it checked. `undefined`: the entries come one after the other. */
  async checkAll(): Promise<readonly CheckedEntry[] | undefined> {
    const { length } = this.#unchecked ?? []
    while (this.#checkedCount < length) {
      if (isTurnUsedUp()) await nextTurn()
      this.#checkNext(CHECKED_AT_ONCE)
    }
    return this.#unchecked && this.#checked
  }

  /** Reads the entries from the first one on. A list has been checked. */
  read(): EntryReader {
    if (this.#unchecked !== undefined) return new ListReader(this.#checked, this.#names)
    return new LaterReader(this.given, this.#settings)
  }

  /** Releases every source that is known, read or not. */
  release(): void {
    if (this.#unchecked === undefined) releaseSource(this.given)
    else releaseAll(this.#unchecked, releaseSource)
  }

  #checkNext(count: number): void {
    const entries = this.#unchecked?.slice(this.#checkedCount, this.#checkedCount + count) ?? []
    for (const [index, entry] of entries.entries()) {
      if (isTurnUsedUp() && index > 0) return // a long name takes milliseconds
      const checked = checkOne(entry, this.#checkedCount++, this.#settings, this.#names)
      if (checked !== undefined) this.#checked.push(checked)
    }
  }
}

/** The entries of one archive, one at a time. */
export interface EntryReader {
  next(): CheckedEntry | undefined | Promise<CheckedEntry | undefined>
  /** A name like this one that no entry has. */
  freeName(name: string): string
  close(): void
}

class ListReader implements EntryReader {
  readonly #list: readonly CheckedEntry[]
  readonly #names: EntryNames
  #index = 0

  constructor(list: readonly CheckedEntry[], names: EntryNames) {
    this.#list = list
    this.#names = names
  }

  next(): CheckedEntry | undefined {
    return this.#list[this.#index++]
  }

  freeName(name: string): string {
    return this.#names.freeName(name)
  }

  close(): void {}
}

class LaterReader implements EntryReader {
  readonly #source: PullSource
  readonly #settings: ZipSettings
  readonly #names: EntryNames
  #index = 0
  #isClosed = false

  constructor(source: object, settings: ZipSettings) {
    this.#source = openPullSource(source)
    this.#settings = settings
    this.#names = new EntryNames(settings.duplicates)
  }

  async next(): Promise<CheckedEntry | undefined> {
    while (!this.#isClosed) {
      if (isTurnUsedUp()) await nextTurn() // a directory that is there already writes nothing, so nothing else ends the turn
      const next = this.#source.next()
      // A source may fail before a promise settles: one that is here already is held in this turn.
      const { done, value } = checkedResult(isThenable(next) ? await next : next)
      if (done === true) return undefined
      const entry = withOneSource(isThenable(value) ? await value : value)
      holdSource(sourceOf(entry))
      if (this.#isClosed) {
        releaseSource(sourceOf(entry))
        return undefined
      }
      const checked = checkOne(entry, this.#index++, this.#settings, this.#names)
      if (checked !== undefined) return checked
    }
    return undefined
  }

  freeName(name: string): string {
    return this.#names.freeName(name)
  }

  close(): void {
    this.#isClosed = true
    closeSource(this.#source, () => {})
  }
}

/** A getter may make a new stream each time: it is asked once. */
function withOneSource(entry: unknown): unknown {
  if (typeof entry !== 'object' || entry === null || !('source' in entry)) return entry
  const own = Object.getOwnPropertyDescriptor(entry, 'source')
  if (own !== undefined && own.get === undefined) return entry
  const { name, compress, mtime, mode, comment } = entry as ZipEntry
  // The last one: if another getter throws, no stream is without an owner.
  return { name, compress, mtime, mode, comment, source: sourceOf(entry) }
}

/** The source of an entry that is refused, or left out, is released. */
function checkOne(entry: unknown, index: number, settings: ZipSettings, names: EntryNames): CheckedEntry | undefined {
  let checked: CheckedEntry | undefined
  try {
    checked = checkZipEntry(entry, index, settings, names)
  } finally {
    if (checked === undefined) releaseSource(sourceOf(entry))
  }
  return checked
}

/** Releases the sources of a call that is refused before its entries are looked at. */
export function releaseZipSource(given: unknown): void {
  // Only these hold their entries already. Another iterable has not made them yet, and is told to end.
  const entries = itemsInMemory(given)
  if (entries === undefined) releaseRefused(given)
  else releaseAll(entries, releaseRefused)
}

function releaseAll(entries: Iterable<unknown>, release: Release): void {
  for (const entry of entries) {
    whenGiven(entry, (given) => releaseAll([given], release)) // no entry, but a mistake of the caller
    try {
      const source = sourceOf(entry)
      if (isOwned(source)) release(source)
    } catch {
      // a member of the entry throws: the others are still released
    }
  }
}

/** Paths and bytes hold nothing. Most entries of a long list are such, and the list is gone through at once. */
function isOwned(source: unknown): boolean {
  return typeof source === 'object' && source !== null && !ArrayBuffer.isView(source)
}

/** Bytes are iterable too, but their items are no entries. */
function isEntrySource(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || isBytes(value)) return false
  return isIterable(value) || isAsyncIterable(value) || isNodeStream(value) || isWebStream(value)
}

/** The items of an array, of a Set, or of an iterator of one. `undefined`: only reading makes them. */
function itemsOfList(value: object): Iterable<unknown> | undefined {
  if (LIST_ITERATORS.some((name) => hasClassTag(value, name)))
    return itemsOf('zip: entries', value as Iterable<unknown>)
  return itemsInMemory(value)
}

/** `list.values()`, `map.values()` and the like. */
const LIST_ITERATORS: readonly string[] = ['Array Iterator', 'Map Iterator', 'Set Iterator']

/** The source of an entry that has not been checked. */
function sourceOf(entry: unknown): unknown {
  return typeof entry === 'object' && entry !== null && 'source' in entry ? entry.source : undefined
}
