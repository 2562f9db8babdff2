import { statusOfError } from '../../checks/status.js'
import type { FieldLine } from '../../exchange/response-description.js'
import { fieldLines, isFieldName, isFieldText } from '../../fields/field-entries.js'
import type { ProblemDetails } from '../problem.js'

/** Further members of the errors of http-errors, of Koa and of this package. */
interface HttpError extends Error {
  readonly status?: unknown
  readonly statusCode?: unknown
  readonly expose?: unknown
  readonly headers?: unknown
}

/**
 * An error as problem details. Its text is for clients only if it says `expose: true`, as Express and Koa have it; with
 * `showInternals` everything is shown, and from 500 on the stack too.
 */
export function problemOf(error: HttpError, showInternals: boolean): ProblemDetails {
  const status = statusOfError(error)
  if (error.expose !== true && !showInternals) return { status }
  const detail = String(error.message)
  const shown = detail === '' ? { status } : { status, detail }
  return showInternals && status >= 500 ? { ...shown, stack: stackLines(error) } : shown
}

/** The fields of an error, such as Retry-After and Allow. Invalid fields, and fields that describe a body, are left out. */
export function fieldsOf({ headers }: HttpError): FieldLine[] {
  if (typeof headers !== 'object' || headers === null) return []
  return Object.entries(headers).flatMap(([name, value]): FieldLine[] => {
    if (value === undefined || /^(?:content-(?!range)|transfer-encoding$|connection$)/i.test(name)) return []
    const lines = fieldLines(name, (Array.isArray(value) ? value : [value]).map(String))
    return isFieldName(name) && lines.every(([, text]) => isFieldText(text)) ? [...lines] : []
  })
}

function stackLines({ stack }: Error): string[] {
  const lines = String(stack ?? '').split('\n')
  return lines.map((line) => line.trim())
}
