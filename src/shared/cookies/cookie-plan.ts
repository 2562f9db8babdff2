import { stringifySetCookie } from 'cookie'
import { BoundedMemo } from '../checks/bounded-memo.js'
import { invalidType } from '../checks/errors.js'
import { isCookieName } from '../fields/set-cookie.js'
import { checkAttributeNames, checkAttributeValues } from './attribute-checks.js'
import { type CookieAttributes, resolveAttributes } from './cookie-attributes.js'

/** What a cookie's attributes are resolved with. */
export interface CookieContext {
  readonly settings: { readonly cookies: { readonly defaults: CookieAttributes } }
  /** The request came by https, under the framework's proxy trust. */
  readonly secure: boolean
}

/** All of a Set-Cookie line but its value, for one name and one set of attributes. */
export interface CookiePlan {
  readonly given: CookieAttributes
  /** The names in `given`, in its order. */
  readonly names: readonly string[]
  readonly defaults: CookieAttributes
  /** What `secure: 'auto'` was resolved with; `undefined` where nothing depends on it. */
  readonly isSecureRequest: boolean | undefined
  /** The attributes as they stand behind the value. */
  readonly suffix: string
  readonly domain: string | undefined
  readonly path: string
  readonly signed: boolean
  readonly encrypted: boolean
  readonly encode: ((text: string) => string) | undefined
}

// A path and a domain have at most 1,024 bytes each, and stand in the plan three times.
const plans = new BoundedMemo<string, CookiePlan>({
  maxEntries: 500,
  bytesOf: ({ suffix }) => 1024 + suffix.length * 6,
})

/** An app sets a cookie with the same attributes again and again: they are checked and serialized once. */
export function planCookie(name: string, given: CookieAttributes, context: CookieContext): CookiePlan {
  const known = plans.get(name)
  if (known !== undefined && isPlanFor(known, given, context)) return known
  const plan = createPlan(name, given, context)
  if (plan.given.expires === undefined && plan.defaults.expires === undefined) {
    plans.set(name, plan)
  }
  return plan
}

/** The same without the memory. */
export function createPlan(name: string, attributes: CookieAttributes, context: CookieContext): CookiePlan {
  if (typeof name !== 'string' || !isCookieName(name)) {
    throw invalidType('cookie name', "a token of letters, digits and !#$%&'*+-.^_`|~", name, 'INVALID_COOKIE')
  }
  const subject = `cookie '${name}'`
  checkAttributeNames(subject, attributes, 'INVALID_COOKIE')
  const given = { ...attributes }
  checkAttributeValues(subject, given, 'INVALID_COOKIE')
  const { defaults } = context.settings.cookies
  const usesRequest = (given.secure ?? defaults.secure) === 'auto'
  const isSecureRequest = usesRequest ? context.secure : undefined
  const resolved = resolveAttributes(name, given, defaults, isSecureRequest ?? false)
  return {
    given,
    names: Object.keys(given),
    defaults,
    isSecureRequest,
    suffix: stringifySetCookie({ name: 'n', value: '', ...resolved }).slice('n='.length),
    domain: resolved.domain,
    path: resolved.path,
    signed: given.signed ?? defaults.signed ?? false,
    encrypted: given.encrypted ?? defaults.encrypted ?? false,
    encode: given.encode ?? defaults.encode,
  }
}

/** Attribute by attribute: the caller's object may be a new one each time, or have been changed since. */
function isPlanFor(plan: CookiePlan, given: CookieAttributes, context: CookieContext): boolean {
  if (typeof given !== 'object' || given === null) return false // to be refused
  if (plan.defaults !== context.settings.cookies.defaults) return false
  const { given: before, names } = plan
  let index = 0
  for (const name in given) {
    const key = name as keyof CookieAttributes // another name is none of the plan's
    if (name !== names[index] || given[key] !== before[key]) return false
    index++
  }
  return index === names.length && (plan.isSecureRequest === undefined || plan.isSecureRequest === context.secure)
}
