/**
 * Identifiers that can be claimed once, for what may be used or shown once: a flash, a signed URL. With the memory of one
 * process it is once in this process; with a store that processes share it is once in all of them.
 */
export interface Claims {
  /**
   * `true` for the first call with this identifier, `false` for each later one.
   *
   * @param id Any text. Texts are the same if all their characters are.
   * @param expires Until then the claim is remembered; after that it may be forgotten. Default: it is remembered without end.
   */
  claim(id: string, expires?: Date): boolean | Promise<boolean>
  /**
   * Gives back what the caller has claimed and not used: the next claim of this identifier is `true` again. Only
   * `flash.claims` asks for it, after a request that has not read its flash, and a redirect of the kit waits for it.
   * Default: such a flash is not shown any more.
   */
  release?(id: string): void | Promise<void>
}

/** The claims of one process. */
export class MemoryClaims implements Claims {
  /** Identifiers and the milliseconds at which they expire, the oldest claim first. */
  readonly #claimed = new Map<string, number>()
  readonly #limit: number

  constructor(limit: number = Number.POSITIVE_INFINITY) {
    this.#limit = limit
  }

  claim(id: string, expires?: Date, now: number = Date.now()): boolean {
    const expiry = this.#claimed.get(id)
    if (expiry !== undefined && expiry > now) return false
    this.#claimed.delete(id)
    // Claims of one caller live equally long, so the expired ones are the first. Above the limit the oldest ones go.
    for (const [old, end] of this.#claimed) {
      if (end > now && this.#claimed.size < this.#limit) break
      this.#claimed.delete(old)
    }
    this.#claimed.set(id, expires === undefined ? Number.POSITIVE_INFINITY : expires.getTime())
    return true
  }

  release(id: string): void {
    this.#claimed.delete(id)
  }
}

export function isClaims(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && 'claim' in value && typeof value.claim === 'function'
}
