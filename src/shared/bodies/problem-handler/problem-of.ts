import { statusOfError } from '../../checks/status.js'
import type { ProblemDetails } from '../problem.js'

/** Further members of the errors of http-errors, of Koa and of this package. */
interface HttpError extends Error {
  readonly status?: unknown
  readonly statusCode?: unknown
  readonly expose?: unknown
  /** Node's errors of the system have one. */
  readonly syscall?: unknown
}

/**
 * An error as problem details. Its text is for clients only if it says `expose: true`, as Express and Koa have it; with
 * `showInternals` everything is shown, and from 500 on the stack too. The text of an error of the system has a path of the
 * disk. `createError(404, error)` of http-errors exposes it.
 */
export function problemOf(error: HttpError, showInternals: boolean): ProblemDetails {
  const status = statusOfError(error)
  const isForClients = error.expose === true && error.syscall === undefined
  if (!isForClients && !showInternals) return { status }
  const detail = String(error.message)
  const shown = detail === '' ? { status } : { status, detail }
  return showInternals && status >= 500 ? { ...shown, stack: stackLines(error) } : shown
}

function stackLines({ stack }: Error): string[] {
  const lines = String(stack ?? '').split('\n')
  return lines.map((line) => line.trim())
}
