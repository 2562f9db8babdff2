import { isNativeError } from 'node:util/types'

/**
 * Whether a value is an error. One of another realm counts: in a Jest test, Node's own errors are of another realm. Plain
 * data with the members of an error, as a client may send it, is no error.
 */
export function isError(value: unknown): value is Error {
  if (isNativeError(value)) return true
  if (typeof value !== 'object' || value === null) return false
  try {
    if (isOfErrorClass(value)) return true
    // A DOMException or an error without the internal slot, made in another realm.
    return isInstance(value) && hasText(value, 'name') && hasText(value, 'message') && hasText(value, 'stack')
  } catch {
    return false // a Proxy or a getter that throws
  }
}

/** Whether the class `Error` of this realm is above the value. It is not above an error of another realm. */
export function isOfErrorClass(value: object): boolean {
  return value instanceof Error
}

/** Made by a class, not an object literal of any realm. */
function isInstance(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype !== null && Object.getPrototypeOf(prototype) !== null
}

function hasText(value: object, name: string): boolean {
  return typeof Reflect.get(value, name) === 'string'
}
