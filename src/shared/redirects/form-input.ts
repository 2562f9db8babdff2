import { checkKeys } from '../checks/check-keys.js'
import { invalidType } from '../checks/errors.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import { hasToJson } from '../json/has-to-json.js'

/** What `withInput()` takes. */
export interface InputOptions {
  /** Further names of fields that must not come back. They hide fields at every depth. Default: none. */
  readonly hide?: readonly string[]
  /** Names that look secret and are not, such as the `pin` of a map. Default: none. */
  readonly allow?: readonly string[]
}

/** Deeper values are left out: no form has them, and a client can nest a JSON body without end. */
const MAX_DEPTH = 20
/** The most words that one of the names below has. */
const MAX_WORDS = 3
/** A longer name is no field of a form. */
const MAX_NAME_LENGTH = 200
/**
 * No form has different names of more text than this, with a few characters more for each. To look at the names of 1 MB
 * of JSON would hold the event loop for a second.
 */
const MOST_TEXT_OF_NAMES = 65_536
const TEXT_BESIDE_A_NAME = 8

/** A name is secret if this list has one of its words, or two or three of its words written together. */
const SECRET_WORDS: ReadonlySet<string> = new Set(
  `pass password passwords passwd passphrase passcode passkey pwd pw psw passwort kennwort
  pin pincode otp totp mfa 2fa cvv cvc csc cvn iban ssn
  secret secrets token tokens csrf xsrf jwt nonce credential credentials authorization
  apikey apisecret privatekey secretkey accesskey authkey authcode sessionid securitycode verificationcode onetimecode
  creditcard cardnumber cardno cardpan ccnumber ccnum accountnumber routingnumber sortcode taxid socialsecurity
  securityanswer encryptionkey signingkey sshkey recoverykey recoveryphrase recoverycode recoverycodes backupcode backupcodes
  twofactorcode bearer mnemonic seedphrase`.split(/\s+/),
)

/** For words that are written together: `newpassword`, `csrftoken`. `secretary`, `compass` and `shipping` are not secret. */
const SECRET_ENDS =
  /(?:password|passwd|passphrase|passcode|passwort|secret|token|apikey|privatekey|accesskey|cardnumber|pincode)s?$/
const SECRET_STARTS = /^(?:password|passwd|passphrase|passcode|passwort|csrf|xsrf|apikey|creditcard|securitycode)/
const SHORT_SECRET =
  /^(?:my|new|old|cur|current|confirm|repeat|re|user|usr|login|admin|account|db|root|e?mail|smtp|ftp|wifi|master|sms|card|atm)(?:pass|pin|otp|pwd|pw)$/

/**
 * The form fields of this request that a page may show again: no password, token or card number, at any depth. If
 * there are more different names than any form has, all are left out.
 */
export function formInput({ form, settings }: RequestFacts, options: InputOptions = {}): Record<string, unknown> {
  const { hide, allow } = readOptions(options)
  if (typeof form !== 'object' || form === null) return {}
  if (Array.isArray(form) || ArrayBuffer.isView(form)) return {}
  let textLeft = MOST_TEXT_OF_NAMES
  const known = new Map<string, FieldName>() // the rows of a table have the same names
  const readName = (name: string): FieldName => {
    let read = known.get(name)
    if (read !== undefined) return read
    const normal = name.normalize('NFKC') // which can be 18 times as long
    textLeft -= normal.length + TEXT_BESIDE_A_NAME
    const words = textLeft < 0 ? [] : wordsOf(normal)
    const together = words.join('')
    read = { words, together, isSecret: hide.has(together) || isSecret(words, 0, hide) }
    known.set(name, read)
    return read
  }
  const isHidden = (name: FieldName, before: readonly string[]): boolean => {
    if (allow.has(name.together) || allow.has(before.join('') + name.together)) return false
    if (name.isSecret || before.length === 0) return name.isSecret
    return isSecret([...before, ...name.words.slice(0, MAX_WORDS - 1)], before.length, hide)
  }
  /** `before` holds the last two words of the names around a value: `card[number]` is one name. */
  const visible = (value: unknown, before: readonly string[], depth: number): unknown => {
    // A date or an identifier of a database has a toJSON. No client can send a function.
    if (typeof value !== 'object' || value === null || hasToJson(value)) return value
    if (depth === MAX_DEPTH || textLeft < 0) return undefined
    if (Array.isArray(value)) return value.map((each) => visible(each, before, depth + 1) ?? null)
    const named = isNamedValue(value) && isHidden(readName(value.name), before) ? ['value'] : []
    return Object.fromEntries(
      Object.entries(value).flatMap(([name, each]): [string, unknown][] => {
        if (textLeft < 0 || named.includes(name) || name.length > MAX_NAME_LENGTH) return []
        if (depth === 0 && name === settings.back.field) return []
        const read = readName(name)
        if (textLeft < 0 || isHidden(read, before)) return []
        const shown = visible(each, [...before, ...read.words.slice(-2)].slice(-2), depth + 1)
        return shown === undefined ? [] : [[name, shown]]
      }),
    )
  }
  const fields = visible(form, [], 0) as Record<string, unknown> // a record gives a record
  return textLeft < 0 ? {} : fields
}

/** What a list of fields holds, as scripts send it: `{ name: 'password', value: 'x' }`. */
function isNamedValue(value: object): value is { readonly name: string } {
  return 'name' in value && typeof value.name === 'string' && value.name.length <= MAX_NAME_LENGTH && 'value' in value
}

/** What is known of a name, wherever it stands in the form. */
interface FieldName {
  readonly words: readonly string[]
  /** The words without what is between them. */
  readonly together: string
  readonly isSecret: boolean
}

/** Whether a word from `first` on is secret, by itself or together with the words before it. */
function isSecret(words: readonly string[], first: number, hide: ReadonlySet<string>): boolean {
  for (let end = first; end < words.length; end++) {
    const word = words[end] ?? ''
    if (SECRET_ENDS.test(word) || SECRET_STARTS.test(word) || SHORT_SECRET.test(word)) return true
    let together = ''
    for (let start = end; start >= 0 && start > end - MAX_WORDS; start--) {
      together = (words[start] ?? '') + together
      if (SECRET_WORDS.has(together) || hide.has(together)) return true
    }
  }
  return false
}

/** `user[newPassword2]` has the words user, new, password, 2. */
function wordsOf(name: string): string[] {
  return name
    .replace(/(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-z\d])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])/g, ' ')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
}

function readOptions(options: InputOptions): { readonly hide: Set<string>; readonly allow: Set<string> } {
  checkKeys('withInput()', options, ['hide', 'allow'])
  const read = (key: keyof InputOptions): Set<string> => {
    const { [key]: names = [] } = options
    if (Array.isArray(names) && names.every((name) => typeof name === 'string')) {
      return new Set(names.map((name) => wordsOf(name.normalize('NFKC')).join('')))
    }
    throw invalidType(`withInput(): option '${key}'`, 'a list of names', names)
  }
  return { hide: read('hide'), allow: read('allow') }
}
