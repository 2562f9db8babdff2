import { ResponseKitError, toError } from '../../checks/errors.js'

/** What a client of a store says of a failure. The clients of AWS and of Azure use other names for the same. */
interface Failure {
  /** The status that the store answered with. */
  readonly status: number | undefined
  /** The store's own name for the failure. */
  readonly names: readonly string[]
  /** The value of Retry-After. */
  readonly retryAfter: string | undefined
}

/** How stores say that they have too much to do, whatever the status is. */
const BUSY =
  /^(?:SlowDown|ServerBusy|ServiceUnavailable|Throttl\w*|TooManyRequests\w*|RequestLimitExceeded|RequestThrottled\w*|BandwidthLimitExceeded|OperationTimedOut|InsufficientCapacity)$/
/** The names by which stores say that there is no such object. */
export const MISSING_NAME: RegExp =
  /^(?:NoSuchKey|NoSuchVersion|NoSuchBucket|NotFound|BlobNotFound|ContainerNotFound|ResourceNotFound)$/
/** A version that marks a deletion answers 405. */
const MISSING_STATUS: readonly unknown[] = [404, 405, 410]
const DENIED_STATUS: readonly unknown[] = [401, 403]
const BUSY_STATUS: readonly unknown[] = [429, 503]
/** The object has another entity-tag by now, or is shorter than it was. */
const REPLACED_STATUS: readonly unknown[] = [412, 416]

/** How often an object is opened for one answer, if it is replaced each time. */
const MOST_OPENED = 3

/** Seconds after which the client may ask again, if the store does not say. */
const RETRY_AFTER = '1'
/** A client that is told to wait longer would give up. */
const LONGEST_RETRY_AFTER = 3600

/**
 * A failure of a store as an error with the status that it stands for. Its text is the kit's own: no text of the store,
 * which names buckets and keys, reaches a client. `cause` has the failure itself.
 */
export function storeError(reason: unknown): Error {
  if (reason instanceof ResponseKitError) return reason
  const cause = toError(reason)
  const { status, names, retryAfter } = readFailure(reason)
  const says = (pattern: RegExp): boolean => names.some((name) => pattern.test(name))
  if (BUSY_STATUS.includes(status) || says(BUSY)) {
    const headers = { 'Retry-After': retryAfter ?? RETRY_AFTER }
    return new ResponseKitError('STORE_BUSY', 'The store of this file has too much to do', {
      status: 503,
      cause,
      headers,
    })
  }
  if (MISSING_STATUS.includes(status) || says(MISSING_NAME)) {
    return new ResponseKitError('ENOENT', 'File not found', { status: 404, cause })
  }
  if (DENIED_STATUS.includes(status)) {
    return new ResponseKitError('EACCES', 'The file may not be read', { status: 403, cause })
  }
  if (REPLACED_STATUS.includes(status)) return replacedError(cause)
  return failedStore('The store could not give the object', cause)
}

/** The object was replaced after its facts were read. */
export function replacedError(cause?: unknown): ResponseKitError {
  const message = 'The object was replaced while it was read'
  const headers = { 'Retry-After': RETRY_AFTER }
  return new ResponseKitError('SOURCE_CHANGED', message, { status: 503, cause, headers })
}

/** Whether the kit may begin the answer again: the object was replaced. `attempt` counts from 1. */
export function mayOpenAgain(error: unknown, attempt: number): boolean {
  return error instanceof ResponseKitError && error.code === 'SOURCE_CHANGED' && attempt < MOST_OPENED
}

/** The store answered with something that is no use, or not at all (RFC 9110 §15.6.3). */
export function failedStore(message: string, cause?: unknown): ResponseKitError {
  return new ResponseKitError('SOURCE_FAILED', message, { status: 502, cause })
}

function readFailure(reason: unknown): Failure {
  const nothing: Failure = { status: undefined, names: [], retryAfter: undefined }
  if (typeof reason !== 'object' || reason === null) return nothing
  try {
    // Each member is checked.
    const { name, code, Code, statusCode, $metadata, $response, response } = reason as Readonly<Record<string, unknown>>
    const status = [memberOf($metadata, 'httpStatusCode'), statusCode].find((each) => typeof each === 'number')
    const names = [name, code, Code].filter((each) => typeof each === 'string')
    return { status, names, retryAfter: retryAfterOf(memberOf($response ?? response, 'headers')) }
  } catch {
    return nothing // a Proxy or a getter that throws
  }
}

/** AWS has the fields as a record with names in lower case, Azure as an object with `get`. */
function retryAfterOf(headers: unknown): string | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined
  const value: unknown =
    'get' in headers && typeof headers.get === 'function'
      ? headers.get('retry-after')
      : memberOf(headers, 'retry-after')
  if (typeof value !== 'string' || !/^\d{1,5}$/.test(value)) return undefined
  return `${Math.min(Number(value), LONGEST_RETRY_AFTER)}`
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}
