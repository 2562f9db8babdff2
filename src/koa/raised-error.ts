import type { ParameterizedContext } from 'koa'
import { hasClassTag } from '../shared/checks/class-tag.js'
import { ResponseKitError } from '../shared/checks/errors.js'
import { isOfErrorClass } from '../shared/checks/is-error.js'

/** Koa writes these on an error. If it cannot, its own failure ends the process. */
const WRITTEN_BY_KOA: readonly string[] = ['status', 'headerSent']

/**
 * The error as Koa can take it. If the class of the error has only a getter, the error gets a property of its own with
 * the same value. A frozen error becomes the cause of a new one.
 */
export function raisedError(error: Error): Error {
  const fixed = WRITTEN_BY_KOA.filter((name) => !isWritable(error, name))
  if (fixed.length === 0) return error
  try {
    for (const name of fixed) {
      Object.defineProperty(error, name, { value: Reflect.get(error, name), writable: true, configurable: true })
    }
    return error
  } catch {
    return copyOf(error)
  }
}

/** Tells the listeners of the app's event `error`. That of Koa throws if it does not know the class of an error. */
export function emitError(ctx: ParameterizedContext, error: Error): void {
  const isKnown = isOfErrorClass(error) || hasClassTag(error, 'Error')
  ctx.app.emit('error', isKnown ? error : copyOf(error), ctx)
}

function isWritable(error: Error, name: string): boolean {
  for (let owner: object | null = error; owner !== null; owner = Object.getPrototypeOf(owner)) {
    const property = Object.getOwnPropertyDescriptor(owner, name)
    if (property === undefined) continue
    if (property.set !== undefined) return true
    return property.writable === true && (owner === error || Object.isExtensible(error))
  }
  return Object.isExtensible(error)
}

function copyOf(cause: Error): ResponseKitError {
  const { status, expose } = cause as { readonly status?: unknown; readonly expose?: unknown } // they may be missing
  return new ResponseKitError('SOURCE_FAILED', cause.message, {
    cause,
    ...(typeof status === 'number' && { status }),
    ...(typeof expose === 'boolean' && { expose }),
  })
}
