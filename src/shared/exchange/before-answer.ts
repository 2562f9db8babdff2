import type { ServerResponse } from 'node:http'

type Call = (this: unknown, ...given: unknown[]) => unknown

/** What a call of `writeHead` says beside what is staged on the response. */
export interface GivenHead {
  readonly status: number
  /** A field, whose name is in lower case. `undefined`: the call does not name it. */
  field(name: string): string | undefined
}

/**
 * Runs a task once, with what the head will say, before the head is made. express-session decides in `end`, and
 * cookie-session in `writeHead`, what it stores: the wrappers here are around theirs, so the task comes first.
 */
export function beforeAnswer(res: ServerResponse, task: (head: GivenHead) => void): void {
  let isDone = false
  const wrap = (name: 'writeHead' | 'end'): void => {
    const call = res[name] as Call // each overload is called as it came
    const wrapper: Call = function (...given) {
      if (!isDone) {
        isDone = true
        task(headOf(res, name === 'writeHead' ? given : []))
      }
      return call.apply(this, given)
    }
    Object.defineProperty(res, name, { value: wrapper, configurable: true, enumerable: true, writable: true })
  }
  wrap('writeHead')
  wrap('end')
}

/** Reads (status, fields) and (status, reason, fields). Fields are a record, a list of pairs, or names and values in turn. */
function headOf(res: ServerResponse, [status, second, third]: readonly unknown[]): GivenHead {
  const fields = typeof second === 'object' ? second : third
  const pairs: unknown[] = Array.isArray(fields) ? fields : Object.entries(fields ?? {})
  const list = Array.isArray(pairs[0]) ? pairs.flat() : pairs // a value may be a list too
  return {
    status: typeof status === 'number' ? status : res.statusCode,
    field(name) {
      const index = list.findIndex((each, at) => at % 2 === 0 && String(each).toLowerCase() === name)
      return index < 0 ? undefined : String(list[index + 1])
    },
  }
}
