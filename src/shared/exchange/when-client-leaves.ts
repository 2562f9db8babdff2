import type { ServerResponse } from 'node:http'
import type { RequestFacts } from './request-facts.js'
import { isComplete, whenResponseCloses } from './when-response-closes.js'

type Ends = Pick<RequestFacts, 'req' | 'res'>

/** What waits for the end of each response that is not over yet. */
const waiting = new WeakMap<ServerResponse, Set<() => void>>()

/** Calls back if the client leaves before the answer is complete. The function that it returns takes that back. */
export function whenClientLeaves(ends: Ends, callback: () => void): () => void {
  return untilResponseCloses(ends, () => {
    if (!isComplete(ends.res)) callback()
  })
}

/** Calls back when the response has ended, complete or not. After the function that it returns, nothing holds the callback. */
export function untilResponseCloses(ends: Ends, callback: () => void): () => void {
  const callbacks = waiting.get(ends.res) ?? watch(ends)
  callbacks.add(callback)
  return () => callbacks.delete(callback)
}

/** A function of its own: what it makes lives as long as the response, and would hold what it shares a scope with. */
function watch({ req, res }: Ends): Set<() => void> {
  const callbacks = new Set<() => void>()
  waiting.set(res, callbacks)
  whenResponseCloses(req, res, () => {
    waiting.delete(res)
    for (const each of callbacks) each()
  })
  return callbacks
}
