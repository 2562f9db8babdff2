import { ResponseKitError, showValue } from '../checks/errors.js'
import { isFieldOfErrorPage } from '../fields/error-fields.js'
import { isObject } from './wrong-host.js'

/** The members of an error that decide on its page, as Express and Koa have them. */
interface RaisedError extends Error {
  readonly status?: unknown
  readonly expose?: unknown
  readonly headers?: unknown
}

/**
 * The error as Express can take it. Express copies the `headers` of an error to the page: a field that cannot be set ends the
 * process, and the length of another body puts the connection out of step. The error gets `headers` without such fields.
 */
export function withSendableHeaders(error: RaisedError): Error {
  try {
    const { headers } = error
    if (!isObject(headers)) return error
    const sendable = sendableOf(headers)
    if (Object.keys(sendable).length === Object.keys(headers).length) return error
    return Object.defineProperty(error, 'headers', { value: sendable, writable: true, configurable: true })
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

function headersOf({ headers }: RaisedError): Record<string, string> {
  try {
    return isObject(headers) ? sendableOf(headers) : {}
  } catch {
    return {} // a getter throws
  }
}

function sendableOf(headers: object): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name, value]) => isFieldOfErrorPage(name, value)))
}
