import type { ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { isError, ResponseKitError } from '../checks/errors.js'
import { isThenable } from '../checks/promise.js'
import type { Exchange } from '../exchange/exchange.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { isObject } from '../exchange/wrong-host.js'
import { hasKept } from './kept-value.js'

/** What a session held when the kit first saw it. */
const stored = new WeakMap<object, string>()

/**
 * To store a session that this request has not changed would undo what another request does beside it: a logout would
 * bring the session back. So the kit has to know what it held before.
 */
export function noteStoredSession(req: object): void {
  // That of cookie-session is a getter, and costs nothing if no code calls it.
  const session: unknown = Object.getOwnPropertyDescriptor(req, 'session')?.value
  if (!isOfExpress(session) || stored.has(session)) return
  const content = contentOf(session)
  if (content !== undefined) stored.set(session, content)
}

/** The next request comes as soon as the client reads the redirect. What that request needs must be stored before. */
export function afterSession(
  exchange: Exchange,
  description: ResponseDescription,
): ResponseDescription | Promise<ResponseDescription> {
  const [saved, released] = [saveSession(exchange), releaseFlashes(exchange)]
  if (saved === undefined) holdHeadWhileStored(exchange)
  return saved === undefined && released === undefined
    ? description
    : Promise.all([saved, released]).then(() => description)
}

/** What this request has claimed and not read is free for the next one then. The promise never rejects. */
function releaseFlashes({ flashes }: Exchange): Promise<unknown> | undefined {
  const released = [...(flashes?.values() ?? [])].flatMap(({ release }) => release?.() ?? [])
  return released.length === 0 ? undefined : Promise.all(released)
}

/** The responses whose own `redirect` waits for the session. */
const waiting = new WeakSet<object>()

/**
 * The framework's own `redirect` sends Location before a slow store has the session. The next request would not find
 * what was left for it. On a response that leaves something, `redirect` waits for the store.
 */
export function redirectAfterSession(target: object, exchange: Exchange): void {
  const { redirect } = target as { redirect?: unknown } // both frameworks have one
  const { session } = exchange.facts
  if (typeof redirect !== 'function' || !hasSave(session) || isCommitted(session) || waiting.has(target)) return
  waiting.add(target)
  Object.defineProperty(target, 'redirect', {
    configurable: true,
    writable: true,
    value(...given: unknown[]): void {
      const saving = saveSession(exchange)
      if (saving === undefined) {
        Reflect.apply(redirect, target, given)
        return
      }
      void exchange.finishAfter(saving, () => Reflect.apply(redirect, target, given))
    },
  })
}

/** Stores the session now, if that is needed. The promise rejects with `SESSION_NOT_SAVED`. */
export function saveSession(exchange: Exchange): Promise<void> | undefined {
  const { session } = exchange.facts
  if (isCommitted(session)) return contain(new Promise((resolve) => resolve(session.manuallyCommit()))) // also what it throws at once
  if (!hasSave(session)) return undefined
  // Other packages, or the app, store what the app has changed: a second time would undo what they did meanwhile.
  const isNeeded = isOfExpress(session) ? hasChanged(session) : hasKept(session)
  if (!isNeeded) return undefined
  return contain(
    new Promise<void>((resolve, reject) => {
      const result: unknown = session.save((error) => (error ? reject(error) : resolve()))
      if (isThenable(result)) result.then(() => resolve(), reject)
      else if (!isOfExpress(session) && session.save.length === 0) resolve() // no callback: it has stored, as cookie-session 1
    }),
  )
}

/**
 * What other code has changed before the kit saw the session is stored by express-session while the response ends. It writes
 * the head at once. The socket keeps that until the store has answered.
 */
function holdHeadWhileStored({ facts: { session, res } }: Exchange): void {
  if (!isOfExpress(session)) return
  const { save } = session
  Reflect.defineProperty(session, 'save', {
    configurable: true,
    writable: true,
    value(callback?: (error?: unknown) => void): unknown {
      const release = holdBack(res)
      const stored = (error?: unknown) => {
        release()
        callback?.(error)
      }
      try {
        return save.call(session, stored)
      } catch (error) {
        release()
        throw error
      }
    },
  })
}

/** A pipelined response that waits for its turn has no socket. The one of HTTP/2 carries other answers too. */
function holdBack({ socket, req }: ServerResponse): () => void {
  if (!(socket instanceof Socket) || req.httpVersionMajor > 1) return () => undefined
  let isHeld = true
  socket.cork()
  return () => {
    if (isHeld) socket.uncork()
    isHeld = false
  }
}

/** koa-session, which stores only what has changed. */
function isCommitted(session: unknown): session is { manuallyCommit(): Promise<void> } {
  return isObject(session) && typeof Reflect.get(session, 'manuallyCommit') === 'function'
}

interface Saved {
  save(callback: (error?: unknown) => void): unknown
}

function hasSave(session: unknown): session is Saved {
  return isObject(session) && typeof Reflect.get(session, 'save') === 'function'
}

/** express-session, which calls the callback of `save`, and stores at the end what has changed. */
function isOfExpress(session: unknown): session is Saved & { reload(): unknown } {
  return hasSave(session) && typeof Reflect.get(session, 'reload') === 'function' && !isCommitted(session)
}

/** What the kit cannot compare counts as changed. What it has not seen before, such as a session after a login, began empty. */
function hasChanged(session: object): boolean {
  const content = contentOf(session)
  return content === undefined || content !== (stored.get(session) ?? '{}')
}

/** All but the cookie, as express-session compares it. `undefined` if it is no JSON. */
function contentOf(session: object): string | undefined {
  try {
    return JSON.stringify({ ...session, cookie: undefined })
  } catch {
    return undefined
  }
}

function contain(saving: Promise<void>): Promise<void> {
  return saving.catch((reason: unknown) => {
    const text = isError(reason) ? reason.message : String(reason)
    throw new ResponseKitError('SESSION_NOT_SAVED', `the session could not be saved: ${text}`, { cause: reason })
  })
}
