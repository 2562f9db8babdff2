interface Waiting {
  resolve(): void
  reject(reason: unknown): void
}

/**
 * A promise that many wait for, of whom some leave before it settles. What is given to `then` cannot be taken back: it would
 * hold all that belongs to a client that has left, for as long as a store is away.
 */
export class SharedPromise<Value> {
  readonly promise: Promise<Value>
  readonly #waiting = new Set<Waiting>()
  #isSettled = false

  constructor(promise: Promise<Value>) {
    this.promise = promise
    promise.then(
      () => this.#settle(({ resolve }) => resolve()),
      (reason: unknown) => this.#settle(({ reject }) => reject(reason)),
    )
  }

  /** Settles with the promise, or when the function is called that `whenLeaving` gets. */
  async wait(whenLeaving: (leave: () => void) => void): Promise<void> {
    if (this.#isSettled) {
      await this.promise
      return
    }
    await new Promise<void>((resolve, reject) => {
      const waiting = { resolve, reject }
      this.#waiting.add(waiting)
      whenLeaving(() => {
        this.#waiting.delete(waiting)
        resolve()
      })
    })
  }

  #settle(tell: (waiting: Waiting) => void): void {
    this.#isSettled = true
    for (const waiting of this.#waiting) tell(waiting)
    this.#waiting.clear()
  }
}
