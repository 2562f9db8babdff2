import { createCipheriv, createDecipheriv, type KeyObject, randomFillSync } from 'node:crypto'
import { BoundedMemo } from '../checks/bounded-memo.js'
import { deriveKey, type Secrets } from '../checks/secrets.js'

/** A key that was derived from a secret. */
export interface SealingKey {
  /** Stands in the sealed value and tells which key opens it. */
  readonly id: string
  readonly key: KeyObject
}

/** Newest first: the first one seals, all open. */
export type SealingKeys = readonly [SealingKey, ...SealingKey[]]

const VERSION = 'v1'
const ALGORITHM = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const ID_BYTES = 6

/** One key of cookies for each secret. */
export function deriveSealingKeys([newest, ...older]: Secrets): SealingKeys {
  const derive = (secret: string) => deriveSealingKey(secret, 'cookie key id v1', 'cookie encryption v1')
  return [derive(newest), ...older.map(derive)]
}

/** The key of a secret for one purpose, with an id that tells nothing about it. */
export function deriveSealingKey(secret: string, purposeOfId: string, purpose: string): SealingKey {
  const id = deriveKey(secret, purposeOfId).export().subarray(0, ID_BYTES).toString('base64url')
  return { id, key: deriveKey(secret, purpose) }
}

/**
 * Encrypts and authenticates a text with the first key, bound to a name: `v1.<key id>.<nonce, ciphertext, tag>`. All its
 * characters are allowed in a cookie.
 */
export function seal(name: string, text: string, keys: SealingKeys): string {
  const [{ id, key }] = keys
  const nonce = takeNonce()
  const cipher = createCipheriv(ALGORITHM, key, nonce)
  cipher.setAAD(associatedData(name))
  const ciphertext = cipher.update(text, 'utf8')
  cipher.final() // returns no bytes, because GCM needs no padding
  const sealed = Buffer.concat([nonce, ciphertext, cipher.getAuthTag()])
  return `${VERSION}.${id}.${sealed.toString('base64url')}`
}

/** The text that was sealed for that name; `undefined` if anything about it is wrong. */
export function unseal(name: string, sealed: string, keys: SealingKeys): string | undefined {
  const [version, id, payload, ...rest] = sealed.split('.', 4)
  if (version !== VERSION || payload === undefined || rest.length > 0) return undefined
  const bytes = Buffer.from(payload, 'base64url')
  // The decoder accepts several spellings of one value. Only one is valid here.
  if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== payload) return undefined
  for (const candidate of keys) {
    const text = candidate.id === id ? open(name, bytes, candidate.key) : undefined
    if (text !== undefined) return text
  }
  return undefined
}

function open(name: string, bytes: Buffer, key: KeyObject): string | undefined {
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES))
  decipher.setAAD(associatedData(name))
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  try {
    const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES))
    decipher.final() // compares the tag in constant time
    return text.toString('utf8')
  } catch {
    return undefined
  }
}

const namesAsData = new BoundedMemo<string, Buffer>({ maxEntries: 500 })

function associatedData(name: string): Buffer {
  const known = namesAsData.get(name)
  if (known !== undefined) return known
  const data = Buffer.from(`response-kit cookie ${VERSION}\0${name}`)
  namesAsData.set(name, data)
  return data
}

const noncePool = Buffer.allocUnsafeSlow(NONCE_BYTES * 128)
let nonceOffset = noncePool.length

/** Random bytes are made for many nonces at once: a call for 12 bytes costs as much as a call for 1,000. */
function takeNonce(): Buffer {
  if (nonceOffset === noncePool.length) {
    randomFillSync(noncePool)
    nonceOffset = 0
  }
  const nonce = noncePool.subarray(nonceOffset, nonceOffset + NONCE_BYTES)
  nonceOffset += NONCE_BYTES
  return nonce
}
