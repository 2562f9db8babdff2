import { validateHeaderName, validateHeaderValue } from 'node:http'
import { invalidRange, invalidType } from '../checks/errors.js'
import { EXCHANGE } from '../exchange/exchange.js'
import { type FieldsInit, type FieldValue, fieldEntries } from '../fields/field-entries.js'
import type { KitTarget } from './target.js'

export type { FieldsInit, FieldValue } from '../fields/field-entries.js'

/** The methods that change status and fields. */
export interface StagingMethods {
  /** Sets the status: an integer from 100 to 999, else `RangeError`. */
  setStatus(code: number): this
  /** Removes a field. */
  deleteHeader(name: string): this
}

/** Apart, because a node response, and so an Express one, has methods of these names. */
export interface FieldMethods {
  /** Sets a field, replacing what it had. An invalid name or value is an error before anything is written (RFC 9110 §5). */
  setHeader(name: string, value: FieldValue): this
  /** Adds a field line (RFC 9110 §5.2). */
  appendHeader(name: string, value: string | readonly string[]): this
  /** Sets several fields: a record, a `Headers` or a `Map`. `undefined` values are skipped. */
  setHeaders(fields: FieldsInit): this
  /** The value the response has for a field so far. */
  getHeader(name: string): FieldValue | undefined
}

export const stagingMethods: StagingMethods & FieldMethods & ThisType<KitTarget & StagingMethods & FieldMethods> = {
  setStatus(code) {
    if (!Number.isInteger(code) || code < 100 || code > 999) {
      throw invalidRange('setStatus: code', 'an integer from 100 to 999', code)
    }
    this[EXCHANGE].stageStatus(code)
    return this
  },
  setHeader(name, value) {
    this[EXCHANGE].res.setHeader(name, value)
    return this
  },
  appendHeader(name, value) {
    this[EXCHANGE].res.appendHeader(name, value)
    return this
  },
  setHeaders(fields) {
    const lines = [...fieldEntries(fields)]
    for (const [name, value] of lines) checkField(name, value)
    const { res } = this[EXCHANGE]
    let hasCookie = false
    for (const [name, value] of lines) {
      if (value === undefined) continue
      // As Node has it: `Headers` gives each Set-Cookie line apart, of any other name the last counts.
      if (hasCookie && name === 'set-cookie') res.appendHeader(name, typeof value === 'number' ? `${value}` : value)
      else res.setHeader(name, value)
      hasCookie ||= name === 'set-cookie'
    }
    return this
  },
  deleteHeader(name) {
    this[EXCHANGE].res.removeHeader(name)
    return this
  },
  getHeader(name) {
    return this[EXCHANGE].res.getHeader(name)
  },
}

function checkField(name: string, value: FieldValue | undefined): void {
  validateHeaderName(name)
  if (value === undefined) return
  for (const each of Array.isArray(value) ? value : [value]) {
    if (typeof each !== 'string' && typeof each !== 'number') {
      throw invalidType(`setHeaders: ${name}`, 'a string, a number or a list of strings', value, 'INVALID_FIELD')
    }
    validateHeaderValue(name, `${each}`)
  }
}
