import { AsyncResource } from 'node:async_hooks'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** The responses of a connection that wait for their turn, which node does not tell when the connection closes. */
const queued = new WeakMap<Socket, Set<() => void>>()

/** Calls back, in the context of the caller, once the response is over: finished, or cut off. */
export function whenResponseCloses(req: IncomingMessage, res: ServerResponse, callback: () => void): void {
  // Not AsyncResource.bind(): in Node 20 what it makes carries two deprecated accessors, 1 kB for each response.
  const context = new AsyncResource('ResponseKitResponse')
  const bound = () => context.runInAsyncScope(callback)
  // A pipelined response has no socket until those before it are through.
  const isQueued = res.socket === null && req.socket !== null
  res.once('close', isQueued ? untilConnectionCloses(req.socket, bound) : bound)
}

/** The callback for the response's own close, which takes it off the connection's. */
function untilConnectionCloses(socket: Socket, callback: () => void): () => void {
  let callbacks = queued.get(socket)
  if (callbacks === undefined) {
    const all = new Set<() => void>()
    callbacks = all
    queued.set(socket, all)
    socket.once('close', () => {
      for (const each of all) each()
    })
  }
  const own = callbacks
  own.add(callback)
  return () => {
    own.delete(callback)
    callback()
  }
}
