import { inspect } from 'node:util'
import { isNativeError } from 'node:util/types'

/** Every `code` the kit's own errors carry; errors of the file system keep the code Node gives them. */
export type ErrorCode =
  | 'ALREADY_SENT'
  | 'INVALID_ARGUMENT'
  | 'INVALID_OPTION'
  | 'INVALID_FIELD'
  | 'INVALID_COOKIE'
  | 'INVALID_CHUNK'
  | 'INVALID_PATTERN'
  | 'FORBIDDEN_PATH'
  | 'SHORT_BODY'
  | 'LONG_BODY'
  | 'SOURCE_FAILED'
  | 'SESSION_NOT_SAVED'
  | 'NOT_CONFIGURED'
  | 'MISSING_DEPENDENCY'
  | 'ROUTE_NOT_FOUND'
  | 'ROUTE_PARAMETER'
  | 'BAD_SIGNATURE'
  | (`E${string}` & {})

/** Options of a `ResponseKitError`. */
export interface ResponseKitErrorOptions {
  /** The status an error page should have. Default 500. */
  readonly status?: number
  /** Whether the message may be shown to the client. Default: below 500. */
  readonly expose?: boolean
  /** The failure behind it, which no client sees. */
  readonly cause?: unknown
}

/** A response that could not be made: what the framework's error handling receives. */
export class ResponseKitError extends Error {
  /** Names the kind of failure; `docs/errors.md` has a heading for each. */
  readonly code: ErrorCode
  /** The status that an error page should have. */
  readonly status: number
  /** The same as `status`, as Express reads it. */
  readonly statusCode: number
  /** Whether a client may see the message. */
  readonly expose: boolean

  constructor(code: ErrorCode, message: string, { status = 500, expose, cause }: ResponseKitErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.code = code
    this.status = status
    this.statusCode = status
    this.expose = expose ?? status < 500
  }
}

/** What was thrown, as an error. */
export function toError(reason: unknown): Error {
  return isError(reason)
    ? reason
    : new ResponseKitError('SOURCE_FAILED', `thrown: ${typeof reason === 'string' ? reason : showValue(reason)}`, {
        cause: reason,
      })
}

/**
 * Whether a value is an error, also of another realm, as the errors of Node are to the code of a Jest test. Plain data
 * with the members of an error, as a client may send it, is none.
 */
export function isError(value: unknown): value is Error {
  if (isNativeError(value)) return true
  if (typeof value !== 'object' || value === null) return false
  try {
    if (value instanceof Error) return true
    // A DOMException or an error without the internal slot, made in another realm.
    return isInstance(value) && hasText(value, 'name') && hasText(value, 'message') && hasText(value, 'stack')
  } catch {
    return false // a Proxy or a getter that throws
  }
}

/** Made by a class, not an object literal of any realm. */
function isInstance(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype !== null && Object.getPrototypeOf(prototype) !== null
}

function hasText(value: object, name: string): boolean {
  return typeof Reflect.get(value, name) === 'string'
}

/** A call that needs an option the app did not give to `responseKit()`. */
export function notConfigured(call: string, option: string): ResponseKitError {
  return new ResponseKitError('NOT_CONFIGURED', `${call} needs the option '${option}' of responseKit()`)
}

/** A misuse of an argument or option: names it and shows what was given. */
export function invalidType(
  subject: string,
  expected: string,
  value: unknown,
  code: ErrorCode = codeFor(subject),
): TypeError {
  return Object.assign(new TypeError(`${subject} must be ${expected}, got ${showValue(value)}`), { code })
}

/** A value of the right type outside what is allowed. */
export function invalidRange(
  subject: string,
  expected: string,
  value: unknown,
  code: ErrorCode = codeFor(subject),
): RangeError {
  return Object.assign(new RangeError(`${subject} must be ${expected}, got ${showValue(value)}`), { code })
}

/** The subject names an option, as in `file(): option 'type'`, or an argument, as in `text: body`. */
function codeFor(subject: string): ErrorCode {
  return subject.includes("option '") ? 'INVALID_OPTION' : 'INVALID_ARGUMENT'
}

/** A value as an error message shows it: one line, at most 80 characters, whatever its own getters do. */
export function showValue(value: unknown): string {
  const text = inspectValue(value).replace(/\s*\n\s*/g, ' ')
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

function inspectValue(value: unknown): string {
  try {
    if (isError(value)) return `${value}` // without its stack, which is internal
    return inspect(value, {
      depth: 0,
      breakLength: Number.POSITIVE_INFINITY,
      maxStringLength: 60,
      maxArrayLength: 3,
    })
  } catch {
    return typeof value === 'function' ? 'a function' : 'an object that cannot be shown'
  }
}
