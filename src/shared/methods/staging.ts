import { checkStatus } from '../checks/status.js'
import { EXCHANGE } from '../exchange/exchange.js'
import { checkField, type FieldsInit, type FieldValue, fieldEntries } from '../fields/field-entries.js'
import type { KitTarget } from './target.js'

export type { FieldsInit, FieldValue } from '../fields/field-entries.js'

/** The methods that change status and fields. */
export interface StagingMethods {
  /**
   * Sets the status.
   * @param code An integer from 200 to 999.
   * @throws RangeError `INVALID_ARGUMENT` for any other value.
   */
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
    checkStatus('setStatus: code', code)
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
    const lines = fieldEntries(fields, 'setHeaders: fields')
    for (const [name, value] of lines) if (value !== undefined) checkField(`setHeaders: ${name}`, name, value)
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
