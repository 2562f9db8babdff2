/** Uses up time of this turn of the event loop. */
export function spend(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

/** Counts calls in each turn of the event loop. */
export interface TurnCounter {
  count(): void
  /** Stops. Returns the most calls of one turn. */
  end(): number
}

export function countPerTurn(): TurnCounter {
  let [inTurn, most] = [0, 0]
  // A test that fails before `end` must not keep the process.
  let timer = setImmediate(function next() {
    inTurn = 0
    timer = setImmediate(next).unref()
  }).unref()
  return {
    count() {
      inTurn++
      most = Math.max(most, inTurn)
    },
    end() {
      clearImmediate(timer)
      return most
    },
  }
}
