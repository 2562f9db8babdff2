import { createHmac, type KeyObject, randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { checkKeys } from '../checks/check-keys.js'
import { type Duration, durationMs } from '../checks/duration.js'
import { equalInConstantTime } from '../checks/equal-in-constant-time.js'
import { invalidRange, invalidType, showValue } from '../checks/errors.js'
import { deriveKey, type Secrets } from '../checks/secrets.js'
import { serializeQuery } from '../fields/query-string.js'
import { appendUrlParts } from './append-url-parts.js'
import { MAX_MATCHED_LENGTH, type PathPattern } from './path-pattern.js'
import type { UrlOptions } from './route-source.js'

/** Options of `signedUrl`. */
export interface SignedUrlOptions extends UrlOptions {
  /** How long the URL is valid: seconds, or `'15m'` `'7d'`. Default: without end. */
  readonly expiresIn?: Duration | undefined
  /** Valid for one request only; `verifySignedUrl` then needs its option `claim`. Default `false`. */
  readonly once?: boolean | undefined
}

/** Newest first: the first key signs, all keys verify. */
export type UrlSigningKeys = readonly [KeyObject, ...KeyObject[]]

/** What a signature is worth. */
export type Verdict =
  | { readonly result: 'invalid' | 'expired' }
  | {
      readonly result: 'valid'
      /** Unix time in seconds. */
      readonly expires: number | undefined
      /** Identifies a URL that is valid for one request. */
      readonly once: string | undefined
    }

/** The parameters that a signature adds to a query. An app cannot use these names in a signed URL. */
const SIGNATURE = 'signature'
const EXPIRES = 'expires'
const ONCE = 'once'
export const SIGNATURE_PARAMETERS: ReadonlySet<string> = new Set([SIGNATURE, EXPIRES, ONCE])

/** The query parsers of Express and Koa ignore the parameters after this number. */
const MAX_PARAMETERS = 1000

/** At most this many ignored parameters: a parser that an app has set may have a lower limit, and lose signed ones. */
const MAX_IGNORED = 10

/** The secret signs other things as well: a signature of one kind never counts as one of another kind. */
const PURPOSE = 'signed url v2'

type Parameter = readonly [name: string, value: string]

/** What the signed URLs of a route table are verified with. */
export interface UrlSigner {
  readonly keys: UrlSigningKeys
  readonly base: string
  /** As present releases of the frameworks match the paths of the table, below its base. */
  readonly expressions: readonly RegExp[]
}

const signers = new WeakMap<object, UrlSigner>()

/** Remembers the keys of a route table apart from it, so that nothing that prints the table shows them. */
export function setSigner(table: object, keys: UrlSigningKeys, base: string, patterns: readonly PathPattern[]): void {
  const expressions = patterns.flatMap(({ matchers }) => matchers.map(({ regexp }) => regexp))
  signers.set(table, { keys, base: withCapitalEscapes(base), expressions })
}

export function signerOf(table: object | undefined): UrlSigner | undefined {
  return table === undefined ? undefined : signers.get(table)
}

export function deriveSigningKeys([newest, ...older]: Secrets): UrlSigningKeys {
  return [deriveKey(newest, PURPOSE), ...older.map((secret) => deriveKey(secret, PURPOSE))]
}

/** A path with its query, what the signature claims, and the signature: HMAC-SHA256 (RFC 2104). */
export function createSignedUrl(
  path: string,
  options: SignedUrlOptions,
  [key]: UrlSigningKeys,
  origin?: string | undefined,
): string {
  checkKeys('signedUrl', options, ['query', 'hash', 'absolute', 'expiresIn', 'once'])
  const { expiresIn, once = false, query, hash, absolute } = options
  if (typeof once !== 'boolean') throw invalidType("signedUrl: option 'once'", 'a boolean', once)
  const own = query === undefined ? '' : serializeQuery(query, 'signedUrl')
  checkOwnParameters(own)
  const claims = serializeQuery(
    { [EXPIRES]: expiryOf(expiresIn), [ONCE]: once ? randomUUID() : undefined },
    'signedUrl',
  )
  const signed = [own, claims].filter((part) => part !== '').join('&')
  const parameters = signed === '' ? [] : parseParameters(signed)
  if (parameters === undefined) {
    throw invalidRange('signedUrl: query', `at most ${MAX_PARAMETERS} parameters`, query)
  }
  const signature = signatureOf(withCapitalEscapes(path), parameters, key)
  return appendUrlParts(
    `${path}?${signed}${signed === '' ? '' : '&'}${SIGNATURE}=${signature}`,
    { hash, absolute },
    origin,
    'signedUrl',
  )
}

/** `a[b]` and `[a]` belong to the parameter `a`: Express's nested parser reads them together. */
function checkOwnParameters(query: string): void {
  for (const [name] of query === '' ? [] : (parseParameters(query) ?? [])) {
    const [root = ''] = name.split(/[[\]]/).filter((part) => part !== '')
    if (SIGNATURE_PARAMETERS.has(root)) {
      throw invalidRange(`signedUrl: query parameter ${showValue(name)}`, 'left to the signature', name)
    }
  }
}

function expiryOf(expiresIn: Duration | undefined): number | undefined {
  if (expiresIn === undefined) return undefined
  const lifetimeMs = durationMs(expiresIn, "signedUrl: option 'expiresIn'")
  if (!(lifetimeMs > 0)) throw invalidRange("signedUrl: option 'expiresIn'", 'more than 0 seconds', expiresIn)
  return Math.ceil((Date.now() + lifetimeMs) / 1000)
}

/**
 * Verifies a path and query at a time in seconds. A URL whose query two parsers read differently is invalid.
 * `isIgnored` names parameters that others add; they count only if the signature covers them.
 */
export function verifySignature(
  url: string,
  now: number,
  signer: UrlSigner,
  isIgnored: (name: string) => boolean,
): Verdict {
  const start = url.indexOf('?')
  const parameters = start < 0 ? undefined : parseParameters(url.slice(start + 1), isIgnored)
  if (parameters === undefined) return { result: 'invalid' }
  const values = new Map<string, string>()
  for (const [name, value] of parameters) {
    if (!SIGNATURE_PARAMETERS.has(name)) continue
    if (values.has(name)) return { result: 'invalid' }
    values.set(name, value)
  }
  const signature = values.get(SIGNATURE)
  if (signature === undefined) return { result: 'invalid' }
  const signed = parameters.filter(([name]) => name !== SIGNATURE)
  const own = signed.filter(([name]) => SIGNATURE_PARAMETERS.has(name) || !isIgnored(name))
  const ignored = signed.length - own.length
  const readings = ignored === 0 || ignored > MAX_IGNORED ? [signed] : [signed, own]
  const path = withCapitalEscapes(url.slice(0, start))
  const isSigned = (spelling: string): boolean =>
    readings.some((each) => signer.keys.some((key) => equalInConstantTime(signature, signatureOf(spelling, each, key))))
  const isGenuine = isSigned(path) || isSignedEncoded(path, signer, isSigned)
  if (!isGenuine) return { result: 'invalid' }
  const expires = values.get(EXPIRES)
  if (expires !== undefined && !(Number(expires) > now)) return { result: 'expired' }
  return {
    result: 'valid',
    expires: expires === undefined ? undefined : Number(expires),
    once: values.get(ONCE),
  }
}

function signatureOf(path: string, parameters: readonly Parameter[], key: KeyObject): string {
  return createHmac('sha256', key)
    .update(`${path}\n${canonicalizeQuery(parameters)}`)
    .digest('base64url')
}

/** What stands in a parameter of a path only if something on the way has decoded the escape that the builder wrote. */
const DECODED = /[^\w\-.!~*'()%/]/

/** ASCII without the backslash, which some clients and parsers take for a slash. */
const PLAIN_TEXT = /^[\x20-\x5b\x5d-\x7e]*$/

/**
 * Whether the signature covers a path whose escapes something on the way has decoded, such as `%40` (nginx does so if
 * `proxy_pass` has a URI). Routers match before they decode, so every path of the table has to read the received one as it
 * reads the signed one.
 */
function isSignedEncoded(path: string, { base, expressions }: UrlSigner, isSigned: (path: string) => boolean): boolean {
  if (!DECODED.test(path) || !PLAIN_TEXT.test(path) || path.length > MAX_MATCHED_LENGTH) return false
  const start = path.startsWith(base) ? base.length : 0
  const received = path.slice(start)
  const first = expressions.find((expression) => expression.test(received))
  if (first === undefined) return false
  const signed = encodeCaptures(first, received)
  return (
    signed !== undefined &&
    isSigned(path.slice(0, start) + signed) &&
    expressions.every((expression) => isDeepStrictEqual(readBy(expression, received), readBy(expression, signed)))
  )
}

/** What an expression captures, as the builder writes it. `undefined`: the path does not match. */
function readBy(expression: RegExp, path: string): readonly (string | undefined)[] | undefined {
  return expression
    .exec(path)
    ?.slice(1)
    .map((text: string | undefined) => text && encodeDecoded(text))
}

/**
 * A path that an expression matches, with what it captures as the builder writes it. `undefined` if the text of the route has
 * such a character itself: which of two the router takes for that text depends on its release.
 */
function encodeCaptures({ source, flags }: RegExp, path: string): string | undefined {
  const captures = new RegExp(source, `${flags}d`).exec(path)?.indices?.slice(1) ?? []
  let written = ''
  let text = ''
  let end = 0
  for (const capture of captures) {
    if (capture === undefined || capture[0] < end) continue // left out, or inside the capture before
    const before = path.slice(end, capture[0])
    text += before
    written += before + encodeDecoded(path.slice(...capture))
    end = capture[1]
  }
  return DECODED.test(text + path.slice(end)) ? undefined : written + path.slice(end)
}

/** Escapes what is not escaped. */
function encodeDecoded(text: string): string {
  return text.replace(/[^%/]+/g, encodeURIComponent)
}

/** Proxies and clients change the case of hex digits (RFC 3986 §6.2.2.1). */
function withCapitalEscapes(path: string): string {
  return path.replace(/%[\da-f]{2}/gi, (each) => each.toUpperCase())
}

/** In one order and spelling: clients and proxies change both. Bracket names depend on the order, so they keep it. */
function canonicalizeQuery(parameters: readonly Parameter[]): string {
  const hasBrackets = parameters.some(([name]) => /[[\]]/.test(name))
  const ordered = hasBrackets ? parameters : [...parameters].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return ordered.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')
}

/**
 * The parameters of a query on which `querystring`, `qs` and `URLSearchParams` agree; `undefined` for any other query.
 * They disagree on malformed escapes, on empty and surplus parameters, and on a second `=`. With options of its own, a
 * parser also reads `;` as `&`, and the values of a list between commas. `signedUrl` escapes both.
 */
function parseParameters(query: string, isIgnored: (name: string) => boolean = () => false): Parameter[] | undefined {
  if (!/^[\x21-\x3a\x3c-\x7e]+$/.test(query)) return undefined
  const pairs = query.split('&', MAX_PARAMETERS + 1)
  if (pairs.length > MAX_PARAMETERS) return undefined
  const parameters: Parameter[] = []
  for (const pair of pairs) {
    const [name, value, ...others] = pair.split('=', 3)
    if (name === undefined || value === undefined || others.length > 0) return undefined
    try {
      const parameter = [decodeFormText(name), decodeFormText(value)] as const
      if (pair.includes(',') && !isIgnored(parameter[0])) return undefined
      parameters.push(parameter)
    } catch {
      return undefined
    }
  }
  return parameters
}

function decodeFormText(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '))
}
