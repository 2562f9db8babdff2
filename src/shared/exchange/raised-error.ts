import { ResponseKitError, showValue } from '../checks/errors.js'
import { fieldsOfError, isFieldOfErrorPage } from '../fields/error-fields.js'
import { isObject } from './wrong-host.js'

/** The members of an error that decide on its page, as Express and Koa have them. */
interface RaisedError extends Error {
  readonly status?: unknown
  readonly expose?: unknown
  readonly headers?: unknown
}

/**
 * The error as the error handling of Express or Koa can take it. It copies `headers` to the response. A field that it cannot
 * copy ends the process, and the length of another body puts the connection out of step: the error gets `headers` without them.
 *
 * @param namesOf The names that the host copies.
 */
export function raisedError(error: RaisedError, namesOf: (headers: object) => string[] = Object.keys): Error {
  try {
    const { headers } = error
    if (!isObject(headers) || namesOf(headers).every((name) => isFieldOfErrorPage(name, headers[name]))) return error
    return Object.defineProperty(error, 'headers', { value: headersOf(error), writable: true, configurable: true })
  } catch {
    return replacingError(error) // it is frozen, or it cannot be read
  }
}

/** An error with the same page, for a host that cannot take the error itself. */
export function replacingError(cause: RaisedError): ResponseKitError {
  const { status, expose } = cause
  const message: unknown = cause.message // other code may have set it
  return new ResponseKitError('SOURCE_FAILED', typeof message === 'string' ? message : showValue(message), {
    cause,
    headers: headersOf(cause),
    ...(typeof status === 'number' && { status }),
    ...(typeof expose === 'boolean' && { expose }),
  })
}

function headersOf(error: RaisedError): Record<string, string> {
  try {
    return Object.fromEntries(fieldsOfError(error))
  } catch {
    return {} // a getter throws
  }
}
