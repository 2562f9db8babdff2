import type { ServerResponse } from 'node:http'
import { linesOf, writeField } from '../exchange/write-field.js'
import { checkedFields, checkField, type FieldsInit, type FieldValue } from '../fields/field-entries.js'
import type { RecordStore } from './record.js'

/** The fields of a `Reply`: names in any letter case, checked when they are set, in the order of the calls. */
export class FieldMap implements RecordStore<FieldValue> {
  readonly #fields = new Map<string, readonly [name: string, value: FieldValue]>()

  get size(): number {
    return this.#fields.size
  }

  get(name: string): FieldValue | undefined {
    return this.#fields.get(keyOf(name))?.[1]
  }

  set(name: string, value: FieldValue, call = 'field'): void {
    checkField(call, name, value)
    this.#put(name, value)
  }

  #put(name: string, value: FieldValue): void {
    this.#fields.set(keyOf(name), [name, typeof value === 'object' ? linesOf(value) : value])
  }

  append(name: string, value: string | readonly string[], call = 'field'): void {
    checkField(call, name, value)
    const before = this.get(name)
    this.set(name, before === undefined ? value : [before, value].flat().map(String), call)
  }

  delete(name: string): void {
    this.#fields.delete(keyOf(name))
  }

  /** `subject` names the fields in an error, `call` the call that sets them. */
  setAll(fields: FieldsInit, call: string, subject?: string): void {
    for (const [name, value] of checkedFields(fields, call, subject)) this.#put(name, value)
  }

  /** The names, each as it was written last. */
  keys(): string[] {
    return this.entries().map(([name]) => name)
  }

  entries(): (readonly [name: string, value: FieldValue])[] {
    return [...this.#fields.values()]
  }

  /** Writes the fields: `Set-Cookie` and `Vary` add to those of the response, every other field replaces. */
  writeTo(res: ServerResponse): void {
    for (const [name, value] of this.#fields.values()) writeField(res, name, value)
  }
}

function keyOf(name: string): string {
  return `${name}`.toLowerCase()
}
