import { isSet } from 'node:util/types'
import { invalidType } from './errors.js'

/** Whether a value can be asked for items (ECMA-262 §27.1.1.2). */
export function isIterator(value: unknown): value is Iterator<unknown> | AsyncIterator<unknown> {
  return typeof value === 'object' && value !== null && 'next' in value && typeof value.next === 'function'
}

/** Whether an iterator may answer this (ECMA-262 §27.1.1.5). */
export function isIteratorResult(value: unknown): value is IteratorResult<unknown, unknown> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/**
 * The items of an iterable that a caller gave. If its iterator breaks the protocol, the error names `subject`; the engine's
 * own error would name nothing of the call.
 */
export function* itemsOf<Item>(subject: string, iterable: Iterable<Item>): Generator<Item, void> {
  const iterator: unknown = iterable[Symbol.iterator]()
  if (!isIterator(iterator)) throw invalidType(`${subject}: its iterator`, 'an object with next()', iterator)
  let isDone = false
  try {
    for (;;) {
      isDone = true // an iterator that fails is not closed
      const result: unknown = iterator.next()
      if (!isIteratorResult(result)) throw invalidType(`${subject}: what its iterator gave`, 'an object', result)
      if (result.done === true) return
      const { value } = result
      isDone = false
      yield value as Item // the type of the iterable says so
    }
  } finally {
    if (!isDone && typeof iterator.return === 'function') iterator.return()
  }
}

/** The items of an array or a Set, which looking through does not use up. `undefined`: reading may take items out. */
export function itemsInMemory(value: unknown): Iterable<unknown> | undefined {
  // The list may have an iterator of the caller's own, which may do anything: it does not run.
  if (Array.isArray(value)) return Array.prototype.values.call(value)
  return isSet(value) ? Set.prototype.values.call(value) : undefined
}

/** The texts of a list, in an array of their own. `undefined`: it is no list, or a member is no text. */
export function textsIn(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined
  const members = [...(itemsInMemory(value) ?? [])] // also the holes of a sparse list
  const isText = (member: unknown): member is string => typeof member === 'string'
  return members.every(isText) ? members : undefined
}
