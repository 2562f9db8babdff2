/** Identifiers that can be claimed once. Two requests that arrive with the same one are told apart here. */
export class Claims {
  readonly #claimed = new Map<string, number>()
  readonly #lifetimeMs: number
  readonly #limit: number

  constructor(lifetimeMs: number, limit: number) {
    this.#lifetimeMs = lifetimeMs
    this.#limit = limit
  }

  /** True for the first who asks. */
  claim(id: string, now: number = Date.now()): boolean {
    if (this.#claimed.has(id)) return false
    // Oldest first, as they were put in: what has expired, and what is too much.
    for (const [old, time] of this.#claimed) {
      if (now - time < this.#lifetimeMs && this.#claimed.size < this.#limit) break
      this.#claimed.delete(old)
    }
    this.#claimed.set(id, now)
    return true
  }
}
