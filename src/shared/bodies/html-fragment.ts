import { StringDecoder } from 'node:string_decoder'
import { isBytes, toBuffer, viewBytes } from '../checks/bytes.js'
import { invalidRange, invalidType, ResponseKitError } from '../checks/errors.js'
import { itemsInMemory } from '../checks/iterator.js'
import { isThenable } from '../checks/promise.js'
import { escapeHtml, HTML_PARTS, type HtmlFragment } from '../fields/html-text.js'
import type { LaterPart, Part } from '../streams/parts-body.js'
import { adoptSource, holdSource, type Release, releaseSource, withSources } from '../streams/source-owner.js'
import { isAsyncIterable, isBlob, isIterable, isNodeStream, isWebStream } from '../streams/stream-source.js'

type HtmlPart = string | object

/** Lists of lists deeper than this are taken for a circle. */
const DEEPEST_LIST = 100

class EscapedHtml implements HtmlFragment {
  readonly #parts: readonly HtmlPart[]

  constructor(parts: readonly HtmlPart[]) {
    this.#parts = parts
  }

  get [HTML_PARTS](): readonly HtmlPart[] {
    return this.#parts
  }

  toString(): string {
    const text = textOf(this)
    if (text !== undefined) return text
    const message = 'html: a fragment with a promise or an iterable in it has no text yet: send it, or await them first'
    throw new ResponseKitError('INVALID_ARGUMENT', message)
  }

  toJSON(): string {
    return this.toString()
  }
}

/** Makes a fragment of the text of a template and its values, which are escaped. */
export function createFragment(strings: readonly string[], values: readonly unknown[]): HtmlFragment {
  const parts: HtmlPart[] = []
  for (const [index, text] of strings.entries()) {
    // JavaScript gives `undefined` for a text with an escape that it does not know.
    if (typeof text !== 'string') throw invalidType('html: template', 'one without a bad escape', text)
    addPart(parts, text)
    if (index < values.length) addValue(parts, values[index], `html: value ${index} (counted from 0)`)
  }
  return new EscapedHtml(parts)
}

/** Makes a fragment of text that is HTML already. */
export function createRawFragment(text: string): HtmlFragment {
  if (typeof text !== 'string') throw invalidType('html.raw: text', 'a string', text)
  return new EscapedHtml([text])
}

/** Whether a value is a fragment, also of another copy of the package. */
export function isFragment(value: unknown): value is HtmlFragment {
  return typeof value === 'object' && value !== null && HTML_PARTS in value
}

/** The whole text of a fragment; `undefined` if something in it comes later. */
export function textOf(fragment: HtmlFragment): string | undefined {
  const [first, ...others] = fragment[HTML_PARTS]
  if (others.length > 0 || typeof first === 'object') return undefined
  return first ?? ''
}

/** What a value in a page waits for, or reads from: in fragments, lists and sets. Not yet what its promises give. */
export function sourcesInPage(value: unknown): readonly object[] {
  const found: object[] = []
  const seen = new Set<unknown>([value])
  // The loop comes to what is added meanwhile too.
  for (const each of seen) {
    if (typeof each !== 'object' || each === null) continue
    const inner = isFragment(each) ? each[HTML_PARTS] : itemsInMemory(each)
    for (const item of inner ?? []) if (typeof item === 'object' && !isWhole(item)) seen.add(item)
    if (isThenable(each) || isReadLater(each) || (isIterable(each) && !Array.isArray(each))) found.push(each)
  }
  return found
}

/** Most items of a long list are fragments of text alone: to remember each takes ten times as long as to write it. */
function isWhole(item: object | null): boolean {
  return isFragment(item) && textOf(item) !== undefined
}

/** The parts of a fragment, as a body reads them. Their sources are held for it. */
export function readFragment(fragment: HtmlFragment): readonly Part[] {
  return fragment[HTML_PARTS].map(toPart)
}

/** Releases the sources of a fragment, or of another value in a page, that will not be sent. */
export function releaseInPage(value: unknown, release: Release = releaseSource): void {
  withSources(sourcesInPage(value), sourcesInPage, release)
}

/** Adds a value of a template, escaped. `null`, `undefined` and `false` are nothing; a list is its items. */
function addValue(parts: HtmlPart[], value: unknown, subject: string, depth = 0): void {
  if (value === null || value === undefined || value === false) return
  if (typeof value === 'string') addPart(parts, escapeHtml(value))
  else if (typeof value === 'number' || typeof value === 'bigint' || value === true) addPart(parts, `${value}`)
  else if (isFragment(value)) for (const part of value[HTML_PARTS]) addPart(parts, part)
  else if (Array.isArray(value)) {
    if (depth === DEEPEST_LIST) throw invalidRange(subject, `a list in at most ${DEEPEST_LIST} lists`, value)
    for (const item of itemsInMemory(value) ?? []) addValue(parts, item, subject, depth + 1)
  } else if (isBytes(value)) addPart(parts, escapeHtml(Buffer.from(viewBytes(subject, value)).toString()))
  else if (typeof value === 'object') addObject(parts, value, subject)
  else throw notForPages(subject, value)
}

function addObject(parts: HtmlPart[], value: object, subject: string): void {
  if (isThenable(value) || isReadLater(value)) {
    withSources([value], sourcesInPage, adoptSource)
    addPart(parts, value)
    return
  }
  const text = ownText(value)
  if (text !== undefined) addPart(parts, escapeHtml(text))
  else if (isIterable(value)) addPart(parts, value)
  else throw notForPages(subject, value)
}

function isReadLater(value: object): boolean {
  return isNodeStream(value) || isWebStream(value) || isBlob(value) || isAsyncIterable(value)
}

/** The text of an object that has a form of its own as text, such as a URL. `[object Object]` helps no page. */
function ownText(value: object): string | undefined {
  try {
    const text = String(value)
    return text === Object.prototype.toString.call(value) ? undefined : text
  } catch {
    return undefined // it has no toString, or one that fails
  }
}

function notForPages(subject: string, value: unknown): TypeError {
  const expected = 'a string, a number, an html`...` fragment, a list, a promise, an iterable, or an object with a text'
  return invalidType(subject, `${expected} of its own`, value)
}

/** Neighbouring texts become one part, so that a fragment without a source is one text. */
function addPart(parts: HtmlPart[], part: HtmlPart): void {
  const last = parts.length - 1
  const before = parts[last]
  if (typeof part === 'string' && typeof before === 'string') parts[last] = before + part
  else parts.push(part)
}

function toPart(part: HtmlPart): Part {
  return typeof part === 'string' ? part : laterPart(part)
}

/** A promise or a source in a page. Its values are escaped like all others. Its bytes are read as UTF-8. */
function laterPart(value: object): LaterPart {
  withSources(sourcesInPage(value), sourcesInPage, holdSource)
  const isAwaited = isThenable(value)
  const decoder = new StringDecoder('utf8') // a character may be split between two chunks
  return {
    value,
    isAwaited,
    enter(item) {
      if (isBytes(item) && !isAwaited) return [escapeHtml(decoder.write(toBuffer(item)))]
      const parts: HtmlPart[] = []
      try {
        addValue(parts, item, 'html: what a promise or an iterable gave')
      } catch (error) {
        releaseInPage(item)
        throw error
      }
      return parts.map(toPart)
    },
    end: () => escapeHtml(decoder.end()),
    release: (items) => releaseInPage(items),
  }
}
