import { createHmac, createSecretKey, getHashes, type KeyObject } from 'node:crypto'
import { BoundedMemo } from '../checks/bounded-memo.js'
import { equalInConstantTime } from '../checks/equal-in-constant-time.js'
import type { Keygrip, SigningKeys } from '../exchange/host-types.js'

/** `text.signature` in the format of cookie-signature: HMAC-SHA256 of the text, in base64 without padding. */
export function signText(text: string, keys: readonly string[]): string {
  return `${text}.${textSignature(text, newest(keys))}`
}

/** Whether anyone can have signed it, because no secret was needed. */
export function isSignedByEmptyKey(signed: string): boolean {
  return verifyText(signed, ['']) !== undefined
}

/** The text, if one of the keys has signed it. */
export function verifyText(signed: string, keys: readonly string[]): string | undefined {
  const text = signed.slice(0, Math.max(0, signed.lastIndexOf('.')))
  const signature = signed.slice(text.length + 1)
  return keys.some((key) => equalInConstantTime(signature, textSignature(text, key))) ? text : undefined
}

function textSignature(text: string, key: string): string {
  const digest = createHmac('sha256', keyOf(key)).update(text).digest('base64')
  return digest.slice(0, digest.indexOf('='))
}

/** The signature of `name=value` for a companion cookie, in the format of keygrip: HMAC-SHA1 in base64url. */
export function signPair(pair: string, keys: SigningKeys): string {
  return isKeygrip(keys) ? keys.sign(pair) : pairSignature(pair, newest(keys))
}

export function verifyPair(pair: string, signature: string, keys: SigningKeys): boolean {
  if (isKeygrip(keys)) return isSignedBy(keys, pair, signature)
  return keys.some((key) => equalInConstantTime(signature, pairSignature(pair, key)))
}

function pairSignature(pair: string, key: string): string {
  return createHmac('sha1', keyOf(key)).update(pair).digest('base64url')
}

/**
 * Whether there is something to sign with. An empty secret does not count: anyone can sign with it. What an app gives its
 * framework is not checked by then: a text in the place of the list would stand in the message of an error.
 */
export function hasKeys(keys: SigningKeys): boolean {
  if (!Array.isArray(keys)) return isKeygrip(keys) && !acceptsEmptyKey(keys)
  return keys.length > 0 && keys.every((key) => typeof key === 'string' && key !== '')
}

/**
 * Whether an empty key is among those of a Keygrip. It does not show its keys and its algorithm, so it is asked to verify
 * what an empty key has signed: by every algorithm of Node, in the length of its own signatures.
 */
function acceptsEmptyKey(keys: Keygrip): boolean {
  if (sound.has(keys)) return false
  emptyKeySigned ??= emptyKeySignatures()
  const length = ifTaken(() => keys.sign(PROBE).length)
  const accepts = emptyKeySigned.some(
    (each) => each.length === length && ifTaken(() => isSignedBy(keys, PROBE, each)) === true,
  )
  if (!accepts) sound.add(keys)
  return accepts
}

/** A signer of the app may take nothing but its own cookies and signatures. */
function ifTaken<Result>(ask: () => Result): Result | undefined {
  try {
    return ask()
  } catch {
    return undefined
  }
}

const PROBE = 'response-kit=probe' // a signer of the app may take pairs only
let emptyKeySigned: readonly string[] | undefined
/** A Keygrip is asked once. */
const sound = new WeakSet<Keygrip>()

function emptyKeySignatures(): string[] {
  return getHashes().flatMap((algorithm) => {
    try {
      const digest = createHmac(algorithm, '').update(PROBE).digest()
      return [digest.toString('base64url'), digest.toString('hex')]
    } catch {
      return [] // no algorithm for HMAC
    }
  })
}

/** Whether a key of a Keygrip has signed the text. A signer of the app may tell it by a boolean, or may only sign. */
export function isSignedBy(keys: Keygrip, text: string, signature: string): boolean {
  const index: unknown = typeof keys.index === 'function' && keys.index(text, signature)
  return index === true || (typeof index === 'number' && index >= 0)
}

export function isKeygrip(keys: SigningKeys): keys is Keygrip {
  return typeof keys === 'object' && 'sign' in keys && typeof keys.sign === 'function'
}

function newest(keys: readonly string[]): string {
  const [first] = keys
  if (first === undefined) throw new RangeError('no key to sign with')
  return first
}

const keyObjects = new BoundedMemo<string, KeyObject>({ maxEntries: 100 })

/** The key object of a secret, created once. To create it costs an eighth of a signature. */
function keyOf(secret: string): KeyObject {
  const known = keyObjects.get(secret)
  if (known !== undefined) return known
  const key = createSecretKey(secret, 'utf8')
  keyObjects.set(secret, key)
  return key
}
