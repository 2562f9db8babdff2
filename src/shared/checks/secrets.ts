import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { BoundedMemo } from './bounded-memo.js'
import { textsIn } from './iterator.js'
import { warnOnce } from './warn-once.js'

/** What signs or encrypts, newest first: the first is used, all are tried when reading. */
export type Secrets = readonly [string, ...string[]]

/** A secret below this length can be guessed from what it has signed. */
export const MIN_SECRET_BYTES = 32

/** One secret or a list; `subject` names the option. The message never shows a secret. */
export function readSecrets(subject: string, value: unknown, minBytes: number): Secrets | undefined {
  if (value === undefined) return undefined
  const [first, ...others] = textsIn(typeof value === 'string' ? [value] : value) ?? []
  const isUsable = (secret: string): boolean => Buffer.byteLength(secret) >= minBytes
  if (first !== undefined && [first, ...others].every(isUsable)) return [first, ...others]
  const expected = `a string or a list of strings, newest first, of ${minBytes} bytes or more each`
  throw Object.assign(new TypeError(`${subject} must be ${expected}`), { code: 'INVALID_OPTION' })
}

export function isLongSecret(secret: string): boolean {
  // Each character has a byte or more. The call of Node takes longer than this comparison.
  return secret.length >= MIN_SECRET_BYTES || Buffer.byteLength(secret) >= MIN_SECRET_BYTES
}

/** Tells the developer of secrets for cookies that are too short. `subject` names the place of the app that has them. */
export function warnOfShortSecrets(subject: string, secrets: readonly string[]): void {
  if (secrets.every(isLongSecret)) return
  const message = `${subject}: a secret is shorter than ${MIN_SECRET_BYTES} bytes. It can be guessed from what it signs, and from the cookies of flash() and intended(). No other cookie is encrypted with it`
  warnOnce('RESPONSE_KIT_SHORT_SECRET', message, subject)
}

/**
 * A key of 32 bytes for one purpose (HKDF with SHA-256, RFC 5869). What the secret signs or encrypts for one purpose
 * says nothing about its key for another purpose.
 */
export function deriveKey(secret: string, purpose: string): KeyObject {
  const name = `${purpose}\0${secret}`
  const known = derivedKeys.get(name)
  if (known !== undefined) return known
  const key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', `response-kit ${purpose}`, KEY_BYTES)))
  derivedKeys.set(name, key)
  return key
}

const KEY_BYTES = 32
/** A derivation costs more than a signature. */
const derivedKeys = new BoundedMemo<string, KeyObject>({ maxEntries: 200 })
