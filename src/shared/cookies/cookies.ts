import { checkKeys, isWithoutNames } from '../checks/check-keys.js'
import { invalidRange, invalidType, ResponseKitError } from '../checks/errors.js'
import type { Exchange } from '../exchange/exchange.js'
import type { PrefixedSigning } from '../exchange/host-types.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import { MAX_PAIR_BYTES, prefixDemands } from '../fields/set-cookie.js'
import type { CookieAttributes } from './cookie-attributes.js'
import { heldValue, stageLine } from './cookie-jar.js'
import { sealingKeys, signingOf } from './cookie-keys.js'
import { createPlan, NO_ATTRIBUTES, planCookie } from './cookie-plan.js'
import {
  type CookieValue,
  decodeValue,
  encodeValue,
  parseValue,
  type StoredCookieValue,
  stringifyValue,
  unquote,
} from './cookie-value.js'
import { seal, unseal } from './encrypted.js'
import { isSignedByEmptyKey, signPair, signText, verifyPair, verifyText } from './signed.js'

/** Options of `getCookie`. */
export interface ReadCookieOptions {
  /** Reads only a signed cookie with a valid signature; else the answer is `undefined`. Default `false`. */
  readonly signed?: boolean | undefined
  /** Reads only an encrypted cookie that one of the keys opens; else the answer is `undefined`. Default `false`. */
  readonly encrypted?: boolean | undefined
}

const SIGNED_PREFIX = 's:'

/** Stages a cookie. If anything about it is wrong, nothing is staged. */
export function setCookie(
  exchange: Exchange,
  name: string,
  value: CookieValue,
  attributes: CookieAttributes = NO_ATTRIBUTES,
): void {
  const { facts } = exchange
  checkHead(facts, 'setCookie')
  const plan = planCookie(name, attributes, facts)
  const text = stringifyValue(name, value)
  if (plan.encrypted) {
    stageLine(exchange, name, checkSize(name, seal(name, text, sealingKeys(facts, name))), plan)
    return
  }
  if (!plan.signed) {
    stageLine(exchange, name, checkSize(name, encodeValue(name, text, plan.encode)), plan)
    return
  }
  const signing = signingOf(facts, name)
  if (signing.format === 'prefixed') {
    const signed = SIGNED_PREFIX + signText(text, signing.keys)
    stageLine(exchange, name, checkSize(name, encodeValue(name, signed, plan.encode)), plan)
    return
  }
  const encoded = checkSize(name, encodeValue(name, text, plan.encode))
  const companion = companionOf(name)
  const signature = checkSize(companion, signPair(`${name}=${encoded}`, signing.keys))
  stageLine(exchange, name, encoded, plan)
  stageLine(exchange, companion, signature, plan)
}

/** Stages a line that expires the cookie of that path and domain, with the attributes that its prefix demands. */
export function deleteCookie(exchange: Exchange, name: string, attributes: CookieAttributes = NO_ATTRIBUTES): void {
  const { facts } = exchange
  checkHead(facts, 'deleteCookie')
  const plan = createPlan(name, deletionOf(name, attributes), facts, true)
  stageLine(exchange, name, '', plan)
  const companion = companionOf(name)
  if (facts.cookieSigning.format === 'companion' && (plan.signed || heldValue(facts, companion) !== undefined)) {
    stageLine(exchange, companion, '', plan)
  }
}

function deletionOf(name: string, attributes: CookieAttributes): CookieAttributes {
  if (typeof attributes !== 'object' || attributes === null || isWithoutNames(attributes)) return attributes // refused by the plan
  const demands = typeof name === 'string' ? prefixDemands(name) : undefined
  const { expires, encode, secure, httpOnly, ...rest } = attributes
  return {
    ...rest,
    secure: demands !== undefined && (secure === undefined || secure === 'auto') ? true : secure,
    httpOnly: httpOnly === undefined ? demands?.httpOnly || undefined : httpOnly,
    maxAge: 0,
  }
}

/** The value that the client has after this response; `undefined` if there is none or it is not genuine. */
export function readCookie(
  facts: RequestFacts,
  name: string,
  options?: ReadCookieOptions,
): StoredCookieValue | undefined {
  if (typeof name !== 'string') throw invalidType('getCookie: name', 'a string', name)
  if (options !== undefined) checkReadOptions(options)
  const { defaults } = facts.settings.cookies
  const encoded = heldValue(facts, name)
  if (options?.encrypted ?? defaults.encrypted) {
    const keys = sealingKeys(facts, name)
    const text = encoded === undefined ? undefined : unseal(name, decodeValue(encoded), keys)
    return text === undefined ? undefined : parseValue(text)
  }
  if (options?.signed ?? defaults.signed) return readSigned(facts, name, encoded)
  return encoded === undefined ? undefined : parseValue(decodeValue(encoded))
}

function checkReadOptions(options: ReadCookieOptions): void {
  checkKeys('getCookie()', options, ['signed', 'encrypted'])
  for (const [key, value] of Object.entries(options)) {
    if (value !== undefined && typeof value !== 'boolean')
      throw invalidType(`getCookie: option '${key}'`, 'a boolean', value)
  }
}

function readSigned(facts: RequestFacts, name: string, encoded: string | undefined): StoredCookieValue | undefined {
  const signing = signingOf(facts, name)
  if (encoded === undefined) return undefined
  if (signing.format === 'companion') {
    const signature = heldValue(facts, companionOf(name))
    const pair = `${name}=${unquote(encoded)}`
    return signature !== undefined && verifyPair(pair, unquote(signature), signing.keys)
      ? parseValue(decodeValue(encoded))
      : undefined
  }
  const value = decodeValue(encoded)
  if (!value.startsWith(SIGNED_PREFIX)) return undefined
  const signed = value.slice(SIGNED_PREFIX.length)
  const text = verifyText(signed, signing.keys)
  if (text !== undefined) return parseValue(text)
  const verified = encoded === facts.requestCookies[name] ? verifiedByHost(signing, name) : undefined
  // An empty key may be among those that cookie-parser does not show.
  return verified !== undefined && isSignedByEmptyKey(signed) ? undefined : verified
}

/** cookie-parser shows only its newest key. For a cookie that an older key signed, its own result counts. */
function verifiedByHost({ verified }: PrefixedSigning, name: string): StoredCookieValue | undefined {
  const value = verified !== undefined && Object.hasOwn(verified, name) ? verified[name] : undefined
  if (typeof value === 'string') return value
  // A value that is no string was parsed from JSON.
  return typeof value === 'object' && value !== null ? (value as StoredCookieValue) : undefined
}

/** After the head is sent, a cookie would be lost and nothing would say so. */
function checkHead({ res }: RequestFacts, call: string): void {
  if (!res.headersSent) return
  throw new ResponseKitError('ALREADY_SENT', `${call}(): the head of the response has been sent`)
}

function companionOf(name: string): string {
  return `${name}.sig`
}

function checkSize(name: string, encoded: string): string {
  const bytes = name.length + encoded.length
  if (bytes <= MAX_PAIR_BYTES) return encoded
  throw invalidRange(`cookie '${name}': name and value`, `at most ${MAX_PAIR_BYTES} bytes`, bytes, 'INVALID_COOKIE')
}
