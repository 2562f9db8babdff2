import { ResponseKitError } from '../checks/errors.js'
import { warnOnce } from '../checks/warn-once.js'
import type { CookieAttributes } from '../cookies/cookie-attributes.js'
import { hostKeys } from '../cookies/cookie-keys.js'
import { deleteCookie, readCookie, setCookie } from '../cookies/cookies.js'
import { deriveSealingKey, type SealingKey, type SealingKeys, seal, unseal } from '../cookies/encrypted.js'
import { isKeygrip, isSignedBy } from '../cookies/signed.js'
import type { Exchange } from '../exchange/exchange.js'
import type { Keygrip } from '../exchange/host-types.js'
import type { RequestFacts } from '../exchange/request-facts.js'

/** What is kept between two requests: a record that JSON can hold. */
export type KeptRecord = Readonly<Record<string, unknown>>

/** The values are complete and safe for a cookie: no default of the app's own cookies may change them. */
const ATTRIBUTES: CookieAttributes = {
  httpOnly: true,
  sameSite: 'lax',
  secure: 'auto',
  signed: false,
  encrypted: false,
  encode: (text) => text,
}
const LIFETIME = '1h'

/** The sessions in which the kit has changed something. */
const changed = new WeakSet<object>()

/** Whether the kit has left something in a session, or has taken it away. */
export function hasKept(session: object): boolean {
  return changed.has(session)
}

/** Keeps a record for a later request: in the session if there is one, else in a cookie that no client can forge. */
export function keep(exchange: Exchange, key: string, value: KeptRecord, call: string): void {
  const { facts } = exchange
  const name = nameOf(facts, key)
  const session = sessionOf(facts)
  if (session !== undefined) {
    changed.add(session)
    if (!Reflect.set(session, name, value)) {
      throw new ResponseKitError('SESSION_NOT_SAVED', `${call}: the session is frozen, and takes no value`)
    }
    forgetCookie(exchange, name) // the new value contains the value of the cookie
    return
  }
  const protection = protectionOf(facts)
  if (protection === undefined) {
    const message = `${call} needs a session, or the option 'cookies.secrets' of responseKit()`
    throw new ResponseKitError('NOT_CONFIGURED', message)
  }
  const text = protection.protect(purposeOf(name), JSON.stringify(value))
  try {
    setCookie(exchange, name, text, { ...ATTRIBUTES, path: facts.settings.flash.path, maxAge: LIFETIME })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new TooLargeForCookie(call, error)
  }
}

/** A value that needs a session: a cookie has no room for it. */
export class TooLargeForCookie extends RangeError {
  readonly code = 'INVALID_COOKIE'

  constructor(call: string, cause: Error) {
    super(`${call}: more than a cookie holds (4,096 bytes): keep it in a session (${cause.message})`, { cause })
  }
}

/**
 * What earlier requests have kept, the latest last. A session that has just ended leaves a value in a cookie, and the next
 * request may have a new session: both places count.
 */
export function kept(facts: RequestFacts, key: string): readonly KeptRecord[] {
  const name = nameOf(facts, key)
  const session = sessionOf(facts)
  const inSession = session !== undefined && Object.hasOwn(session, name) ? session[name] : undefined
  return [keptInCookie(facts, name), inSession].filter(isRecord)
}

/** Removes the value from the session and from the cookie. */
export function drop(exchange: Exchange, key: string): void {
  const name = nameOf(exchange.facts, key)
  const session = sessionOf(exchange.facts)
  if (session !== undefined && Object.hasOwn(session, name)) {
    changed.add(session)
    Reflect.deleteProperty(session, name)
  }
  forgetCookie(exchange, name)
}

function forgetCookie(exchange: Exchange, name: string): void {
  const { facts } = exchange
  if (facts.res.headersSent || facts.requestCookies[name] === undefined) return
  deleteCookie(exchange, name, { ...ATTRIBUTES, path: facts.settings.flash.path })
}

function keptInCookie(facts: RequestFacts, name: string): unknown {
  const text = readCookie(facts, name, { signed: false, encrypted: false })
  const json = typeof text === 'string' ? protectionOf(facts)?.open(purposeOf(name), text) : undefined
  return json === undefined ? undefined : JSON.parse(json) // the kit itself wrote it, so it is JSON
}

/** The same name in a session and for a cookie. */
function nameOf({ settings }: RequestFacts, key: string): string {
  return `${settings.flash.name}.${key}`
}

/** No name in a Cookie field has a semicolon, so no cookie of the app is bound to such a text, whatever name a client sends. */
function purposeOf(name: string): string {
  return `kept;${name}`
}

function sessionOf({ session }: RequestFacts): Record<string, unknown> | undefined {
  // Sessions are plain records with a few methods.
  return typeof session === 'object' && session !== null ? (session as Record<string, unknown>) : undefined
}

function isRecord(value: unknown): value is KeptRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Makes a text that no client can forge, and that is valid for one purpose only. */
interface Protection {
  protect(purpose: string, text: string): string
  /** `undefined` if the text is not genuine. */
  open(purpose: string, text: string): string | undefined
}

/** Encrypted under the kit's own keys or the framework's. A Keygrip shows no key, so it can only sign. */
function protectionOf({ settings, cookieSigning }: RequestFacts): Protection | undefined {
  const { sealingKeys, secrets } = settings.cookies
  if (sealingKeys !== undefined) return sealedBy(sealingKeys)
  const keys = secrets ?? hostKeys(cookieSigning)
  if (keys === undefined) return undefined
  if (isKeygrip(keys)) {
    const message =
      'app.keys is a Keygrip, which cannot encrypt: flash and intended are only signed, so clients can read them'
    warnOnce('RESPONSE_KIT_SIGNED_ONLY', `${message}. Give responseKit() the option 'cookies.secrets'`)
    return signedBy(keys)
  }
  const [newest, ...older] = keys.map(sealingKeyOf)
  return newest === undefined ? undefined : sealedBy([newest, ...older])
}

function sealedBy(keys: SealingKeys): Protection {
  return {
    protect: (purpose, text) => seal(purpose, text, keys),
    open: (purpose, text) => unseal(purpose, text, keys),
  }
}

function sealingKeyOf(secret: string): SealingKey {
  return deriveSealingKey(secret, 'kept value key id', 'kept value')
}

const SIGNED = 'k1'

function signedBy(keys: Keygrip): Protection {
  // Koa signs `name=value` under the same keys: no cookie name has a line break in it.
  const dataOf = (purpose: string, payload: string) => `response-kit\n${purpose}\n${payload}`
  return {
    protect(purpose, text) {
      const payload = Buffer.from(text).toString('base64url')
      return `${SIGNED}.${payload}.${keys.sign(dataOf(purpose, payload))}`
    },
    open(purpose, text) {
      const [version, payload, signature, ...others] = text.split('.', 4)
      if (version !== SIGNED || payload === undefined || signature === undefined || others.length > 0) return undefined
      return isSignedBy(keys, dataOf(purpose, payload), signature)
        ? Buffer.from(payload, 'base64url').toString()
        : undefined
    },
  }
}
