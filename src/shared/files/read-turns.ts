import { AsyncResource } from 'node:async_hooks'

/** Threads node reads files with. More reads would only wait for one of them, each with a buffer that grows cold. */
const AT_ONCE = Math.max(4, Number(process.env.UV_THREADPOOL_SIZE) || 0)

const waiting: (() => void)[] = []
let running = 0

/** Calls back, at once where a thread is free, else later and in the context of the caller. */
export function takeReadTurn(begin: () => void): void {
  if (running < AT_ONCE) {
    running++
    begin()
  } else {
    waiting.push(AsyncResource.bind(begin))
  }
}

/** Passes the turn on; once for each that was taken. */
export function endReadTurn(): void {
  const next = waiting.shift()
  if (next === undefined) running--
  else next()
}
