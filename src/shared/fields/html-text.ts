const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const SPECIAL = /[&<>"']/

/**
 * Under this symbol, which all copies of the package share, a fragment gives its parts: finished HTML, and promises and
 * sources that give more of it. No text that a client sends can have it.
 */
export const HTML_PARTS: unique symbol = Symbol.for('response-kit.html')

/** HTML whose values are escaped. The template tag `html` makes it. */
export interface HtmlFragment {
  /** What it is made of. Only the kit reads it. */
  readonly [HTML_PARTS]: readonly (string | object)[]
  /**
   * The HTML as a string.
   *
   * @throws `INVALID_ARGUMENT` if there is a promise or an iterable in it, which only an answer can wait for.
   */
  toString(): string
  /** The same, as a member of a JSON value. */
  toJSON(): string
}

/** The text as HTML, for an element or a quoted attribute. */
export function escapeHtml(text: string): string {
  return SPECIAL.test(text) ? text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character) : text
}
