/** Threads node reads files with. More reads would only wait for one of them, each with a buffer that grows cold. */
const AT_ONCE = Math.max(4, Number(process.env.UV_THREADPOOL_SIZE) || 0)

const waiting: (() => void)[] = []
let running = 0

/** Calls back, at once where a thread is free, else later and in whatever context that is. */
export function takeReadTurn(begin: () => void): void {
  if (running < AT_ONCE) {
    running++
    begin()
  } else {
    waiting.push(begin)
  }
}

/** Passes the turn on; once for each that was taken. */
export function endReadTurn(): void {
  const next = waiting.shift()
  if (next === undefined) running--
  else next()
}

// Smaller buffers may wait together for a thread.
const LARGE = 16 * 1024

/** One read of so many octets, in its turn where the buffer it needs is large. */
export function inReadTurn<Result>(length: number, read: () => Promise<Result>): Promise<Result> {
  if (length <= LARGE) return read()
  return new Promise((resolve, reject) => {
    takeReadTurn(() => {
      read().finally(endReadTurn).then(resolve, reject)
    })
  })
}
