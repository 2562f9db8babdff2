import type { IncomingMessage, ServerResponse } from 'node:http'
import { whenResponseCloses } from './when-response-closes.js'
import { isObject } from './wrong-host.js'

/** Something that has to end when the process shuts down. */
export interface ShutdownTarget {
  shutDown(): void
}

const bySignal = new WeakMap<AbortSignal, Set<ShutdownTarget>>()

/** Calls `shutDown` when the signal fires, or at once if it has fired. One listener serves all targets of a signal. */
export function untilShutdown(signal: AbortSignal, target: ShutdownTarget): void {
  if (signal.aborted) {
    target.shutDown()
    return
  }
  let open = bySignal.get(signal)
  if (open === undefined) {
    const all = new Set<ShutdownTarget>()
    open = all
    bySignal.set(signal, all)
    signal.addEventListener(
      'abort',
      () => {
        for (const each of all) each.shutDown()
        all.clear()
      },
      { once: true },
    )
  }
  open.add(target)
}

/** The target has ended by itself. */
export function forgetTarget(signal: AbortSignal, target: ShutdownTarget): void {
  bySignal.get(signal)?.delete(target)
}

/**
 * Ends the connection with the response if the signal fires before the response ends. A connection that is kept alive
 * would hold `server.close()` back. A server that closes says so in its last response (RFC 9112 §9.6).
 */
export function closeConnectionOnShutdown(req: IncomingMessage, res: ServerResponse, signal: AbortSignal): void {
  if (req.httpVersionMajor > 1) return
  if (isObject(req.socket)) latest.set(req.socket, res) // a test double may have none
  const target: ShutdownTarget = { shutDown: () => closeConnection(req, res) }
  untilShutdown(signal, target)
  if (!signal.aborted) whenResponseCloses(req, res, () => forgetTarget(signal, target))
}

/** The response to the latest request of each connection. */
const latest = new WeakMap<object, ServerResponse>()

function closeConnection(req: IncomingMessage, res: ServerResponse): void {
  // A pipelined request that was taken gets its response too (RFC 9112 §9.3.2): that one closes the connection.
  const isLatest = (): boolean => !isObject(req.socket) || latest.get(req.socket) === res
  if (res.headersSent) {
    whenResponseCloses(req, res, () => {
      if (isLatest()) req.socket?.destroySoon?.()
    })
  } else if (isLatest()) {
    // Node then writes `Connection: close`. A field of ours would not survive error pages, which remove all fields.
    res.shouldKeepAlive = false
    if (typeof res.writeHead === 'function') announceClose(res) // a test double may have none
  }
}

/** Answers that name `keep-alive` themselves, as event streams written by hand do, would keep the connection. */
function announceClose(res: ServerResponse): void {
  const { writeHead } = res
  const writeHeadWithClose = (status: number, ...given: readonly unknown[]): ServerResponse => {
    if (status < 200) return Reflect.apply(writeHead, res, [status, ...given]) // 101 names what the connection becomes
    if (res.hasHeader('Connection')) res.setHeader('Connection', 'close')
    return Reflect.apply(writeHead, res, [status, ...given.map(withClose)])
  }
  Object.defineProperty(res, 'writeHead', { value: writeHeadWithClose, configurable: true, writable: true })
}

/** The fields that `writeHead` is given: a record, a list of pairs, or names and values in turn. */
function withClose(fields: unknown): unknown {
  if (!isObject(fields)) return fields
  if (!Array.isArray(fields)) return Object.fromEntries(Object.entries(fields).map(closeInPair))
  const list: readonly unknown[] = fields
  if (list.every((each) => Array.isArray(each))) return list.map(closeInPair)
  return list.map((each, index) => (index % 2 === 1 && isConnection(list[index - 1]) ? 'close' : each))
}

function closeInPair([name, value]: readonly unknown[]): [string, unknown] {
  return [String(name), isConnection(name) ? 'close' : value]
}

function isConnection(name: unknown): boolean {
  return String(name).toLowerCase() === 'connection'
}
