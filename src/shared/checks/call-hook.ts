/** Whether a value is a promise or another object with a `then`. */
export function isThenable<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  return 'then' in value && typeof value.then === 'function'
}

/** A promise without another owner must not end the process if it rejects. */
export function adoptPromise(value: unknown): void {
  if (isThenable(value)) Promise.resolve(value).catch(ignore)
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
