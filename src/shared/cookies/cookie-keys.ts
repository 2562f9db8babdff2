import { ResponseKitError } from '../checks/errors.js'
import { MIN_SECRET_BYTES } from '../checks/secrets.js'
import type { CookieSigning } from '../exchange/host-types.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import type { SealingKeys } from './encrypted.js'
import { hasKeys } from './signed.js'

/** The framework's format, with the kit's own secrets if there are some. */
export function signingOf({ settings, cookieSigning }: RequestFacts, name: string): CookieSigning {
  const { secrets } = settings.cookies
  if (secrets !== undefined && cookieSigning.format === 'prefixed') {
    return { format: 'prefixed', keys: secrets, verified: undefined }
  }
  if (secrets !== undefined) return { format: 'companion', keys: secrets }
  if (!hasKeys(cookieSigning.keys)) {
    const where = cookieSigning.format === 'prefixed' ? "cookieParser('secret')" : 'app.keys'
    throw notConfigured(
      `signed cookie '${name}'`,
      `the option 'cookies.secrets' of responseKit(), or ${where} (an empty key does not count)`,
    )
  }
  return cookieSigning
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
