import { validateHeaderName, validateHeaderValue } from 'node:http'
import type { FieldLine } from '../../exchange/response-description.js'
import type { ProblemDetails } from '../problem.js'

/** What errors of http-errors, of Koa and of this kit carry beside their message. */
interface HttpError extends Error {
  readonly status?: unknown
  readonly statusCode?: unknown
  readonly expose?: unknown
  readonly headers?: unknown
}

/** An error as problem details. What is not meant for clients stays inside, unless `showInternals`. */
export function problemOf(error: HttpError, showInternals: boolean): ProblemDetails {
  const status = statusOf(error)
  const isExposed = typeof error.expose === 'boolean' ? error.expose : status < 500
  if (!isExposed && !showInternals) return { status }
  const detail = String(error.message)
  const shown = detail === '' ? { status } : { status, detail }
  return showInternals && status >= 500 ? { ...shown, stack: stackLines(error) } : shown
}

/** The status an error asks for, where it is one of an error; else 500. */
export function statusOf({ status, statusCode }: HttpError): number {
  const isError = (code: unknown): code is number =>
    typeof code === 'number' && Number.isInteger(code) && code >= 400 && code <= 599
  return [status, statusCode].find(isError) ?? 500
}

/** Fields an error brings, as Retry-After and Allow; those of a body it does not have are left out, and invalid ones. */
export function fieldsOf({ headers }: HttpError): FieldLine[] {
  if (typeof headers !== 'object' || headers === null) return []
  return Object.entries(headers).flatMap(([name, value]): FieldLine[] => {
    if (value === undefined || /^(?:content-(?!range)|transfer-encoding$|connection$)/i.test(name)) return []
    const text = Array.isArray(value) ? value.join(', ') : String(value)
    try {
      validateHeaderName(name)
      validateHeaderValue(name, text)
      return [[name, text]]
    } catch {
      return []
    }
  })
}

function stackLines({ stack }: Error): string[] {
  const lines = String(stack ?? '').split('\n')
  return lines.map((line) => line.trim())
}
