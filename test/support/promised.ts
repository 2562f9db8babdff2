/** A promise, and what resolves it. */
export function promised<Value>(): readonly [promise: Promise<Value>, resolve: (value: Value) => void] {
  let settle = (_value: Value): void => undefined
  const promise = new Promise<Value>((resolve) => {
    settle = resolve
  })
  return [promise, (value) => settle(value)]
}
