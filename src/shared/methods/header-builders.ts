import { isDate } from 'node:util/types'
import { checkKeys } from '../checks/check-keys.js'
import { type Duration, durationMs } from '../checks/duration.js'
import { invalidRange, invalidType } from '../checks/errors.js'
import { sendEarlyHints } from '../exchange/early-hints.js'
import { EXCHANGE } from '../exchange/exchange.js'
import {
  type CacheControlOptions,
  type CacheDirectives,
  cacheControlField,
  serializeCacheControl,
} from '../fields/cache-control.js'
import { type DeprecationInit, serializeDeprecation } from '../fields/deprecation.js'
import { quoteEntityTag } from '../fields/entity-tag.js'
import { checkHttpDate, formatHttpDate } from '../fields/http-date.js'
import { type LinkAttributes, serializeLink } from '../fields/link.js'
import { addMember } from '../fields/member-list.js'
import { isToken } from '../fields/quoted-string.js'
import { type ServerTimingOptions, serializeServerTiming } from '../fields/server-timing.js'
import type { KitTarget } from './target.js'

/** The methods that build one field. */
export interface HeaderBuilders {
  /**
   * Sets `Cache-Control` (RFC 9111, RFC 5861, RFC 8246), in place of a staged one.
   * @param directives Directives, or the value itself. Durations are in seconds, or carry their unit.
   * @param options `target`: a field for one kind of cache, such as `CDN-Cache-Control` (RFC 9213). Default `Cache-Control`.
   * @throws TypeError or RangeError `INVALID_FIELD` for a bad directive, `INVALID_OPTION` for an unknown one.
   * @example res.cacheControl({ public: true, maxAge: '1h', staleWhileRevalidate: 60 })
   */
  cacheControl(directives: CacheDirectives | string, options?: CacheControlOptions): this
  /**
   * Adds a link to `Link` (RFC 8288). The target is percent-encoded as needed.
   *
   * @param target A URL, absolute or not.
   * @param attributes `rel` is needed.
   * @throws TypeError `INVALID_FIELD` for a bad target or value, `INVALID_OPTION` for an unknown attribute.
   * @example
   * res.link('/page/2', { rel: 'next' })
   */
  link(target: string | URL, attributes: LinkAttributes): this
  /**
   * Adds a `rel="preload"` link. A font gets `crossorigin`, as browsers demand.
   *
   * @param target A URL, absolute or not.
   * @param attributes `as` is needed.
   * @throws TypeError `INVALID_FIELD` for a bad target or value, `INVALID_OPTION` for an unknown attribute.
   * @example
   * res.preload('/app.css', { as: 'style' })
   */
  preload(target: string | URL, attributes: PreloadAttributes): this
  /**
   * Sends a 103 with the links that are staged so far (RFC 8297), unless the client speaks HTTP/1.0. They stay on the
   * response.
   *
   * @throws Nothing: a client that cannot get it gets none.
   * @example
   * res.preload('/app.css', { as: 'style' }).earlyHints()
   */
  earlyHints(): this
  /**
   * Adds a metric to `Server-Timing` (W3C Server Timing).
   *
   * @param name A token, such as `db`.
   * @param options `durationMs` in milliseconds, and `description`.
   * @throws TypeError or RangeError `INVALID_FIELD` for a bad name or value, `INVALID_OPTION` for an unknown option.
   * @example
   * res.serverTiming('db', { durationMs: 12.5, description: 'users' })
   */
  serverTiming(name: string, options?: ServerTimingOptions): this
  /**
   * Sets `Content-Language` (RFC 9110 §8.5): one language tag or several.
   *
   * @param tags Language tags, such as `en-GB`.
   * @throws TypeError `INVALID_FIELD` for what is no language tag, and for none at all.
   * @example
   * res.contentLanguage('de', 'en-GB')
   */
  contentLanguage(...tags: string[]): this
  /**
   * Sets `Retry-After` (RFC 9110 §10.2.3): seconds, a duration with its unit such as `'30s'`, or a Date.
   *
   * @param when Seconds, a duration with its unit, or a Date.
   * @throws TypeError or RangeError `INVALID_FIELD` for anything else.
   * @example
   * res.setStatus(503).retryAfter('30s').empty()
   */
  retryAfter(when: Duration | Date): this
  /**
   * Sets `Allow` (RFC 9110 §10.2.1): the methods of the resource. None at all is allowed too.
   *
   * @param methods Names of methods, such as `GET`.
   * @throws TypeError `INVALID_FIELD` for what is no name of a method.
   * @example
   * res.setStatus(405).allow('GET', 'HEAD').empty()
   */
  allow(...methods: string[]): this
  /**
   * Sets `Clear-Site-Data`: what the browser forgets of this site. Without arguments everything.
   *
   * @param types What is cleared. Default `*`.
   * @throws TypeError `INVALID_FIELD` for another type.
   * @example
   * res.clearSiteData('cookies', 'storage').redirectTo('home')
   */
  clearSiteData(...types: SiteData[]): this
  /**
   * Sets `Last-Modified` (RFC 9110 §8.8.2). A time in the future counts as now. It counts for the preconditions of the
   * body.
   *
   * @param date The time of the last change.
   * @throws TypeError or RangeError `INVALID_FIELD` for no valid Date.
   * @example
   * res.setLastModified(post.changedAt).html(page)
   */
  setLastModified(date: Date): this
  /**
   * Sets `ETag` (RFC 9110 §8.8.3), in quotes or without. It counts for the preconditions of the body.
   *
   * @param tag An entity-tag, quoted or to be quoted.
   * @param options `weak`.
   * @throws TypeError `INVALID_FIELD` for a bad tag, `INVALID_OPTION` for a wrong option.
   * @example
   * res.setEtag('v17', { weak: true }).html(page)
   */
  setEtag(tag: string, options?: EtagOptions): this
  /**
   * Says that the resource is deprecated: `Deprecation` (RFC 9745), `Sunset` (RFC 8594), and a link with
   * `rel="deprecation"` beside the links that are staged.
   *
   * @param init `since` is needed.
   * @throws TypeError or RangeError `INVALID_OPTION` for no valid Date, or for a `sunset` before `since`.
   * @example
   * res.deprecation({ since: new Date('2026-01-01'), sunset: new Date('2026-07-01'), link: '/docs/v2' })
   */
  deprecation(init: DeprecationInit): this
}

