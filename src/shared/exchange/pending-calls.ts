/** What has calls that were made without `await` and that others wait for. */
export interface PendingCalls {
  /** Settles after all of them. `undefined`: there is none. */
  pending: Promise<void> | undefined
}

/** A call that waits. One that a choice of `negotiate` makes is not always awaited by it. */
export function addPending(calls: PendingCalls, call: Promise<void>): void {
  const before = calls.pending
  calls.pending = before === undefined ? call : Promise.all([before, call]).then(() => {})
}

/** Waits for all calls, also for those that are made meanwhile. */
export async function pendingSettled(calls: Readonly<PendingCalls>): Promise<void> {
  let awaited: Promise<void> | undefined
  while (awaited !== calls.pending) {
    awaited = calls.pending
    await awaited
  }
}
