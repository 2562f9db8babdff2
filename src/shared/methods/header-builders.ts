import { type Duration, durationMs } from '../checks/duration.js'
import { invalidRange, invalidType } from '../checks/errors.js'
import { sendEarlyHints } from '../exchange/early-hints.js'
import { EXCHANGE } from '../exchange/exchange.js'
import { type CacheDirectives, serializeCacheControl } from '../fields/cache-control.js'
import { isEntityTag } from '../fields/entity-tag.js'
import { formatHttpDate } from '../fields/http-date.js'
import { type LinkAttributes, serializeLink } from '../fields/link.js'
import { addMember } from '../fields/member-list.js'
import { isToken } from '../fields/quoted-string.js'
import { type ServerTimingOptions, serializeServerTiming } from '../fields/server-timing.js'
import type { KitTarget } from './target.js'

/** The methods that build one field. */
export interface HeaderBuilders {
  /** `Cache-Control` (RFC 9111, 5861, 8246), in place of a staged one: directives, or the value itself. */
  cacheControl(directives: CacheDirectives | string): this
  /** Adds a link to `Link` (RFC 8288). The target is percent-encoded where it has to be. */
  link(target: string | URL, attributes: LinkAttributes): this
  /** Adds a `rel="preload"` link; a font is fetched with `crossorigin`, as browsers demand. */
  preload(target: string | URL, attributes: PreloadAttributes): this
  /** Sends a 103 with the links staged so far, where the client may get one (RFC 8297). They stay on the response. */
  earlyHints(): this
  /** Adds a metric to `Server-Timing`. */
  serverTiming(name: string, options?: ServerTimingOptions): this
  /** `Content-Language` (RFC 9110 §8.5): one language tag or several. */
  contentLanguage(...tags: string[]): this
  /** `Retry-After` (RFC 9110 §10.2.3): seconds, `'30s' '5m'`, or a Date. */
  retryAfter(when: Duration | Date): this
  /** `Allow` (RFC 9110 §10.2.1): the methods of the resource; none at all is a legal value too. */
  allow(...methods: string[]): this
  /** `Clear-Site-Data`: what the browser is to forget of this site; without arguments everything. */
  clearSiteData(...types: SiteData[]): this
  /** `Last-Modified` (RFC 9110 §8.8.2); a time to come counts as now. Preconditions of the body see it. */
  setLastModified(date: Date): this
  /** `ETag` (RFC 9110 §8.8.3): quoted, or to be quoted. Preconditions of the body see it. */
  setEtag(tag: string, options?: { readonly weak?: boolean }): this
}

/** Attributes of a `preload` link: `as` is needed, `rel` is given. */
export type PreloadAttributes = Omit<LinkAttributes, 'rel' | 'as'> & Required<Pick<LinkAttributes, 'as'>>

/** What a browser can clear of a site (Clear Site Data §3.1); `*` is all of it. */
export type SiteData =
  | 'cache'
  | 'cookies'
  | 'storage'
  | 'executionContexts'
  | 'clientHints'
  | 'prefetchCache'
  | 'prerenderCache'
  | '*'

const SITE_DATA: readonly SiteData[] = [
  'cache',
  'cookies',
  'storage',
  'executionContexts',
  'clientHints',
  'prefetchCache',
  'prerenderCache',
  '*',
]

// language-tag (RFC 5646 §2.1), as far as its shape goes.
const LANGUAGE_TAG = /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,20}$/

