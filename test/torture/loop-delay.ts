import { readFileSync } from 'node:fs'
import { createHistogram, performance, type RecordableHistogram } from 'node:perf_hooks'

const EVERY_MS = 5

/**
 * How long the event loop is held by one turn. As `monitorEventLoopDelay` does, a timer says how late it comes; the time
 * in which the kernel ran other processes on this processor is taken off (Linux only), since it says nothing of the code.
 */
export class LoopDelay {
  #histogram: RecordableHistogram = createHistogram()
  #last = performance.now()
  #lastWaited = waitedMs()

  constructor() {
    setInterval(() => this.#record(), EVERY_MS).unref()
  }

  reset(): void {
    this.#histogram = createHistogram()
  }

  /** Zero while there are too few samples for a percentile. */
  get p99(): number {
    return this.#histogram.count < 200 ? 0 : this.#histogram.percentile(99) / 1000
  }

  get max(): number {
    return this.#histogram.max / 1000
  }

  #record(): void {
    const now = performance.now()
    const waited = waitedMs()
    const late = now - this.#last - EVERY_MS - (waited - this.#lastWaited)
    this.#histogram.record(Math.max(1, Math.round(late * 1000))) // whole microseconds
    this.#last = now
    this.#lastWaited = waited
  }
}

/** How long the main thread was ready to run and had no processor: the second figure of `schedstat`, in nanoseconds. */
function waitedMs(): number {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'latin1').split(' ')[1]) / 1e6
  } catch {
    return 0
  }
}
