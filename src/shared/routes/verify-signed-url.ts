import { describeProblemByAccept } from '../bodies/problem-handler/send-problem-of.js'
import { checkKeys } from '../checks/check-keys.js'
import { type Claims, isClaims } from '../checks/claims.js'
import {
  invalidRange,
  invalidSecretType,
  invalidType,
  notConfigured,
  ResponseKitError,
  toThrown,
} from '../checks/errors.js'
import { textsIn } from '../checks/iterator.js'
import { type Exchange, replacedError } from '../exchange/exchange.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import type { BodySource, ResponseDescription } from '../exchange/response-description.js'
import { clientUrl } from './client-url.js'
import { SIGNATURE_PARAMETERS, signerOf, verifySignature } from './signed-url.js'

/** Options of `verifySignedUrl()`. */
export interface VerifySignedUrlOptions {
  /**
   * Asked for a URL that was signed with `once: true`: claims that processes share, such as `redisClaims(client)`, or a
   * function. It answers `true` for the first request with this `id` and `false` for every other. It must remember the `id`
   * until `expires`. Default: none, and such a URL is an error with the code `NOT_CONFIGURED`.
   */
  readonly claim?: Claims | ((id: string, expires: Date | undefined) => boolean | Promise<boolean>)
  /**
   * Query parameters that mail services add, such as `['utm_*', 'fbclid']`: the signature need not cover them, at most 10.
   * A `*` at the end means any rest of the name. Default: none.
   */
  readonly ignore?: readonly string[]
}

/** Why a signed URL is refused. */
export type SignedUrlProblem = 'invalid' | 'expired' | 'used'

const MESSAGES: Readonly<Record<SignedUrlProblem, string>> = {
  invalid: 'This link is not valid.',
  expired: 'This link has expired.',
  used: 'This link has been used.',
}

/** A URL that `verifySignedUrl()` refuses: status 403, code `BAD_SIGNATURE`. */
export class SignedUrlError extends ResponseKitError {
  /** The name of the class, also if a minifier renames the class itself. */
  static override readonly name: string = 'SignedUrlError'
  /** Why the URL is refused. */
  readonly reason: SignedUrlProblem
  /** The signature is genuine, but its time is over. */
  readonly expired: boolean

  constructor(reason: SignedUrlProblem) {
    super('BAD_SIGNATURE', MESSAGES[reason], { status: 403 })
    this.reason = reason
    this.expired = reason === 'expired'
  }
}

/** What the middleware does with a request: it passes it on, answers it, or refuses it. */
export type SignedUrlVerdict =
  | { readonly result: 'pass' }
  | { readonly result: 'answer'; readonly description: ResponseDescription }
  | { readonly result: 'refuse'; readonly error: SignedUrlError }

export type SignedUrlCheck = (facts: RequestFacts) => Promise<SignedUrlVerdict>

/** Seconds by which the clocks of two processes may differ: by a slow clock the URL is valid for longer. */
const CLOCK_SKEW = 300

const PASS: SignedUrlVerdict = { result: 'pass' }

export function createSignedUrlCheck(options: VerifySignedUrlOptions): SignedUrlCheck {
  const { ignore = [] } = options
  const claim = readClaim(options.claim)
  const isIgnored = createNameFilter(ignore)
  return async (facts) => {
    const signer = signerOf(facts.settings.routes)
    if (signer === undefined) throw notConfigured('verifySignedUrl()', 'routes: defineRoutes(..., { secrets })')
    const verdict = verifySignature(clientUrl(facts), Date.now() / 1000, signer, isIgnored)
    if (verdict.result !== 'valid') return refuse(verdict.result)
    if (verdict.once === undefined) return PASS
    if (claim === undefined) throw notConfigured('verifySignedUrl(): a URL that can be used once', 'claim')
    // Link checkers send HEAD before a person follows the link: it must neither claim the URL nor run the handler.
    if (facts.method === 'HEAD') return { result: 'answer', description: describeHead() }
    const expires = verdict.expires === undefined ? undefined : new Date((verdict.expires + CLOCK_SKEW) * 1000)
    const { once } = verdict
    return (await callApp(() => claim(once, expires))) === true ? PASS : refuse('used')
  }
}

/** Calls a function of the app. Whatever it throws is an error: a guard that fails lets no request pass. */
export async function callApp(call: () => unknown): Promise<unknown> {
  try {
    return await call()
  } catch (reason) {
    throw toThrown(reason)
  }
}

function readClaim(claim: unknown): ((id: string, expires: Date | undefined) => unknown) | undefined {
  if (claim === undefined) return undefined
  if (isClaims(claim)) return (id, expires) => claim.claim(id, expires)
  if (typeof claim === 'function') return (id, expires) => claim(id, expires)
  throw invalidSecretType(
    "verifySignedUrl: option 'claim'",
    'a function or an object with claim()',
    claim,
    'INVALID_OPTION',
  )
}

/** Checks the options of both frameworks; `onInvalid` has another signature in each. */
export function checkVerifyOptions(options: VerifySignedUrlOptions & { readonly onInvalid?: unknown }): void {
  checkKeys('verifySignedUrl()', options, ['claim', 'ignore', 'onInvalid'])
  const { onInvalid } = options
  if (onInvalid !== undefined && typeof onInvalid !== 'function') {
    throw invalidType("verifySignedUrl: option 'onInvalid'", 'a function', onInvalid, 'INVALID_OPTION')
  }
}

/** Answers in place of the app, unless other code has answered while the check waited for its store. */
export function answerForApp(exchange: Exchange, description: ResponseDescription): void {
  const { aborted } = exchange.facts
  if (exchange.isAnswered) exchange.report(replacedError(exchange.facts), aborted)
  else exchange.finish(description)
}

/** The answer for a refused URL: a page if the client prefers HTML, else problem details. */
export function describeRefusal(facts: RequestFacts, { status, message }: SignedUrlError): ResponseDescription {
  return describeProblemByAccept(facts, { status, detail: message })
}

function refuse(reason: SignedUrlProblem): SignedUrlVerdict {
  return { result: 'refuse', error: new SignedUrlError(reason) }
}

/** The length of the GET's answer is unknown, so the answer announces none (RFC 9110 §8.6). */
function describeHead(): ResponseDescription {
  return { status: 200, fields: [], defaults: [], body: UNKNOWN_BODY }
}

const UNKNOWN_BODY: BodySource = {
  open: () => '',
  cancel: () => undefined,
}

function createNameFilter(patterns: readonly string[]): (name: string) => boolean {
  const subject = "verifySignedUrl: option 'ignore'"
  const list = textsIn(patterns)
  if (list === undefined) {
    throw invalidType(subject, "a list of parameter names such as 'utm_*'", patterns, 'INVALID_OPTION')
  }
  const names = new Set<string>()
  const prefixes: string[] = []
  for (const pattern of list) {
    const star = pattern.indexOf('*')
    const name = star < 0 ? pattern : pattern.slice(0, star)
    if (name === '' || (star >= 0 && star !== pattern.length - 1)) {
      throw invalidRange(subject, "names, or beginnings of names with '*' at the end", pattern, 'INVALID_OPTION')
    }
    const isReserved =
      star < 0 ? SIGNATURE_PARAMETERS.has(name) : [...SIGNATURE_PARAMETERS].some((each) => each.startsWith(name))
    if (isReserved) throw invalidRange(subject, 'other names than those of the signature', pattern, 'INVALID_OPTION')
    if (star < 0) names.add(name)
    else prefixes.push(name)
  }
  return (name) => names.has(name) || prefixes.some((prefix) => name.startsWith(prefix))
}
