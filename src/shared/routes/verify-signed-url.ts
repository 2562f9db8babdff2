import { describeProblem } from '../bodies/problem.js'
import { checkKeys } from '../checks/check-keys.js'
import { invalidType, notConfigured } from '../checks/errors.js'
import type { Exchange } from '../exchange/exchange.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { type SigningTable, signingOf } from './signing-table.js'
import { verifyUrl } from './url-signer.js'

export interface VerifySignedUrlOptions {
  /**
   * Called for a URL signed with `once: true`: true for the first who asks, as `SET id NX` of a store tells. `expires`
   * says until when the identifier has to be remembered.
   */
  readonly claim?: (id: string, expires: Date | undefined) => boolean | Promise<boolean>
}

/** Judges the request's URL: nothing where it is genuine, else the 403 to answer with. */
export type SignedUrlCheck = (exchange: Exchange) => Promise<ResponseDescription | undefined>

export function createSignedUrlCheck(options: VerifySignedUrlOptions = {}): SignedUrlCheck {
  checkKeys('verifySignedUrl()', options, ['claim'])
  const { claim } = options
  if (claim !== undefined && typeof claim !== 'function') {
    throw invalidType("verifySignedUrl: option 'claim'", 'a function', claim, 'INVALID_OPTION')
  }
  return async (exchange) => {
    const table = signingOf(exchange.settings.routes)
    if (table === undefined) throw notConfigured('verifySignedUrl()', 'routes: defineRoutes(..., { secrets })')
    const [path, query] = splitTarget(exchange, table)
    const verdict = verifyUrl(path, query, Date.now() / 1000, table.secrets)
    if (verdict.result !== 'valid') return forbidden(exchange, verdict.result)
    if (verdict.once === undefined) return undefined
    if (claim === undefined) throw notConfigured('verifySignedUrl(): a URL that can be used once', 'claim')
    // Link checkers send HEAD before anybody follows the link.
    if (exchange.method === 'HEAD') return undefined
    const expires = verdict.expires === undefined ? undefined : new Date(verdict.expires * 1000)
    return (await claim(verdict.once, expires)) === true ? undefined : forbidden(exchange, 'used')
  }
}

/** Below where the app is mounted and what a proxy may or may not have taken off: as the table has signed it. */
function splitTarget({ url, routeBase }: Exchange, { base }: SigningTable): readonly [path: string, query: string] {
  const [target = ''] = url.split('#', 1)
  const start = target.indexOf('?')
  const path = start < 0 ? target : target.slice(0, start)
  const query = start < 0 ? '' : target.slice(start + 1)
  const prefix = [base + routeBase, routeBase].find(
    (each) => each !== '' && (path === each || path.startsWith(`${each}/`)),
  )
  return [prefix === undefined ? path : path.slice(prefix.length) || '/', query]
}

const DETAILS = {
  invalid: 'This link is not valid.',
  expired: 'This link has expired.',
  used: 'This link has been used.',
} as const

function forbidden(exchange: Exchange, reason: keyof typeof DETAILS): ResponseDescription {
  return describeProblem(exchange, { status: 403, detail: DETAILS[reason] })
}
