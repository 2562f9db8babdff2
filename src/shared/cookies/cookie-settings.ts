import { checkKeys } from '../checks/check-keys.js'
import type { ErrorCode } from '../checks/errors.js'
import { isLongSecret, MIN_SECRET_BYTES, readSecrets, type Secrets, warnOfShortSecrets } from '../checks/secrets.js'
import { type CookieAttributes, checkAttributeNames, checkAttributeValues } from './cookie-attributes.js'
import { deriveSealingKeys, type SealingKeys } from './encrypted.js'

/** The option `cookies` of `responseKit()`. */
export interface CookieOptions {
  /** Attributes of every cookie that is set or deleted, unless the call says otherwise. Default: none. */
  readonly defaults?: CookieAttributes
  /** Secrets for signed cookies, newest first: the first one signs, all verify. Default: the framework's own keys. */
  readonly secrets?: string | readonly string[]
  /** Secrets for encrypted cookies, newest first, each of 32 bytes or more. Default: `secrets`. */
  readonly encryptionKeys?: string | readonly string[]
}

export interface CookieSettings {
  readonly defaults: CookieAttributes
  readonly secrets: Secrets | undefined
  /** `undefined` if no secret is long enough. */
  readonly sealingKeys: SealingKeys | undefined
}

const INVALID: ErrorCode = 'INVALID_OPTION'

/** Reads the option `cookies`. */
export function readCookieSettings(value: unknown): CookieSettings {
  const options = (value === undefined ? {} : value) as CookieOptions // an object, as checked
  checkKeys("option 'cookies'", options, ['defaults', 'secrets', 'encryptionKeys'])
  const { defaults = {}, secrets, encryptionKeys } = options
  checkAttributeNames("option 'cookies.defaults'", defaults, INVALID)
  checkAttributeValues("option 'cookies.defaults'", defaults, INVALID)
  const signing = readSecrets("option 'cookies.secrets'", secrets, 1)
  const sealing = readSecrets("option 'cookies.encryptionKeys'", encryptionKeys, MIN_SECRET_BYTES) ?? signing
  if (signing !== undefined) warnOfShortSecrets("option 'cookies.secrets'", signing)
  return {
    defaults: Object.freeze({ ...defaults }),
    secrets: signing,
    sealingKeys: sealing?.every(isLongSecret) ? deriveSealingKeys(sealing) : undefined,
  }
}
