import { type ServerResponse, validateHeaderName, validateHeaderValue } from 'node:http'
import { invalidType } from '../checks/errors.js'
import { type FieldsInit, type FieldValue, fieldEntries } from '../fields/field-entries.js'
import { addVary } from '../fields/vary.js'

/** The fields of a `Reply`: names in any letter case, checked as they are set, in the order they came. */
export class FieldMap {
  readonly #lines = new Map<string, { readonly name: string; readonly value: FieldValue }>()

  get(name: string): FieldValue | undefined {
    return this.#lines.get(name.toLowerCase())?.value
  }

  set(name: string, value: FieldValue): void {
    checkField(name, value)
    this.#lines.set(name.toLowerCase(), { name, value })
  }

  append(name: string, value: string | readonly string[]): void {
    const before = this.get(name)
    if (before === undefined) this.set(name, value)
    else this.set(name, [before, value].flat().map(String))
  }

  delete(name: string): void {
    this.#lines.delete(name.toLowerCase())
  }

  setAll(fields: FieldsInit): void {
    const seen = new Set<string>()
    for (const [name, value] of fieldEntries(fields)) {
      if (value === undefined) continue
      // `Headers` gives each Set-Cookie line apart: the first replaces, the others add.
      if (seen.has(name.toLowerCase())) this.append(name, typeof value === 'number' ? `${value}` : value)
      else this.set(name, value)
      seen.add(name.toLowerCase())
    }
  }

  get size(): number {
    return this.#lines.size
  }

  /** As they were written last. */
  names(): string[] {
    return Array.from(this.#lines.values(), ({ name }) => name)
  }

  /** Onto a response: `Set-Cookie` and `Vary` add to what is there, every other field replaces it. */
  writeTo(res: ServerResponse): void {
    for (const { name, value } of this.#lines.values()) {
      const key = name.toLowerCase()
      if (key === 'set-cookie') res.appendHeader(name, typeof value === 'number' ? `${value}` : value)
      else if (key === 'vary') res.setHeader(name, addVary(res.getHeader(name), String(value)))
      else res.setHeader(name, value)
    }
  }
}

function checkField(name: string, value: unknown): void {
  validateHeaderName(name)
  for (const each of Array.isArray(value) ? value : [value]) {
    if (typeof each !== 'string' && typeof each !== 'number') {
      throw invalidType(`field '${name}'`, 'a string, a number or a list of strings', value, 'INVALID_FIELD')
    }
    validateHeaderValue(name, `${each}`)
  }
}
