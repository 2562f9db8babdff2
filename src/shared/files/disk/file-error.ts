import { type ErrorCode, ResponseKitError, toError } from '../../checks/errors.js'

const STATUS: Readonly<Record<string, number>> = {
  ENOENT: 404,
  ENOTDIR: 404,
  ENAMETOOLONG: 404,
  ELOOP: 404,
  EISDIR: 404,
  ENXIO: 404, // a socket, or a device without a driver
  ENODEV: 404,
  EACCES: 403,
  EPERM: 403,
  EMFILE: 503,
  ENFILE: 503,
}

const MESSAGE: Readonly<Record<number, string>> = {
  403: 'The file may not be read',
  404: 'File not found',
  503: 'Too many files are open',
}

/** A failure of the file system with the status that it stands for, and a text that names no path. Any other failure is returned as it is. */
export function fileError(reason: unknown): Error {
  const cause = toError(reason)
  if (!isSystemError(cause)) return cause
  const code = cause.code as `E${string}` // by the test
  const status = STATUS[code] ?? 500
  return new ResponseKitError(code, MESSAGE[status] ?? 'The file could not be read', { status, cause })
}

/** The path names a directory, FIFO, socket or device. */
export function notRegularFile(code: ErrorCode): ResponseKitError {
  return new ResponseKitError(code, 'File not found', { status: 404 })
}

export function forbiddenPath(status: 400 | 403 | 404): ResponseKitError {
  const message = status === 404 ? 'File not found' : status === 400 ? 'Bad path' : 'Forbidden path'
  return new ResponseKitError(status === 404 ? 'ENOENT' : 'FORBIDDEN_PATH', message, { status })
}

/** The text is for the developer: a client sees the status alone. */
export function outsideAppRoot(): ResponseKitError {
  const message =
    "The path is absolute and outside of the option 'files.root' of responseKit(). Give a path below it, or `root: null` in this call if no part of the path is from a client"
  return new ResponseKitError('FORBIDDEN_PATH', message, { status: 403, expose: false })
}

/** The body is shorter than announced: no other answer may follow it on this connection. */
export function shortBody(announced: number, sent: number): ResponseKitError {
  return new ResponseKitError('SHORT_BODY', `The source ended after ${sent} of ${announced} bytes`)
}

function isSystemError(cause: Error): cause is Error & { code: string } {
  return 'code' in cause && 'syscall' in cause && /^E[A-Z]/.test(`${cause.code}`)
}
