import { setTimeout as delay } from 'node:timers/promises'

/** The shortest and the longest pause. A store that has worked for as long as the longest fails for the first time again. */
const [FIRST_MS, LONGEST_MS] = [100, 5000]

/** The pause after each failure of a store: 100 ms after the first one, then twice as long each time, up to 5 seconds. */
export class RetryPause {
  readonly #signal: AbortSignal
  #ms = 0
  #end = 0
  #workingSince: number | undefined

  /** `signal` ends every pause. */
  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  /** The store works from now on. It may fail soon again, so the pauses become short only after a while. */
  noteSuccess(): void {
    this.#workingSince = performance.now()
  }

  noteFailure(): void {
    const now = performance.now()
    const hasWorked = this.#workingSince !== undefined && now - this.#workingSince >= LONGEST_MS
    this.#workingSince = undefined
    this.#ms = hasWorked ? 0 : Math.min(Math.max(this.#ms * 2, FIRST_MS), LONGEST_MS)
    // Half to all of the pause, so that not every client asks a store at the moment it comes back.
    this.#end = now + this.#ms * (0.5 + Math.random() / 2)
  }

  /** Waits for the rest of the pause. `undefined`: it is over. */
  wait(): Promise<void> | undefined {
    const left = this.#end - performance.now()
    if (left < 1) return undefined // a timer may fire within a millisecond before its time
    return delay(left, undefined, { signal: this.#signal, ref: false }).catch(() => undefined)
  }
}
