import timers from 'node:timers'

/** Runs something once everything that has come in together has been looked at; by the real clock, not a test's own. */
export const atEndOfTurn: (task: () => void) => void = timers.setImmediate

let turn: Promise<void> | undefined

/** Resolves at the end of this turn of the event loop: the same promise for all who ask in it. */
export function endOfTurn(): Promise<void> {
  turn ??= new Promise((resolve) => {
    atEndOfTurn(() => {
      turn = undefined
      resolve()
    })
  })
  return turn
}
