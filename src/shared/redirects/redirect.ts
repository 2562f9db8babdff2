import { STATUS_CODES } from 'node:http'
import { invalidRange, invalidType } from '../checks/errors.js'
import type { Exchange } from '../exchange/exchange.js'
import type { View } from '../exchange/host-types.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import type { FieldLine, ResponseDescription } from '../exchange/response-description.js'
import { serializeLocation } from '../fields/location.js'
import { resolveRedirect, type UrlParts } from '../routes/resolve-route.js'
import type { RouteParameters } from '../routes/route-source.js'
import { afterSession } from './save-session.js'

/** Options of a redirect. */
export interface RedirectOptions {
  /** 300 to 308, except 304. Default: a staged redirect status, else 302 after GET and HEAD and 303 after every other method. */
  readonly status?: number | undefined
}

/** Options of `redirectTo`. */
export interface RedirectToOptions extends UrlParts, RedirectOptions {}

/** Visible ASCII needs no encoding. A URL of this kind stays as it is, even if it is encoded wrongly. */
const ENCODED = /^[\x21-\x5b\x5d-\x7e]+$/

/** A redirect to a named route or a view. It is a promise if a session has to be stored first. */
export function describeRedirectTo(
  exchange: Exchange,
  target: string | View,
  parameters?: RouteParameters,
  options: RedirectToOptions = {},
): ResponseDescription | Promise<ResponseDescription> {
  const { facts } = exchange
  const url = resolveRedirect(facts, target, parameters, options)
  const description = ENCODED.test(url)
    ? describeEncodedRedirect(facts, url, options.status, 'redirectTo')
    : describeRedirect(facts, url, options, 'redirectTo')
  return afterSession(exchange, description)
}

/** A redirect to a URL as it is given (RFC 9110 §15.4). `call` names the caller's own call in an error. */
export function describeRedirect(
  facts: RequestFacts,
  location: string,
  { status }: RedirectOptions = {},
  call = 'redirect',
): ResponseDescription {
  if (typeof location !== 'string') throw invalidType(`${call}: location`, 'a string', location)
  const target = serializeLocation(location)
  if (target === undefined) {
    throw invalidRange(`${call}: location`, 'a URL without control characters, not beginning with //', location)
  }
  return describeEncodedRedirect(facts, target, status, call)
}

/** The same for a URL that is percent-encoded already, even wrongly. Encoded again, `/100%` would be another page. */
export function describeEncodedRedirect(
  facts: RequestFacts,
  target: string,
  status: number | undefined,
  call: string,
): ResponseDescription {
  const decided = redirectStatus(facts, status, call)
  return {
    status: decided,
    fields: [['Location', target], PLAIN_TEXT],
    defaults: NO_SNIFFING,
    body: `${STATUS_CODES[decided] ?? 'Redirect'}. Redirecting to ${withoutMarkup(target)}`,
  }
}

const PLAIN_TEXT: FieldLine = ['Content-Type', 'text/plain; charset=utf-8']
const NO_SNIFFING: readonly FieldLine[] = [['X-Content-Type-Options', 'nosniff']]

/** The body is plain text, and no client finds markup in it: these characters are encoded, as in every valid URL. */
function withoutMarkup(url: string): string {
  return url.replace(/[<>"']/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** Explicit > staged > inferred. RFC 9110 §15.4.4: after a 303 every client goes on with GET. */
export function redirectStatus(facts: RequestFacts, status: number | undefined, call = 'redirect'): number {
  if (status !== undefined) {
    if (isRedirectStatus(status)) return status
    throw invalidRange(`${call}: option 'status'`, 'a redirect status: 300 to 308, except 304', status)
  }
  const staged = facts.stagedStatus
  if (staged !== undefined && isRedirectStatus(staged)) return staged
  const { method } = facts
  return method === 'GET' || method === 'HEAD' ? 302 : 303
}

function isRedirectStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 300 && status <= 308 && status !== 304
}
