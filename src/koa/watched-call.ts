/** The promise of a call. It tells once that code waits for it, or that there is nothing left to wait for. */
export class WatchedCall<Value> extends Promise<Value> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  #tell: (() => void) | undefined

  constructor(call: Promise<Value>, tell: () => void) {
    super((resolve) => resolve(call))
    this.#tell = tell
    const end = (): void => this.#tellOnce()
    call.then(end, end)
  }

  // biome-ignore lint/suspicious/noThenProperty: `await` calls it, as for every promise of another class than Node's.
  override then<Result = Value, Failure = never>(
    onFulfilled?: ((value: Value) => Result | PromiseLike<Result>) | null,
    onRejected?: ((reason: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<Result | Failure> {
    if (onFulfilled != null) this.#tellOnce() // `catch` alone waits for nothing: a call of the kit never rejects
    return super.then(onFulfilled, onRejected)
  }

  #tellOnce(): void {
    this.#tell?.()
    this.#tell = undefined
  }
}
