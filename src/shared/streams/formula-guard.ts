const EQUATION_SIGNS = '=@\\uff1d\\uff20'
const SIGNS = `${EQUATION_SIGNS}+\\-\\uff0b\\uff0d`

/**
 * What a spreadsheet may take for a formula (OWASP, CSV Injection): the signs, their full-width forms, and the control
 * characters after which it looks at the next one. It drops a byte order mark at the beginning of the table. Excel takes a
 * first line such as `sep=;` for its delimiter.
 */
const FORMULA = new RegExp(`^\\ufeff*(?:[\\t\\r\\n\\0${SIGNS}]|sep=)`, 'i')

/** A call or a reference. Without one, what begins with a plus or a minus is a sum at most: `99,- EUR`, `48.1,-11.5`, `;-)`. */
const CALL_OR_REFERENCE = /[(!\uff08\uff01]/

/** How a number goes on after a decimal comma, or a formula after a number. A word after a number is no formula. */
const AFTER_DECIMAL_COMMA = /^(?:\P{L}|e[+-]?\d)/iu
/** A number with a decimal point. With three digits, the point may part thousands. */
const FRACTION = /^-\d+\.(?!\d{3}$)\d/
/** After it, no comma can be a decimal comma. */
const WHOLE_NUMBER = /^\d+$/
/** An apostrophe may hold the comma to the next field, with the rest of the call. */
const BEGIN_OF_CALL = /['(!\uff08\uff01]/

/**
 * Makes the formulas of a table harmless. Excel splits lines at the delimiter of its user's country. If that is another one
 * than the table has, quotes begin in the middle of a cell, and hold neither a cell nor a line together: a formula may begin
 * after every other delimiter, and after every line end.
 */
export class FormulaGuard {
  readonly #inner: RegExp
  readonly #innerEquation: RegExp
  readonly #isDecimalComma: boolean

  constructor(delimiter: string) {
    // A tab counts in every table: it may also stand before a sign at the beginning of a cell.
    const ends = `${[...',;|'].filter((each) => each !== delimiter).join('')}\\t\\r\\n`
    const afterEnd = (signs: string): RegExp => new RegExp(`[${ends}](?=["\\0]*[${signs}])`, 'g')
    this.#isDecimalComma = delimiter === ','
    this.#inner = afterEnd(SIGNS)
    this.#innerEquation = afterEnd(EQUATION_SIGNS)
  }

  /** A text of the table, with a `'` before it if it begins as a formula. Numbers begin with a sign too, and are no texts. */
  guardText(text: string): string {
    return FORMULA.test(text) ? `'${text}` : text
  }

  /** The fields of a row, with a `'` before every formula inside. A cell of the other spreadsheet may have parts of several fields. */
  guardRow(fields: readonly string[]): string[] {
    if (!fields.some((field) => CALL_OR_REFERENCE.test(field))) {
      return fields.map((field) => field.replace(this.#innerEquation, "$&'"))
    }
    const guarded = fields.map((field) => field.replace(this.#inner, "$&'"))
    const joined = this.#isDecimalComma ? joinedCall(guarded) : -1
    return guarded.map((field, index) => (index === joined ? `'${field}` : field))
  }
}

/** The place of the call that a spreadsheet with a decimal comma joins to a negative number before it: of `5+f(1)` after -5. */
function joinedCall([first, ...others]: readonly string[]): number {
  if (first?.startsWith('-') !== true || FRACTION.test(first)) return -1
  for (const [index, field] of others.entries()) {
    if (!AFTER_DECIMAL_COMMA.test(field) || WHOLE_NUMBER.test(field)) return -1
    if (BEGIN_OF_CALL.test(field)) return index + 1
  }
  return -1
}
