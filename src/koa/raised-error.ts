import type { ParameterizedContext } from 'koa'
import { hasClassTag } from '../shared/checks/class-tag.js'
import { isError, toError } from '../shared/checks/errors.js'
import { isOfErrorClass } from '../shared/checks/is-error.js'
import { replacingError } from '../shared/exchange/raised-error.js'
import { isObject } from '../shared/exchange/wrong-host.js'
import { isFieldOfErrorPage } from '../shared/fields/error-fields.js'

/** Koa writes these on an error. If it cannot, its own failure ends the process. */
const WRITTEN_BY_KOA: readonly string[] = ['status', 'headerSent']

/** From now on, Koa's own error handling of this request meets only what it can take. Its own failure would end the process. */
export function guardErrorHandling(ctx: ParameterizedContext): void {
  const tell = ctx.onerror
  ctx.onerror = (error) => tellKoa(ctx, tell, error)
}

/** Calls the error handling of Koa, or of the app, which copies the `headers` of the error to the page. What cannot be set is left out. */
export function tellKoa(ctx: ParameterizedContext, tell: ParameterizedContext['onerror'], thrown: Error): void {
  if (thrown === null || thrown === undefined) return // nothing has failed
  const error = errorForKoa(thrown)
  const { headers = {} } = Object(error) as { readonly headers?: Readonly<Record<string, unknown>> } // it may be anything
  const { httpVersionMajor } = ctx.req
  const own = Object.getOwnPropertyDescriptor(ctx, 'set')
  const { set } = ctx as { set(...given: unknown[]): void }
  const setOne = (name: string, value: unknown): void => {
    const isOfError = value === Object(headers)[name]
    if (!isOfError || isFieldOfErrorPage(name, value, httpVersionMajor)) set.call(ctx, name, value)
  }
  Object.defineProperty(ctx, 'set', {
    configurable: true,
    value(given: unknown, value: unknown): void {
      if (given === headers || isObject(given)) {
        // Koa 2 would copy the inherited methods of a `Headers` too.
        for (const [name, each] of Object.entries(Object(given))) setOne(name, each)
      } else setOne(String(given), value)
    },
  })
  try {
    tell?.call(ctx, error)
  } finally {
    if (own === undefined) Reflect.deleteProperty(ctx, 'set')
    else Object.defineProperty(ctx, 'set', own)
  }
}

/**
 * What Koa is given in place of a thrown value. If the class of an error has only a getter for what Koa writes, the error gets a
 * property of its own with the same value. An error that is frozen, or whose message is no text, becomes the cause of a new one.
 */
function errorForKoa<Thrown>(thrown: Thrown): Thrown | Error {
  if (!isError(thrown)) return thrown
  const error = toError(thrown)
  if (!hasTexts(error)) return replacingError(error)
  try {
    for (const name of WRITTEN_BY_KOA.filter((each) => !isWritable(error, each))) {
      Object.defineProperty(error, name, { value: Reflect.get(error, name), writable: true, configurable: true })
    }
    return error
  } catch {
    return replacingError(error)
  }
}

/** Tells the listeners of the app's event `error`. That of Koa throws if it does not know the class of an error. */
export function emitError(ctx: ParameterizedContext, error: Error): void {
  const isKnown = isOfErrorClass(error) || hasClassTag(error, 'Error')
  ctx.app.emit('error', isKnown && hasTexts(error) ? error : replacingError(error), ctx)
}

/** Koa writes the message to the client, and the stack to the log. */
function hasTexts(error: Error): boolean {
  try {
    const { message, stack }: { readonly message: unknown; readonly stack?: unknown } = error
    return typeof message === 'string' && (stack === undefined || typeof stack === 'string')
  } catch {
    return false
  }
}

function isWritable(error: Error, name: string): boolean {
  for (let owner: object | null = error; owner !== null; owner = Object.getPrototypeOf(owner)) {
    const property = Object.getOwnPropertyDescriptor(owner, name)
    if (property === undefined) continue
    if (property.set !== undefined) return Reflect.set(error, name, Reflect.get(error, name)) // it may throw
    return property.writable === true && (owner === error || Object.isExtensible(error))
  }
  return Object.isExtensible(error)
}
