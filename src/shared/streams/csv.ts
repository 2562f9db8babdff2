import { isDate } from 'node:util/types'
import { type Options as FormatOptions, stringify } from 'csv-stringify/sync'
import { isBytes } from '../checks/bytes.js'
import { isWithoutNames } from '../checks/check-keys.js'
import { invalidRange, invalidType, ResponseKitError, showValue } from '../checks/errors.js'
import { adoptPromise, isThenable } from '../checks/promise.js'
import type { Exchange } from '../exchange/exchange.js'
import type { FieldLine, ResponseDescription } from '../exchange/response-description.js'
import { withStagedPreconditions } from '../exchange/staged-preconditions.js'
import { serializeContentDisposition } from '../fields/content-disposition.js'
import { hasToJson } from '../json/has-to-json.js'
import { describeJsonFailure } from '../json/json-failure.js'
import { type CsvColumn, type CsvOptions, type CsvSettings, readCsvOptions } from './csv-options.js'
import { FormulaGuard } from './formula-guard.js'
import { type ChunkFormat, describeSourceBody } from './source-body.js'
import { holdSource } from './source-owner.js'
import { checkValueSource, type SourceOf } from './stream-source.js'

/** A row of a table: an object by the keys of the columns, or a list of its fields. */
export type CsvRow = object | readonly unknown[]

const SUBJECT = 'csv: source'

/** A table as CSV (RFC 4180), sent as the source yields its rows. */
export function describeCsv(exchange: Exchange, source: SourceOf<CsvRow>, options?: CsvOptions): ResponseDescription {
  holdSource(source)
  const settings = checkCsv(source, options)
  const table = new CsvTable(settings)
  const format: ChunkFormat = {
    subject: SUBJECT,
    check: checkValueSource,
    encode: (row, position) => table.line(row, position),
    tail: (count) => (count === 0 ? table.opening() : ''),
  }
  const known = settings.hasHeader ?? headerOf(source)
  const { filename } = settings
  const asDownload: FieldLine[] = [['X-Content-Type-Options', 'nosniff']]
  return withStagedPreconditions(exchange.facts, {
    fields:
      filename === undefined ? [] : [['Content-Disposition', serializeContentDisposition('attachment', filename)]],
    defaults: [...(known === undefined ? [] : [typeLine(known)]), ...(filename === undefined ? [] : asDownload)],
    body: describeSourceBody(exchange, source, format, () => [typeLine(table.hasHeader)]),
  })
}

/** Refuses bad arguments of `csv`. */
export function checkCsv(source: SourceOf<CsvRow>, options?: CsvOptions): CsvSettings {
  const settings = readCsvOptions(options)
  checkValueSource(SUBJECT, source)
  return settings
}

/** The parameter `header` tells a program whether the first line has the headings (RFC 4180 §3). */
function typeLine(hasHeader: boolean): FieldLine {
  return ['Content-Type', `text/csv; charset=utf-8; header=${hasHeader ? 'present' : 'absent'}`]
}

/** Whether a table in memory has headings. HEAD tells the same as GET then. */
function headerOf(source: unknown): boolean | undefined {
  if (!Array.isArray(source)) return undefined
  const [first] = source
  return isThenable(first) ? undefined : first !== undefined && !Array.isArray(first)
}

/** The lines of one table. Its first row tells the columns, if the caller does not. */
class CsvTable {
  readonly #settings: CsvSettings
  readonly #format: FormatOptions
  readonly #guard: FormulaGuard | undefined
  #columns: readonly Required<CsvColumn>[] | undefined
  hasHeader: boolean

  constructor(settings: CsvSettings) {
    this.#settings = settings
    this.#columns = settings.columns
    this.hasHeader = settings.hasHeader ?? false
    const { delimiter, isGuarded } = settings
    this.#format = { delimiter, record_delimiter: '\r\n' }
    this.#guard = isGuarded ? new FormulaGuard(delimiter) : undefined
  }

  /** What stands before the first row. */
  opening(): string {
    const { bom } = this.#settings
    const headings = this.#columns?.map(({ header }) => this.#text(header))
    return this.hasHeader && headings !== undefined ? bom + this.#join(headings) : bom
  }

