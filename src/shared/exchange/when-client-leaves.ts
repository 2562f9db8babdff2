import type { ServerResponse } from 'node:http'
import type { RequestFacts } from './request-facts.js'
import { isComplete, whenResponseCloses } from './when-response-closes.js'

/** What each response that is not over yet has to stop if its client leaves. */
const running = new WeakMap<ServerResponse, Set<() => void>>()

/** Calls back if the client leaves before the answer is complete. The function that it returns takes that back. */
export function whenClientLeaves({ req, res }: Pick<RequestFacts, 'req' | 'res'>, callback: () => void): () => void {
  let callbacks = running.get(res)
  if (callbacks === undefined) {
    const all = new Set<() => void>()
    callbacks = all
    running.set(res, all)
    whenResponseCloses(req, res, () => {
      running.delete(res)
      if (!isComplete(res)) for (const each of all) each()
    })
  }
  const own = callbacks
  own.add(callback)
  return () => own.delete(callback)
}
