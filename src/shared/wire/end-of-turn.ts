import timers from 'node:timers'

/** Runs a task at the end of this turn of the event loop. It is read at load time, because a test may install a fake clock later. */
export const atEndOfTurn: (task: () => void) => void = timers.setImmediate

let turn: Promise<void> | undefined

/** Resolves at the end of this turn of the event loop. All callers of one turn share the promise. */
export function endOfTurn(): Promise<void> {
  turn ??= new Promise((resolve) => {
    atEndOfTurn(() => {
      turn = undefined
      resolve()
    })
  })
  return turn
}
