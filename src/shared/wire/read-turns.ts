/*
 * What it gains: no more reads are under way than Node has threads for them. Any more would only wait, each with a buffer
 * that holds memory and leaves the caches. On which Node: all. It can be deleted when Node reads files without threads.
 */

/** The threads that Node reads files with. */
const AT_ONCE = Math.max(4, Number(process.env.UV_THREADPOOL_SIZE) || 0)

const waiting: (() => void)[] = []
let running = 0

/** Calls `begin`: at once if a thread is free, else later, in the async context of another request. */
export function takeReadTurn(begin: () => void): void {
  if (running < AT_ONCE) {
    running++
    begin()
  } else {
    waiting.push(begin)
  }
}

/** Passes the turn on. To be called once for each turn that was taken. */
export function endReadTurn(): void {
  const next = waiting.shift()
  if (next === undefined) running--
  else next()
}

// Smaller buffers may wait together for a thread.
const LARGE = 16 * 1024

/** One read of `length` bytes; it waits for its turn if the buffer that it needs is large. */
export function inReadTurn<Result>(length: number, read: () => Promise<Result>): Promise<Result> {
  if (length <= LARGE) return read()
  return new Promise((resolve, reject) => {
    takeReadTurn(() => {
      read().finally(endReadTurn).then(resolve, reject)
    })
  })
}
