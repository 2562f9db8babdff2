import { ResponseKitError } from '../checks/errors.js'
import { MIN_SECRET_BYTES, warnOfShortSecrets } from '../checks/secrets.js'
import type { CookieSigning, SigningKeys } from '../exchange/host-types.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import type { SealingKeys } from './encrypted.js'
import { hasKeys, isKeygrip } from './signed.js'

/** The framework's format, with the kit's own secrets if there are some. */
export function signingOf({ settings, cookieSigning }: RequestFacts, name: string): CookieSigning {
  const { secrets } = settings.cookies
  if (secrets !== undefined && cookieSigning.format === 'prefixed') {
    return { format: 'prefixed', keys: secrets, verified: undefined }
  }
  if (secrets !== undefined) return { format: 'companion', keys: secrets }
  if (hostKeys(cookieSigning) === undefined) {
    throw notConfigured(
      `signed cookie '${name}'`,
      `the option 'cookies.secrets' of responseKit(), or ${placeOf(cookieSigning)} (an empty key does not count)`,
    )
  }
  return cookieSigning
}

/** The keys that the app gave its framework; `undefined` if they cannot be used. Warns of short ones. */
export function hostKeys(signing: CookieSigning): SigningKeys | undefined {
  const { keys } = signing
  if (!hasKeys(keys)) return undefined
  if (!isKeygrip(keys)) warnOfShortSecrets(placeOf(signing), keys)
  return keys
}

function placeOf({ format }: CookieSigning): string {
  return format === 'prefixed' ? "cookieParser('secret')" : 'app.keys'
}

/** The keys that encrypt. Throws `NOT_CONFIGURED` if there are none. */
export function sealingKeys({ settings }: RequestFacts, name: string): SealingKeys {
  const { sealingKeys: keys, secrets } = settings.cookies
  if (keys !== undefined) return keys
  const tooShort = secrets === undefined ? '' : `: 'cookies.secrets' are shorter than ${MIN_SECRET_BYTES} bytes`
  throw notConfigured(`encrypted cookie '${name}'`, `the option 'cookies.encryptionKeys' of responseKit()${tooShort}`)
}

function notConfigured(subject: string, what: string): ResponseKitError {
  return new ResponseKitError('NOT_CONFIGURED', `${subject} needs ${what}`)
}