/** Options of `setEtag()`. */
export interface EtagOptions {
  /** Whether the tag is weak: equal content, but not the same bytes. Default `false`. */
  readonly weak?: boolean
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

// The shape of a language-tag (RFC 5646 §2.1).
const LANGUAGE_TAG = /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,20}$/

export const headerBuilders: HeaderBuilders & ThisType<KitTarget & HeaderBuilders> = {
  cacheControl(directives, options) {
    this[EXCHANGE].facts.res.setHeader(cacheControlField(options), serializeCacheControl(directives))
    return this
  },
  link(target, attributes) {
    const { res } = this[EXCHANGE].facts
    res.setHeader('Link', addMember(res.getHeader('Link'), serializeLink('link', target, attributes)))
    return this
  },
  preload(target, attributes) {
    if (attributes?.as === undefined)
      throw invalidType('preload: as', "given, such as 'style'", undefined, 'INVALID_FIELD')
    const crossorigin = attributes.crossorigin ?? (attributes.as === 'font' || undefined)
    const { res } = this[EXCHANGE].facts
    const link = serializeLink('preload', target, { ...attributes, crossorigin, rel: 'preload' })
    res.setHeader('Link', addMember(res.getHeader('Link'), link))
    return this
  },
  earlyHints() {
    sendEarlyHints(this[EXCHANGE])
    return this
  },
  serverTiming(name, options) {
    const { res } = this[EXCHANGE].facts
    const metric = serializeServerTiming(name, options)
    res.setHeader('Server-Timing', addMember(res.getHeader('Server-Timing'), metric))
    return this
  },
  contentLanguage(...tags) {
    const isTag = (tag: unknown) => typeof tag === 'string' && LANGUAGE_TAG.test(tag)
    checkEach('contentLanguage: tag', "a language tag such as 'en-GB'", tags, isTag)
    if (tags.length === 0) throw invalidType('contentLanguage: tags', 'one language tag or more', tags, 'INVALID_FIELD')
    this[EXCHANGE].facts.res.setHeader('Content-Language', tags.join(', '))
    return this
  },
  retryAfter(when) {
    this[EXCHANGE].facts.res.setHeader('Retry-After', serializeRetryAfter(when))
    return this
  },
  allow(...methods) {
    checkEach('allow: method', 'a method name', methods, (name) => typeof name === 'string' && isToken(name))
    this[EXCHANGE].facts.res.setHeader('Allow', methods.join(', '))
    return this
  },
  clearSiteData(...types) {
    const isKnown = (type: unknown) => (SITE_DATA as readonly unknown[]).includes(type)
    checkEach('clearSiteData: type', SITE_DATA.join(', '), types, isKnown)
    const list = types.length === 0 ? ['*'] : types
    this[EXCHANGE].facts.res.setHeader('Clear-Site-Data', list.map((each) => `"${each}"`).join(', '))
    return this
  },
  setLastModified(date) {
    // Never later than the response itself (RFC 9110 §8.8.2.1).
    const time = Math.min(checkHttpDate('setLastModified: date', date, 'INVALID_FIELD'), Date.now())
    this[EXCHANGE].facts.res.setHeader('Last-Modified', formatHttpDate(time))
    return this
  },
  setEtag(tag, options) {
    const quoted = typeof tag === 'string' ? quoteEntityTag(tag) : undefined
    if (quoted === undefined) {
      throw invalidType('setEtag: tag', 'an entity-tag, quoted or to be quoted', tag, 'INVALID_FIELD')
    }
    const isWeak = readWeak(options) && !quoted.startsWith('W/')
    this[EXCHANGE].facts.res.setHeader('ETag', isWeak ? `W/${quoted}` : quoted)
    return this
  },
  deprecation(init) {
    const { deprecation, sunset, link } = serializeDeprecation(init)
    const { res } = this[EXCHANGE].facts
    res.setHeader('Deprecation', deprecation)
    if (sunset !== undefined) res.setHeader('Sunset', sunset)
    if (link !== undefined) res.setHeader('Link', addMember(res.getHeader('Link'), link))
    return this
  },
}

function readWeak(options: EtagOptions = {}): boolean {
  checkKeys('setEtag()', options, ['weak'])
  const { weak = false } = options
  if (typeof weak !== 'boolean') throw invalidType("setEtag: option 'weak'", 'a boolean', weak, 'INVALID_OPTION')
  return weak
}

function serializeRetryAfter(when: Duration | Date): string {
  if (isDate(when)) return formatHttpDate(checkHttpDate('retryAfter: when', when, 'INVALID_FIELD'))
  const seconds = Math.ceil(durationMs(when, 'retryAfter: when', 'INVALID_FIELD') / 1000)
  if (seconds < 0) throw invalidRange('retryAfter: when', '0 or more', when, 'INVALID_FIELD')
  return `${seconds}`
}

function checkEach(subject: string, expected: string, list: unknown[], isValid: (value: unknown) => boolean): void {
  for (const each of list) if (!isValid(each)) throw invalidType(subject, expected, each, 'INVALID_FIELD')
}
