import { isError, ResponseKitError } from '../checks/errors.js'
import { isThenable } from '../checks/promise.js'
import type { Exchange } from '../exchange/exchange.js'
import type { ResponseDescription } from '../exchange/response-description.js'

/** What express-session and koa-session have in common. */
interface StoredSession {
  /** koa-session. */
  readonly manuallyCommit?: () => Promise<void>
  /** express-session takes a callback; others return a promise. */
  readonly save?: (callback: (error?: unknown) => void) => unknown
}

/** The next request comes as soon as the client reads the redirect. What that request needs must be stored before. */
export function afterSession(
  exchange: Exchange,
  description: ResponseDescription,
): ResponseDescription | Promise<ResponseDescription> {
  const [saved, released] = [saveSession(exchange), releaseFlashes(exchange)]
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
  const session = exchange.facts.session as StoredSession | null | undefined // any property may be missing
  // koa-session stores before Koa answers.
  const isStoredLate = typeof session?.save === 'function' && typeof session.manuallyCommit !== 'function'
  if (typeof redirect !== 'function' || !isStoredLate || waiting.has(target)) return
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

/** Stores the session now, if there is one and it can be stored. The promise rejects with `SESSION_NOT_SAVED`. */
export function saveSession(exchange: Exchange): Promise<void> | undefined {
  const { session, req } = exchange.facts
  if (typeof session !== 'object' || session === null) return undefined
  const stored: StoredSession = session
  if (typeof stored.manuallyCommit === 'function') {
    const { manuallyCommit } = stored
    return contain(new Promise((resolve) => resolve(manuallyCommit.call(session)))) // also what it throws at once
  }
  if (typeof stored.save !== 'function' || isUntouched(session, req.headers.cookie)) return undefined
  const { save } = stored
  return contain(
    new Promise<void>((resolve, reject) => {
      const result: unknown = save.call(session, (error) => (error ? reject(error) : resolve()))
      if (isThenable(result)) result.then(() => resolve(), reject)
    }),
  )
}

/** A new session without content is not stored: express-session does not store it either. */
function isUntouched(session: object, cookies = ''): boolean {
  const { id } = session as { id?: unknown } // any property may be missing
  if (typeof id !== 'string' || cookies.includes(encodeURIComponent(id))) return false
  return Object.keys(session).every((key) => key === 'cookie')
}

function contain(saving: Promise<void>): Promise<void> {
  return saving.catch((reason: unknown) => {
    const text = isError(reason) ? reason.message : String(reason)
    throw new ResponseKitError('SESSION_NOT_SAVED', `the session could not be saved: ${text}`, { cause: reason })
  })
}
