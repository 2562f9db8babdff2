import { checkKeys } from '../../checks/check-keys.js'
import { invalidType } from '../../checks/errors.js'
import type { HtmlFragment } from '../../fields/html-text.js'
import type { ErrorContext } from '../../settings/settings.js'
import type { ProblemDetails } from '../problem.js'

/** Options of `problemHandler()`. */
export interface ProblemHandlerOptions {
  /** Called with every error that is answered here. A failure of its own changes nothing. Default: none. */
  readonly onError?: (error: Error, context: ErrorContext) => void
  /**
   * `true` shows the text of every error, and from status 500 on its stack; `false` shows the text only of an error that
   * says `expose: true`. Default: `false` in production, else `true`.
   */
  readonly showInternals?: boolean
  /**
   * Returns what is sent for an error: a `type`, more members, another text. `details` is what would be sent. Default:
   * what would be sent.
   */
  readonly details?: (error: Error, details: ProblemDetails) => ProblemDetails
  /**
   * Returns the page for clients that prefer HTML. The texts in `details` are not escaped: the tag `html` does it.
   * Default: a plain page of the kit.
   */
  readonly page?: (details: ProblemDetails, error: Error) => string | HtmlFragment
}

/** Refuses a bad option with `INVALID_OPTION`. */
export function checkProblemHandlerOptions(options: ProblemHandlerOptions): ProblemHandlerOptions {
  checkKeys('problemHandler()', options, ['onError', 'showInternals', 'details', 'page'])
  for (const key of ['onError', 'details', 'page'] as const) {
    const value = options[key]
    if (value !== undefined && typeof value !== 'function') {
      throw invalidType(`problemHandler: option '${key}'`, 'a function', value, 'INVALID_OPTION')
    }
  }
  const { showInternals } = options
  if (showInternals !== undefined && typeof showInternals !== 'boolean') {
    throw invalidType("problemHandler: option 'showInternals'", 'a boolean', showInternals, 'INVALID_OPTION')
  }
  return { ...options }
}
