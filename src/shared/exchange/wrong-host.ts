/** The middleware was used on a host that it cannot serve: the message names what can. */
export function wrongHost(message: string): TypeError {
  return Object.assign(new TypeError(message), { code: 'WRONG_HOST' })
}

/** Whether a value is a function or an object that is not null. */
export function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** Whether a value is a response: it has methods that set fields and that end it. */
export function isResponse(
  value: unknown,
): value is { setHeader(name: string, value: unknown): unknown; end(): unknown } {
  return isObject(value) && typeof value.setHeader === 'function' && typeof value.end === 'function'
}
