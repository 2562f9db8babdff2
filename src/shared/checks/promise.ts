import { isPromise } from 'node:util/types'

/** Whether a value is a promise or another object with a `then`. */
export function isThenable<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  return 'then' in value && typeof value.then === 'function'
}

/**
 * A promise without another owner must not end the process if it rejects. Only a real promise can do that; the `then` of
 * another object is left alone, because it may start the work, as that of a database query does.
 */
export function adoptPromise(value: unknown): void {
  whenGiven(value, ignore)
}

/** The same. What the promise gives has no owner either, and may be a stream: `use` takes it. */
export function whenGiven(value: unknown, use: (given: unknown) => void): void {
  if (isPromise(value)) Promise.resolve(value).then(use).catch(ignore)
}

/** Calls a hook of the app. What it throws, or what its promise rejects with, goes to `onFailure` and changes nothing. */
export function callHook(hook: () => unknown, onFailure: (reason: unknown) => void): void {
  try {
    const returned = hook()
    if (isThenable(returned)) Promise.resolve(returned).catch(onFailure)
  } catch (reason) {
    onFailure(reason)
  }
}

function ignore(): void {}
