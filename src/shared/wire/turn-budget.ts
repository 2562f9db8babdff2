import { atEndOfTurn } from './end-of-turn.js'

/** How long one turn of the event loop may belong to streams. */
const BUDGET_MS = 8
/** The clock is read after every item of a slow source and every 64th of a fast one. */
const LONGEST_STRIDE = 64

let turnStarted = 0
const waiting: (() => void)[] = []

/** What one source may take of a turn. */
export class TurnShare {
  #stride = 1
  #untilCheck = 1

  /** To be asked before every item. */
  isUsedUp(): boolean {
    if (--this.#untilCheck > 0) return false
    const isUsedUp = isTurnUsedUp()
    this.#stride = isUsedUp ? 1 : Math.min(this.#stride * 2, LONGEST_STRIDE)
    this.#untilCheck = this.#stride
    return isUsedUp
  }

  /** At least one item more, however little of the turn is left. */
  grantOne(): void {
    this.#untilCheck = 2
  }
}

/** Whether this turn of the event loop has been used up: a source without awaits would block every other request. */
function isTurnUsedUp(): boolean {
  const now = Date.now()
  if (turnStarted === 0) {
    turnStarted = now
    atEndOfTurn(startTurn)
    return false
  }
  return now - turnStarted > BUDGET_MS || now < turnStarted
}

/** Settles in a later turn of the event loop, one stream a turn, first come first served. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) atEndOfTurn(startTurnOfFirst)
  })
}

function startTurn(): void {
  turnStarted = 0
}

function startTurnOfFirst(): void {
  startTurn()
  waiting.shift()?.()
  if (waiting.length > 0) atEndOfTurn(startTurnOfFirst)
}
