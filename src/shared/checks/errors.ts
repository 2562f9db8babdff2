import { isError } from './is-error.js'
import { adoptPromise } from './promise.js'
import { showValue } from './show-value.js'

export { isError } from './is-error.js'
export { showValue } from './show-value.js'

/** The `code` of each error that the kit makes. Errors of the file system keep the code that Node gives them. */
export type ErrorCode =
  | 'ALREADY_SENT'
  | 'WRONG_HOST'
  | 'INVALID_ARGUMENT'
  | 'INVALID_OPTION'
  | 'INVALID_FIELD'
  | 'INVALID_COOKIE'
  | 'INVALID_CHUNK'
  | 'INVALID_PATTERN'
  | 'FORBIDDEN_PATH'
  | 'NOT_ACCEPTABLE'
  | 'SHORT_BODY'
  | 'LONG_BODY'
  | 'SOURCE_FAILED'
  | 'SOURCE_CHANGED'
  | 'STORE_BUSY'
  | 'SESSION_NOT_SAVED'
  | 'STORE_FAILED'
  | 'NOT_CONFIGURED'
  | 'MISSING_DEPENDENCY'
  | 'ROUTE_NOT_FOUND'
  | 'ROUTE_PARAMETER'
  | 'BAD_SIGNATURE'
  | (`E${string}` & {})

/** Options of a `ResponseKitError`. */
export interface ResponseKitErrorOptions {
  /** The status of the error page. Default 500. */
  readonly status?: number
  /** Whether the message may be shown to the client. Default: below 500. */
  readonly expose?: boolean
  /** Fields that the error page sends, such as Retry-After. Default: none. */
  readonly headers?: Readonly<Record<string, string>>
  /** The failure that caused it. No client sees it. Default: none. */
  readonly cause?: unknown
}

/**
 * Under this symbol, which all realms of a process share, an error gives the names of its classes. So `instanceof` holds
 * for the errors of another copy of the package, such as the one in a bundle.
 */
const CLASS_NAMES: unique symbol = Symbol.for('response-kit.error')

/** The classes that the package exports. Only the class itself tells what is an instance of an app's own subclass. */
const KIT_CLASSES: readonly string[] = [
  'ResponseKitError',
  'RouteNotFoundError',
  'RouteParameterError',
  'SignedUrlError',
]

/** A response that cannot be made. The framework's error handling receives it. */
export class ResponseKitError extends Error {
  /** The name of the class, also if a minifier renames the class itself. */
  static override readonly name: string = 'ResponseKitError'
  /** Names the kind of failure; `docs/errors.md` has a heading for each. */
  readonly code: ErrorCode
  /** The status that an error page should have. */
  readonly status: number
  /** The same as `status`, as Express reads it. */
  readonly statusCode: number
  /** Whether a client may see the message. */
  readonly expose: boolean
  /** Fields of the error page, as Express and Koa send them. */
  readonly headers?: Readonly<Record<string, string>>

  static {
    // Properties that no type shows, because they are not public.
    Object.defineProperty(ResponseKitError, Symbol.hasInstance, { value: isInstance })
    Object.defineProperty(ResponseKitError.prototype, CLASS_NAMES, { get: classNames })
  }

  constructor(code: ErrorCode, message: string, options: ResponseKitErrorOptions = {}) {
    const { status = 500, expose, cause, headers } = options
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.code = code
    this.status = status
    this.statusCode = status
    this.expose = expose ?? status < 500
    if (headers !== undefined) this.headers = headers
  }
}

function isInstance(this: typeof ResponseKitError, value: unknown): boolean {
  if (Function.prototype[Symbol.hasInstance].call(this, value)) return true
  if (typeof value !== 'object' || value === null || !KIT_CLASSES.includes(this.name)) return false
  try {
    const names: unknown = Reflect.get(value, CLASS_NAMES)
    return Array.isArray(names) && names.includes(this.name)
  } catch {
    return false // a Proxy may throw
  }
}

function classNames(this: ResponseKitError): readonly string[] {
  const names: string[] = []
  for (let each: unknown = this.constructor; typeof each === 'function'; each = Object.getPrototypeOf(each)) {
    names.push(each.name)
  }
  return names
}

/** Makes an error of a thrown value. A value that is no error, or an error that cannot be read, becomes the `cause` of one. */
export function toError(reason: unknown): Error {
  if (isError(reason) && canBeRead(reason)) return reason
  const shown = typeof reason === 'string' ? reason : showValue(reason)
  return new ResponseKitError('SOURCE_FAILED', `thrown: ${shown}`, { cause: reason })
}

/**
 * What code of the app threw, as a framework can be given it. Express takes `undefined` for no error and `'route'` for a
 * way on, and Koa waits without end after `undefined`: another value than an object becomes an error.
 */
export function toThrown(reason: unknown): object {
  return typeof reason === 'object' && reason !== null ? reason : toError(reason)
}

const READ_OF_ERRORS: readonly string[] = ['name', 'message', 'code', 'status', 'statusCode', 'expose', 'headers']

/** Whether no getter of an error throws. The stack is not read, because making it takes time. */
function canBeRead(error: Error): boolean {
  try {
    for (const key of READ_OF_ERRORS) Reflect.get(error, key)
    return true
  } catch {
    return false
  }
}

/** The error of a call that needs an option which the app did not give to `responseKit()`. */
export function notConfigured(call: string, option: string): ResponseKitError {
  return new ResponseKitError('NOT_CONFIGURED', `${call} needs the option '${option}' of responseKit()`)
}

/**
 * The error for a value of a wrong type. `subject` names the call with its option or argument, as in
 * `file(): option 'type'` or `text: body`; the code follows from it.
 */
export function invalidType(
  subject: string,
  expected: string,
  value: unknown,
  code: ErrorCode = codeFor(subject),
): TypeError {
  adoptPromise(value) // one that was not awaited has no other owner: its rejection would end the process
  return Object.assign(new TypeError(`${subject} must be ${expected}, got ${showValue(value)}`), { code })
}

/** The same for a value that may be a secret or hold one, such as the URL of a server: the message has its type alone. */
export function invalidSecretType(
  subject: string,
  expected: string,
  value: unknown,
  code: ErrorCode = codeFor(subject),
): TypeError {
  adoptPromise(value)
  const type = Object.prototype.toString.call(value).slice('[object '.length, -1)
  const isPlain = value === null || value === undefined || typeof value === 'boolean'
  const shown = isPlain ? `${value}` : `a value of type ${type}`
  return Object.assign(new TypeError(`${subject} must be ${expected}, got ${shown}`), { code })
}

/** The error for a value of the right type that is not allowed. */
export function invalidRange(
  subject: string,
  expected: string,
  value: unknown,
  code: ErrorCode = codeFor(subject),
): RangeError {
  adoptPromise(value)
  return Object.assign(new RangeError(`${subject} must be ${expected}, got ${showValue(value)}`), { code })
}

/** The subject names an option, as in `file(): option 'type'`, or an argument, as in `text: body`. */
function codeFor(subject: string): ErrorCode {
  return subject.includes("option '") ? 'INVALID_OPTION' : 'INVALID_ARGUMENT'
}
