import { checkKeys } from '../check-keys.js'
import type { ErrorCode } from '../errors.js'
import { checkAttributeNames, checkAttributeValues } from './attribute-checks.js'
import type { CookieAttributes } from './cookie-attributes.js'
import { deriveSealingKeys, MIN_SECRET_BYTES, type SealingKeys } from './encrypted.js'

export interface CookieOptions {
  /** Attributes of every cookie set or deleted, where the call does not say otherwise. */
  readonly defaults?: CookieAttributes
  /** What cookies are signed with, newest first: the first signs, all verify. Default: the framework's own keys. */
  readonly secrets?: string | readonly string[]
  /** What cookies are encrypted with, newest first, 32 bytes each at least. Default: `secrets`. */
  readonly encryptionKeys?: string | readonly string[]
}

export interface CookieSettings {
  readonly defaults: CookieAttributes
  readonly secrets: Secrets | undefined
  /** Absent where there is no secret long enough. */
  readonly sealingKeys: SealingKeys | undefined
}

type Secrets = readonly [string, ...string[]]

const INVALID: ErrorCode = 'INVALID_OPTION'

/** Reads the option `cookies`. */
export function readCookies(value: unknown): CookieSettings {
  const options = (value === undefined ? {} : value) as CookieOptions // an object, as checked
  checkKeys("option 'cookies'", options, ['defaults', 'secrets', 'encryptionKeys'])
  const { defaults = {}, secrets, encryptionKeys } = options
  checkAttributeNames("option 'cookies.defaults'", defaults, INVALID)
  checkAttributeValues("option 'cookies.defaults'", defaults, INVALID)
  const signing = readSecrets('cookies.secrets', secrets, 1)
  const sealing = readSecrets('cookies.encryptionKeys', encryptionKeys, MIN_SECRET_BYTES) ?? signing
  return {
    defaults: Object.freeze({ ...defaults }),
    secrets: signing,
    sealingKeys: sealing?.every(isLongEnough) ? deriveSealingKeys(sealing) : undefined,
  }
}

function isLongEnough(secret: string): boolean {
  return Buffer.byteLength(secret) >= MIN_SECRET_BYTES
}

/** The message never shows a secret. */
function readSecrets(key: string, value: unknown, minBytes: number): Secrets | undefined {
  if (value === undefined) return undefined
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  const isUsable = (secret: unknown) => typeof secret === 'string' && Buffer.byteLength(secret) >= minBytes
  if (list.length > 0 && list.every(isUsable)) return list as unknown as Secrets // found to be so just now
  const expected = `a string or a list of strings, newest first, of ${minBytes} bytes or more each`
  throw Object.assign(new TypeError(`option '${key}' must be ${expected}`), { code: INVALID })
}
