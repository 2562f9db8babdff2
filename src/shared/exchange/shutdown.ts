/** What has to come to an end when the process shuts down. */
export interface Ending {
  shutDown(): void
}

const bySignal = new WeakMap<AbortSignal, Set<Ending>>()

/** Calls `shutDown` when the signal fires, or at once if it has. One listener serves all of a signal's streams. */
export function untilShutdown(signal: AbortSignal, ending: Ending): void {
  if (signal.aborted) {
    ending.shutDown()
    return
  }
  let open = bySignal.get(signal)
  if (open === undefined) {
    const all = new Set<Ending>()
    open = all
    bySignal.set(signal, all)
    signal.addEventListener(
      'abort',
      () => {
        for (const each of all) each.shutDown()
        all.clear()
      },
      { once: true },
    )
  }
  open.add(ending)
}

/** It has ended by itself. */
export function forgetEnding(signal: AbortSignal, ending: Ending): void {
  bySignal.get(signal)?.delete(ending)
}
