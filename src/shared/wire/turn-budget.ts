// Gains: a source that never waits cannot hold the event loop, so other requests are answered in between. One budget
// stands for all bodies together. Node has no other way to share a turn, on any version or processor: this file stays.
import { performance } from 'node:perf_hooks'
import { atEndOfTurn } from './end-of-turn.js'

/**
 * How long one turn of the event loop may belong to bodies, in milliseconds. Other code of the turn comes on top. Bodies
 * are as fast with 3 as with 5 (0.92 to 1.07, median 0.99), and the longest turns take half the time.
 */
const BUDGET_MS = 3

let turnStarted: number | undefined
const waiting: (() => void)[] = []

/**
 * Whether bodies have used up this turn of the event loop. A source asks before every item, because the next item may take
 * a thousand times as long as the one before it.
 */
export function isTurnUsedUp(): boolean {
  const now = performance.now()
  if (turnStarted === undefined) {
    turnStarted = now
    atEndOfTurn(startTurn)
    return false
  }
  return now - turnStarted > BUDGET_MS
}

/** Resolves in a later turn of the event loop. Each turn serves one caller, in the order of their calls. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) atEndOfTurn(startTurnOfFirst)
  })
}

function startTurn(): void {
  turnStarted = undefined
}

function startTurnOfFirst(): void {
  startTurn()
  waiting.shift()?.()
  if (waiting.length > 0) atEndOfTurn(startTurnOfFirst)
}
