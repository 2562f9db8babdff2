import timers from 'node:timers'

const { setImmediate } = timers // the real one, also where tests put theirs in its place

let turn: Promise<void> | undefined

/** Resolves once everything that has come in together has been looked at: the same promise for all of it. */
export function endOfTurn(): Promise<void> {
  turn ??= new Promise((resolve) => {
    setImmediate(() => {
      turn = undefined
      resolve()
    })
  })
  return turn
}
