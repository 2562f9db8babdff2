import type { ServerResponse } from 'node:http'
import type { FieldValue } from '../fields/field-entries.js'
import { addVary } from '../fields/member-list.js'

// Node keeps the list that `setHeader` is given, and its `appendHeader` adds to that list. It may be a constant of the app,
// staged on every response: then the cookie of one client would reach all others. So the kit gives Node lists of its own,
// and adds to none that it finds.

/** Writes a field: `Set-Cookie` and `Vary` add to what is there, every other field replaces it. */
export function writeField(res: ServerResponse, name: string, value: FieldValue): void {
  const key = name.toLowerCase()
  if (key === 'set-cookie') appendField(res, name, value)
  else if (key === 'vary') res.setHeader(name, addVary(res.getHeader(name), String(value)))
  else setField(res, name, value)
}

/** Sets a field. It replaces what is there. */
export function setField(res: ServerResponse, name: string, value: FieldValue): void {
  res.setHeader(name, typeof value === 'object' ? linesOf(value) : value)
}

/** Adds a line, or several, to those of a field. */
export function appendField(res: ServerResponse, name: string, value: FieldValue): void {
  const staged = res.getHeader(name)
  if (staged !== undefined) res.setHeader(name, [...linesOf(staged), ...linesOf(value)])
  else setField(res, name, typeof value === 'number' ? `${value}` : value)
}

/** The lines of a field, in a new list. The given list may have an iterator of its own, which does not run. */
export function linesOf(value: FieldValue): string[] {
  return typeof value === 'object' ? Array.prototype.slice.call(value) : [`${value}`]
}
