import type { ServerResponse } from 'node:http'

type Call = (this: unknown, ...given: unknown[]) => unknown

/**
 * Runs a task once, with the status of the answer, before the head is made. express-session decides in `end`, and
 * cookie-session in `writeHead`, what it stores: the wrappers here are around theirs, so the task comes first.
 */
export function beforeAnswer(res: ServerResponse, task: (status: number) => void): void {
  let isDone = false
  const runOnce = (status: number): void => {
    if (isDone) return
    isDone = true
    task(status)
  }
  const wrap = (name: 'writeHead' | 'end', statusOf: (given: readonly unknown[]) => unknown): void => {
    const call = res[name] as Call // each overload is called as it came
    const wrapper: Call = function (...given) {
      const status = statusOf(given)
      runOnce(typeof status === 'number' ? status : res.statusCode)
      return call.apply(this, given)
    }
    Object.defineProperty(res, name, { value: wrapper, configurable: true, enumerable: true, writable: true })
  }
  wrap('writeHead', ([status]) => status)
  wrap('end', () => undefined)
}
