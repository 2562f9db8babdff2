/** How long one turn of the event loop may belong to streams. */
const BUDGET_MS = 8

let turnStarted = 0
const waiting: (() => void)[] = []

/** Whether this turn of the event loop has been used up: a source without awaits would block every other request. */
export function isTurnUsedUp(): boolean {
  const now = Date.now()
  if (turnStarted === 0) {
    turnStarted = now
    setImmediate(startTurn)
    return false
  }
  return now - turnStarted > BUDGET_MS || now < turnStarted
}

/** Settles in a later turn of the event loop, one stream a turn, first come first served. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(startTurnOfFirst)
  })
}

function startTurn(): void {
  turnStarted = 0
}

function startTurnOfFirst(): void {
  startTurn()
  waiting.shift()?.()
  if (waiting.length > 0) setImmediate(startTurnOfFirst)
}
