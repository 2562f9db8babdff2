import { checkKeys } from '../../checks/check-keys.js'
import { invalidType } from '../../checks/errors.js'
import type { ErrorContext } from '../../settings/settings.js'
import type { ProblemDetails } from '../problem.js'

export interface ProblemHandlerOptions {
  /** Told of every error that is answered here; its own failure changes nothing. */
  readonly onError?: (error: Error, context: ErrorContext) => void
  /** Shows message and stack of errors from 500 on. Default: unless the app runs in production. */
  readonly showInternals?: boolean
  /** Changes what is sent for an error: a `type`, further members, another text. */
  readonly details?: (error: Error, details: ProblemDetails) => ProblemDetails
  /** The page in place of the plain one, for clients that prefer HTML. `details` holds text as it is: escape it. */
  readonly page?: (details: ProblemDetails, error: Error) => string
}

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
