import { AsyncLocalStorage } from 'node:async_hooks'
import type { PullSource } from './pull-source.js'
import { isAsyncIterable, isNodeStream, isWebStream } from './stream-source.js'

/** What code of a source may open and wait for, and what has to end with the source. */
export interface Scoped {
  close(): void
}

const scopes = new AsyncLocalStorage<Set<Scoped>>()

let isNeeded = false

/** From now on sources are read in a scope. Without this call they are not, because a scope costs time. */
export function needScopes(): void {
  isNeeded = true
}

/**
 * Ties something to the source whose code runs now, if there is one. `return()` has no effect on a generator that waits: it
 * ends what the generator waits for, such as an iteration of a channel. Returns a function that unties it.
 */
export function tieToSource(scoped: Scoped): () => void {
  const scope = scopes.getStore()
  scope?.add(scoped)
  return () => void scope?.delete(scoped)
}

/** Reads a source in a scope, if its code may wait. */
export function inScope(source: object | string, pull: PullSource): PullSource {
  if (!isNeeded || typeof source === 'string') return pull
  if (!isAsyncIterable(source) || isNodeStream(source) || isWebStream(source)) return pull
  const scope = new Set<Scoped>()
  return {
    next: () => scopes.run(scope, pull.next),
    close() {
      try {
        return pull.close()
      } finally {
        for (const scoped of [...scope]) scoped.close()
      }
    },
  }
}
