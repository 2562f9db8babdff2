import { ResponseKitError } from '../checks/errors.js'
import type { CookieAttributes } from '../cookies/cookie-attributes.js'
import { deleteCookie, readCookie, setCookie } from '../cookies/cookies.js'
import { hasKeys } from '../cookies/signed.js'
import type { Exchange } from '../exchange/exchange.js'

/** What is kept between two requests: a record of what JSON can hold. */
export type KeptRecord = Readonly<Record<string, unknown>>

const PLACE: CookieAttributes = { path: '/', httpOnly: true, sameSite: 'lax', secure: 'auto' }
const LIFETIME = '1h'

/** Keeps a record for a later request: in the session where there is one, else in a cookie nobody can forge. */
export function keep(exchange: Exchange, name: string, value: KeptRecord, call: string): void {
  const session = sessionOf(exchange)
  if (session !== undefined) {
    session[name] = value
    return
  }
  const protection = cookieProtection(exchange)
  if (protection === undefined) {
    const message = `${call} needs a session, or the option 'cookies.secrets' of responseKit()`
    throw new ResponseKitError('NOT_CONFIGURED', message)
  }
  try {
    setCookie(exchange, name, value, { ...PLACE, maxAge: LIFETIME, ...protection })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const message = `${call}: more than a cookie holds (4,096 bytes): keep it in a session (${error.message})`
    throw Object.assign(new RangeError(message), { code: 'INVALID_COOKIE' })
  }
}

/** What an earlier request has kept, or `undefined`. */
export function kept(exchange: Exchange, name: string): KeptRecord | undefined {
  const session = sessionOf(exchange)
  if (session !== undefined) return asRecord(Object.hasOwn(session, name) ? session[name] : undefined)
  const protection = cookieProtection(exchange)
  return protection === undefined ? undefined : asRecord(readCookie(exchange, name, protection))
}

/** Takes it away again. */
export function drop(exchange: Exchange, name: string): void {
  const session = sessionOf(exchange)
  if (session !== undefined) delete session[name]
  else if (!exchange.res.headersSent) {
    deleteCookie(exchange, name, { ...PLACE, ...('signed' in (cookieProtection(exchange) ?? {}) && { signed: true }) })
  }
}

function sessionOf({ session }: Exchange): Record<string, unknown> | undefined {
  // Sessions are plain records beside their methods.
  return typeof session === 'object' && session !== null ? (session as Record<string, unknown>) : undefined
}

/** How a cookie is kept genuine: encrypted where there is a key for it, else signed; `undefined` without any key. */
function cookieProtection({ settings, cookieSigning }: Exchange): { encrypted: true } | { signed: true } | undefined {
  const { sealingKeys, secrets } = settings.cookies
  if (sealingKeys !== undefined) return { encrypted: true }
  return secrets !== undefined || hasKeys(cookieSigning.keys) ? { signed: true } : undefined
}

function asRecord(value: unknown): KeptRecord | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as KeptRecord) : undefined
}
