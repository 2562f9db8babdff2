import { checkStatus } from '../checks/status.js'
import { EXCHANGE } from '../exchange/exchange.js'
import { appendField, setField } from '../exchange/write-field.js'
import { checkedFields, checkField, checkFieldName, type FieldsInit, type FieldValue } from '../fields/field-entries.js'
import type { KitTarget } from './target.js'

export type { FieldsInit, FieldValue } from '../fields/field-entries.js'

/** The methods that change status and fields. */
export interface StagingMethods {
  /**
   * Sets the status.
   *
   * @param code An integer from 200 to 999.
   * @throws RangeError `INVALID_ARGUMENT` for any other value.
   * @example
   * res.setStatus(201).text('created')
   */
  setStatus(code: number): this
  /**
   * Removes a field.
   *
   * @param name In any letter case.
   * @throws TypeError `INVALID_FIELD` for a name that is no string.
   * @example
   * res.deleteHeader('X-Powered-By')
   */
  deleteHeader(name: string): this
  /**
   * Sets a field if none of that name is staged.
   *
   * @param name In any letter case.
   * @param value A string, a number or a list of strings.
   * @throws TypeError `INVALID_FIELD` for a bad name or value, also if the field is staged.
   * @example
   * res.defaultHeader('Cache-Control', 'no-store')
   */
  defaultHeader(name: string, value: FieldValue): this
}

/** A Node response, and so an Express one, has methods of these names already. */
export interface FieldMethods {
  /**
   * Sets a field, in place of the value it had (RFC 9110 §5).
   *
   * @param name In any letter case.
   * @param value A string, a number or a list of strings.
   * @throws TypeError `INVALID_FIELD` for a bad name or value. On Express this is Node's own method, with Node's own
   *   errors.
   * @example
   * res.setHeader('X-Request-Id', id)
   */
  setHeader(name: string, value: FieldValue): this
  /**
   * Adds a field line (RFC 9110 §5.2).
   *
   * @param name In any letter case.
   * @param value A string, or a list of strings.
   * @throws TypeError `INVALID_FIELD` for a bad name or value. On Express this is Node's own method, with Node's own
   *   errors.
   * @example
   * res.appendHeader('Vary', 'Accept-Language')
   */
  appendHeader(name: string, value: string | readonly string[]): this
  /**
   * Sets several fields: a record, a `Headers` or a `Map`. `undefined` values are skipped.
   *
   * @param fields If one of them is bad, none is set.
   * @throws TypeError `INVALID_FIELD` for a bad name or value, `INVALID_ARGUMENT` if `fields` is nothing of these.
   * @example
   * res.setHeaders({ 'Cache-Control': 'no-store', 'X-Request-Id': id })
   */
  setHeaders(fields: FieldsInit): this
  /**
   * The value of a field that the response has so far, in any letter case.
   *
   * @param name In any letter case.
   * @throws TypeError `INVALID_FIELD` for a name that is no string.
   * @example
   * const length = res.getHeader('Content-Length')
   */
  getHeader(name: string): FieldValue | undefined
}

export const stagingMethods: StagingMethods & FieldMethods & ThisType<KitTarget & StagingMethods & FieldMethods> = {
  setStatus(code) {
    checkStatus('setStatus: code', code)
    this[EXCHANGE].stageStatus(code)
    return this
  },
  setHeader(name, value) {
    checkField('setHeader', name, value)
    setField(this[EXCHANGE].facts.res, name, value)
    return this
  },
  appendHeader(name, value) {
    checkField('appendHeader', name, value)
    appendField(this[EXCHANGE].facts.res, name, value)
    return this
  },
  setHeaders(fields) {
    const { res } = this[EXCHANGE].facts
    for (const [name, value] of checkedFields(fields, 'setHeaders')) setField(res, name, value)
    return this
  },
  deleteHeader(name) {
    checkFieldName('deleteHeader', name)
    this[EXCHANGE].facts.res.removeHeader(name)
    return this
  },
  defaultHeader(name, value) {
    checkField('defaultHeader', name, value)
    const { res } = this[EXCHANGE].facts
    if (!res.hasHeader(name)) setField(res, name, value)
    return this
  },
  getHeader(name) {
    checkFieldName('getHeader', name)
    return this[EXCHANGE].facts.res.getHeader(name)
  },
}