  line(row: unknown, position: number): string {
    const values = this.#read(row, position)
    try {
      const fields = values.map((value, index) => this.#field(value, position, index))
      return (position === 0 ? this.opening() : '') + this.#join(fields)
    } catch (error) {
      for (const value of values) adoptPromise(value) // a promise in a cell is refused, and may reject later
      throw error
    }
  }

  /** The values of a row, in the order of the columns. */
  #read(given: unknown, position: number): readonly unknown[] {
    const subject = `csv: row ${position} (counted from 0)`
    const row = hasToJson(given) && !Array.isArray(given) && !isBytes(given) ? given.toJSON('') : given
    if (typeof row !== 'object' || row === null || isBytes(row)) {
      throw invalidType(subject, 'an object or a list', row, 'INVALID_CHUNK')
    }
    if (position === 0) this.#decide(row, subject)
    if (!Array.isArray(row)) {
      if (this.#columns === undefined) throw invalidType(subject, 'a list, as the first row', row, 'INVALID_CHUNK')
      const values = this.#columns.map(({ key }) => valueAt(row, key))
      if (values.every((value) => value === undefined) && isWithoutNames(row)) {
        throw invalidType(subject, 'an object with properties', row, 'INVALID_CHUNK')
      }
      return values
    }
    const count = this.#columns?.length ?? row.length
    if (row.length > count) throw invalidRange(subject, `a list of at most ${count} fields`, row, 'INVALID_CHUNK')
    return Array.from({ length: count }, (_, index) => row[index])
  }

  #decide(first: object, subject: string): void {
    const isList = Array.isArray(first)
    if (this.#columns === undefined && !isList) {
      const keys = Object.keys(first)
      if (keys.length === 0) throw invalidType(subject, 'an object with properties', first, 'INVALID_CHUNK')
      this.#columns = keys.map((key) => ({ key, header: key }))
    }
    const { hasHeader } = this.#settings
    if (hasHeader === true && this.#columns === undefined) {
      throw invalidRange("csv: option 'header'", "false or absent if rows are lists and there is no 'columns'", true)
    }
    this.hasHeader = hasHeader ?? !isList
  }

  /** Fields are quoted if RFC 4180 §2 needs it. A line of one empty field would look like no line. */
  #join(given: string[]): string {
    const fields = this.#guard?.guardRow(given) ?? given
    const isBlank = fields.length === 1 && fields[0] === ''
    return isBlank ? '""\r\n' : stringify([fields], this.#format)
  }

  #field(value: unknown, position: number, index: number): string {
    switch (typeof value) {
      case 'string':
        return this.#text(value)
      case 'number':
        return Number.isFinite(value) ? `${value}` : ''
      case 'bigint':
      case 'boolean':
        return `${value}`
      case 'undefined':
        return ''
      case 'object':
        if (value === null) return ''
        if (isDate(value)) return Number.isNaN(value.getTime()) ? '' : value.toISOString()
        if (!isBytes(value) && !isThenable(value)) return this.#object(value, position, index)
    }
    throw invalidType(
      this.#place(position, index),
      'text, a number or something that JSON can hold',
      value,
      'INVALID_CHUNK',
    )
  }

  /** The text that JSON has for an object, such as an id; else its JSON. */
  #object(value: object, position: number, index: number): string {
    try {
      const given = hasToJson(value) ? value.toJSON('') : value
      if (typeof given !== 'object') return this.#field(given, position, index)
      return this.#text(JSON.stringify(given))
    } catch (cause) {
      const message = `${this.#place(position, index)}: ${describeJsonFailure(value, cause)}`
      throw new ResponseKitError('INVALID_CHUNK', message, { cause })
    }
  }

  #text(text: string): string {
    return this.#guard?.guardText(text) ?? text
  }

  #place(position: number, index: number): string {
    const key = this.#columns?.[index]?.key ?? `${index}`
    return `csv: row ${position} (counted from 0), column ${showValue(key)}`
  }
}

/**
 * The value of a row at a key of another row, which a client may have chosen: `constructor` and `__proto__`, which every
 * object has, are no values of it. A getter of its own class is one.
 */
function valueAt(row: object, key: string | number): unknown {
  const value: unknown = row[key as keyof typeof row]
  const isOfAll = (typeof value === 'function' || key === '__proto__') && key in Object.prototype
  return isOfAll && !Object.hasOwn(row, key) ? undefined : value
}
