import { stringifySetCookie } from 'cookie'
import { BoundedMemo } from '../checks/bounded-memo.js'
import { isWithoutNames } from '../checks/check-keys.js'
import {
  type CookieAttributes,
  checkAttributeNames,
  checkAttributeValues,
  checkCookieName,
  resolveAttributes,
} from './cookie-attributes.js'

/** The facts that the attributes of a cookie depend on. */
export interface CookieContext {
  readonly settings: { readonly cookies: { readonly defaults: CookieAttributes } }
  /** The request came by https, by the framework's own proxy trust. */
  readonly secure: boolean
}

/**
 * The checked attributes of a cookie as a line has them, remembered for the next call with the same name and attributes.
 * Only the value is missing.
 */
export interface CookiePlan {
  readonly given: CookieAttributes
  /** The names of `given`, in its order. */
  readonly names: readonly string[]
  readonly defaults: CookieAttributes
  /** Whether the request is secure, for `secure: 'auto'`. `undefined` if no attribute asks for it. */
  readonly isSecureRequest: boolean | undefined
  /** The attributes as the line has them after the value. */
  readonly suffix: string
  readonly domain: string | undefined
  readonly path: string
  readonly signed: boolean
  readonly encrypted: boolean
  readonly encode: ((text: string) => string) | undefined
}

// A plan holds its path and domain three times, of at most 1,024 bytes each.
const plans = new BoundedMemo<string, CookiePlan>({
  maxEntries: 500,
  bytesOf: ({ suffix }) => 1024 + suffix.length * 6,
})

/** What a call without attributes has. */
export const NO_ATTRIBUTES: CookieAttributes = {}

/** The plan of a cookie. Apps set the same attributes again and again: they are checked and serialized once. */
export function planCookie(name: string, given: CookieAttributes, context: CookieContext): CookiePlan {
  const known = plans.get(name)
  if (known !== undefined && isPlanFor(known, given, context)) return known
  const plan = createPlan(name, given, context)
  if (plan.given.expires === undefined && plan.defaults.expires === undefined) {
    plans.set(name, plan)
  }
  return plan
}

/** Creates a plan that is not remembered. */
export function createPlan(
  name: string,
  attributes: CookieAttributes,
  context: CookieContext,
  isDeletion = false,
): CookiePlan {
  checkCookieName(name, isDeletion)
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

/** Compares each attribute: the caller may give a new object each time, or may have changed the one of the last call. */
function isPlanFor(plan: CookiePlan, given: CookieAttributes, context: CookieContext): boolean {
  if (typeof given !== 'object' || given === null) return false // createPlan() refuses it
  if (plan.defaults !== context.settings.cookies.defaults) return false
  const { given: before, names } = plan
  let index = 0
  for (const name in given) {
    const key = name as keyof CookieAttributes // an unknown name is not in the plan
    if (name !== names[index] || given[key] !== before[key]) return false
    index++
  }
  if (index === 0 && given !== NO_ATTRIBUTES && isWithoutNames(given)) return false // createPlan() refuses it too
  return index === names.length && (plan.isSecureRequest === undefined || plan.isSecureRequest === context.secure)
}
