import { checkKeys } from '../checks/check-keys.js'
import { invalidRange, invalidType } from '../checks/errors.js'

/** A column of a table: the property that it shows, and its heading. */
export interface CsvColumn {
  /** The property of a row, or the index in a row that is a list. */
  readonly key: string | number
  /** The heading. Default: the key. */
  readonly header?: string
}

/** The columns in their order: keys, `{ key, header }`, or an object of headings by key. */
export type CsvColumns = readonly (string | number | CsvColumn)[] | Readonly<Record<string, string>>

/** Options of `csv`. */
export interface CsvOptions {
  /**
   * The columns and their order: a list of keys or of `{ key, header }`, or an object of headings by key. Keys
   * that only later rows have are left out. Rows that are lists need none. Default: the keys of the first row.
   */
  readonly columns?: CsvColumns
  /** Whether the first line has the headings. Default: `true`, and `false` for rows that are lists without `columns`. */
  readonly header?: boolean
  /**
   * One character between two fields. Excel expects a semicolon in countries that write a comma in numbers. Default: a
   * comma.
   */
  readonly delimiter?: string
  /** Whether a byte order mark stands first, by which Excel knows UTF-8. Default `false`. */
  readonly bom?: boolean
  /** The browser saves the table under this name (RFC 6266). Default: no name, so the browser decides. */
  readonly filename?: string
  /**
   * Whether text that a spreadsheet takes for a formula gets a `'` before it, also inside of a text, after what another
   * spreadsheet takes for the end of a cell. `false` is only for tables that no spreadsheet opens. Default `true`.
   */
  readonly guard?: boolean
}

export interface CsvSettings {
  readonly columns: readonly Required<CsvColumn>[] | undefined
  /** `undefined`: the first row decides. */
  readonly hasHeader: boolean | undefined
  readonly delimiter: string
  readonly bom: string
  readonly filename: string | undefined
  readonly isGuarded: boolean
}

const KEYS = ['columns', 'header', 'delimiter', 'bom', 'filename', 'guard'] as const

/** Checks the options of `csv`, and completes them. */
export function readCsvOptions(options: CsvOptions = {}): CsvSettings {
  checkKeys('csv()', options, KEYS)
  for (const key of ['header', 'bom', 'guard'] as const) {
    const value = options[key]
    if (value !== undefined && typeof value !== 'boolean') throw invalidType(`csv: option '${key}'`, 'a boolean', value)
  }
  const { columns, header, delimiter = ',', bom, filename, guard } = options
  if (filename !== undefined && (typeof filename !== 'string' || filename === '')) {
    throw invalidType("csv: option 'filename'", 'a string that is not empty', filename)
  }
  const list = columns === undefined ? undefined : readColumns(columns)
  return {
    columns: list,
    hasHeader: header ?? (list === undefined ? undefined : true),
    delimiter: checkDelimiter(delimiter),
    bom: bom === true ? '\ufeff' : '',
    filename,
    isGuarded: guard ?? true,
  }
}

function checkDelimiter(delimiter: unknown): string {
  if (typeof delimiter === 'string' && [...delimiter].length === 1 && !/["\r\n\ufeff]/.test(delimiter)) return delimiter
  throw invalidRange("csv: option 'delimiter'", 'one character, and no quote or line end', delimiter)
}

function readColumns(columns: unknown): readonly Required<CsvColumn>[] {
  const given: unknown[] = Array.isArray(columns) ? columns : readRecord(columns)
  if (given.length === 0) throw invalidRange("csv: option 'columns'", 'a list of at least one column', columns)
  return given.map(readColumn)
}

function readRecord(columns: unknown): unknown[] {
  if (typeof columns !== 'object' || columns === null) throw notColumns(columns)
  return Object.entries(columns).map(([key, header]) => ({ key, header }))
}

function readColumn(column: unknown): Required<CsvColumn> {
  if (typeof column === 'string' || typeof column === 'number') return { key: column, header: `${column}` }
  if (typeof column !== 'object' || column === null || Array.isArray(column)) throw notColumns(column)
  checkKeys('csv: a column', column, ['key', 'header'])
  const { key, header = `${key}` } = column as Partial<Record<'key' | 'header', unknown>> // checked below
  if (typeof key !== 'string' && typeof key !== 'number') throw notColumns(column)
  if (typeof header !== 'string') throw notColumns(column)
  return { key, header }
}

function notColumns(value: unknown): TypeError {
  return invalidType("csv: option 'columns'", 'a list of keys or { key, header }, or an object of headings', value)
}