export const headerBuilders: HeaderBuilders & ThisType<KitTarget & HeaderBuilders> = {
  cacheControl(directives) {
    this[EXCHANGE].res.setHeader('Cache-Control', serializeCacheControl(directives))
    return this
  },
  link(target, attributes) {
    const { res } = this[EXCHANGE]
    res.setHeader('Link', addMember(res.getHeader('Link'), serializeLink('link', target, attributes)))
    return this
  },
  preload(target, attributes) {
    if (attributes?.as === undefined)
      throw invalidType('preload: as', "given, such as 'style'", undefined, 'INVALID_FIELD')
    const crossorigin = attributes.crossorigin ?? (attributes.as === 'font' || undefined)
    const { res } = this[EXCHANGE]
    const link = serializeLink('preload', target, { ...attributes, crossorigin, rel: 'preload' })
    res.setHeader('Link', addMember(res.getHeader('Link'), link))
    return this
  },
  earlyHints() {
    sendEarlyHints(this[EXCHANGE])
    return this
  },
  serverTiming(name, options) {
    const { res } = this[EXCHANGE]
    const metric = serializeServerTiming(name, options)
    res.setHeader('Server-Timing', addMember(res.getHeader('Server-Timing'), metric))
    return this
  },
  contentLanguage(...tags) {
    const isTag = (tag: unknown) => typeof tag === 'string' && LANGUAGE_TAG.test(tag)
    checkEach('contentLanguage: tag', "a language tag such as 'en-GB'", tags, isTag)
    if (tags.length === 0) throw invalidType('contentLanguage: tags', 'one language tag or more', tags, 'INVALID_FIELD')
    this[EXCHANGE].res.setHeader('Content-Language', tags.join(', '))
    return this
  },
  retryAfter(when) {
    this[EXCHANGE].res.setHeader('Retry-After', serializeRetryAfter(when))
    return this
  },
  allow(...methods) {
    checkEach('allow: method', 'a method name', methods, (name) => typeof name === 'string' && isToken(name))
    this[EXCHANGE].res.setHeader('Allow', methods.join(', '))
    return this
  },
  clearSiteData(...types) {
    const isKnown = (type: unknown) => (SITE_DATA as readonly unknown[]).includes(type)
    checkEach('clearSiteData: type', SITE_DATA.join(', '), types, isKnown)
    const list = types.length === 0 ? ['*'] : types
    this[EXCHANGE].res.setHeader('Clear-Site-Data', list.map((each) => `"${each}"`).join(', '))
    return this
  },
  setLastModified(date) {
    // RFC 9110 §8.8.2.1: never later than the response itself.
    const time = Math.min(checkDate('setLastModified: date', date), Date.now())
    this[EXCHANGE].res.setHeader('Last-Modified', formatHttpDate(time))
    return this
  },
  setEtag(tag, options) {
    const quoted = typeof tag !== 'string' || /^(?:W\/)?"/.test(tag) ? tag : `"${tag}"`
    if (typeof tag !== 'string' || !isEntityTag(quoted)) {
      throw invalidType('setEtag: tag', 'an entity-tag, quoted or to be quoted', tag, 'INVALID_FIELD')
    }
    const isWeak = options?.weak === true && !quoted.startsWith('W/')
    this[EXCHANGE].res.setHeader('ETag', isWeak ? `W/${quoted}` : quoted)
    return this
  },
}

function serializeRetryAfter(when: Duration | Date): string {
  if (when instanceof Date) return formatHttpDate(checkDate('retryAfter: when', when))
  const seconds = Math.ceil(durationMs(when, 'retryAfter: when', 'INVALID_FIELD') / 1000)
  if (seconds < 0) throw invalidRange('retryAfter: when', '0 or more', when, 'INVALID_FIELD')
  return `${seconds}`
}

/** An HTTP-date has four digits of year (RFC 9110 §5.6.7). */
function checkDate(subject: string, date: Date): number {
  const year = date instanceof Date ? date.getUTCFullYear() : Number.NaN
  if (year >= 0 && year <= 9999) return date.getTime()
  throw invalidType(subject, 'a valid Date', date, 'INVALID_FIELD')
}

function checkEach(subject: string, expected: string, list: unknown[], isValid: (value: unknown) => boolean): void {
  for (const each of list) if (!isValid(each)) throw invalidType(subject, expected, each, 'INVALID_FIELD')
}
