import { type InspectOptions, inspect } from 'node:util'
import type { HtmlBody } from '../bodies/html.js'
import type { TextBody } from '../bodies/memory-body.js'
import type { ValidatorOptions } from '../bodies/not-modified.js'
import type { ProblemDetails } from '../bodies/problem.js'
import type { TemplateOptions, TemplateVariables } from '../bodies/template.js'
import { checkKeys, isRecord } from '../checks/check-keys.js'
import { invalidType } from '../checks/errors.js'
import { checkStatus } from '../checks/status.js'
import { type CookieAttributes, checkCookieName } from '../cookies/cookie-attributes.js'
import type { CookieValue } from '../cookies/cookie-value.js'
import { type AfterSendTask, checkAfterSendTask } from '../exchange/after-send.js'
import type { View } from '../exchange/host-types.js'
import {
  type CacheControlOptions,
  type CacheDirectives,
  cacheControlField,
  serializeCacheControl,
} from '../fields/cache-control.js'
import { type DeprecationInit, serializeDeprecation } from '../fields/deprecation.js'
import { checkField, checkFieldName, type FieldsInit, type FieldValue } from '../fields/field-entries.js'
import { checkMediaType } from '../fields/media-type.js'
import { addMember } from '../fields/member-list.js'
import type { FileOptions } from '../files/file-options.js'
import type { FileSource } from '../files/file-source.js'
import type { ZipSource } from '../files/zip/zip-entries.js'
import type { ZipOptions } from '../files/zip/zip-options.js'
import type { JsonOptions } from '../json/json-options.js'
import type { BackCallOptions } from '../redirects/back.js'
import type { RedirectOptions, RedirectToOptions } from '../redirects/redirect.js'
import type { LoneRouteTarget, ResourceUrl, RouteTarget, RouteTargetParameters } from '../routes/register.js'
import { checkCreated } from '../routes/resolve-route.js'
import type { RouteParameters } from '../routes/route-source.js'
import type { CsvRow } from '../streams/csv.js'
import type { CsvOptions } from '../streams/csv-options.js'
import type { EventSourceOf, EventStreamOptions } from '../streams/event-stream.js'
import type { JsonStreamOptions } from '../streams/json-parts.js'
import type { JsonStreamSource } from '../streams/json-streams.js'
import type { SourceOf, StreamSource } from '../streams/stream-source.js'
import { bodyOf } from './body-of.js'
import type { Choices } from './choices.js'
import { prepareReply } from './prepare-reply.js'
import { createRecord } from './record.js'
import { releaseBody, releaseChoices, releaseReply, releaseValue } from './release-reply.js'
import { type BodyArguments, type BodyKind, type Bytes, createBody } from './reply-body.js'
import { dataOfReply, REPLY_BRAND } from './reply-brand.js'
import { createState, type ReplyState, readOwnStateBy } from './reply-state.js'
import { createWebResponse } from './web-response.js'

/** What every kind of `Reply` may be given beside its content. */
export interface ReplyInit {
  /** An integer from 200 to 999. Default: the status that the handler has staged, else 200, or 204 without content. */
  readonly status?: number
  /** Response fields: a record, a `Headers` or a `Map`. Default: none. */
  readonly headers?: FieldsInit
  /** Cookies by name; `setCookie` takes attributes as well. Default: none. */
  readonly cookies?: Readonly<Record<string, CookieValue>>
  /** Media type, in place of the inferred one. Default: what the body says. */
  readonly type?: string
}

export const REPLY_INIT: readonly (keyof ReplyInit)[] = ['status', 'headers', 'cookies', 'type']

let initialize: (reply: Reply, init: ReplyInit | undefined) => Reply

/** Puts status, fields and cookies on a reply. If one is refused, the streams of its body are closed. */
export function withInit(reply: Reply, init: ReplyInit | undefined): Reply {
  return initialize(reply, init)
}

/**
 * A response that is not sent yet. Build it anywhere, return it from a handler, test it without a server. The last body
 * set wins.
 *
 * @example
 * app.get('/', respond(() => new Reply('hello', { status: 201 }).setCookie('seen', '1')))
 */
export class Reply {
  readonly #state: ReplyState = createState()
  #headers: Record<string, FieldValue> | undefined
  #cookies: Record<string, CookieValue> | undefined

  static {
    readOwnStateBy((value) => (#state in value ? value.#state : undefined))
    initialize = (reply, init) => reply.#init(init)
    // No methods of the class, because they are not public: how it is shown, and how another copy of the package reads it.
    Object.defineProperties(Reply.prototype, {
      [inspect.custom]: { value: showReply },
      [REPLY_BRAND]: {
        value(this: Reply) {
          return dataOfReply(this.#state)
        },
      },
    })
  }

  /**
   * @param content A string (plain text), bytes, an iterable or stream, or any other value (JSON). None: no content.
   * @throws `INVALID_ARGUMENT` for content that cannot be sent, `INVALID_OPTION` for an unknown key of `init`.
   */
  constructor(content?: unknown, init?: ReplyInit) {
    this.#state.body = bodyOf('Reply', content)
    this.#init(init)
  }

  /** What the body is, by the name of its factory. `undefined`: there is no body. */
  get kind(): BodyKind | undefined {
    return this.#state.body?.kind
  }

  /** An integer from 200 to 999. `undefined`: what the handler has staged, else 200, or 204 without content. */
  get status(): number | undefined {
    return this.#state.status
  }

  set status(code: number) {
    checkStatus('Reply: status', code)
    this.#state.status = code
  }

  /** The fields as a record, in any letter case: set, read, `delete`, `in`, spread. */
  get headers(): Record<string, FieldValue> {
    this.#headers ??= createRecord<FieldValue>(this.#state.fields)
    return this.#headers
  }

  /** The cookies set here, as a record. `delete` takes a cookie back; `deleteCookie` expires it in the browser. */
  get cookies(): Record<string, CookieValue> {
    this.#cookies ??= createRecord<CookieValue>(this.#state.cookies)
    return this.#cookies
  }

  /** The body, if it is plain text. */
  get text(): TextBody | undefined {
    return this.#content('text') as TextBody | undefined // createBody() admits nothing else
  }

  set text(body: TextBody) {
    this.setText(body)
  }

  /** The body, if it is a page. */
  get html(): HtmlBody | undefined {
    return this.#content('html') as HtmlBody | undefined // createBody() admits nothing else
  }

  set html(body: HtmlBody) {
    this.setHtml(body)
  }

  /** The body, if it is bytes. */
  get bytes(): Bytes | undefined {
    return this.#content('bytes') as Bytes | undefined // createBody() admits nothing else
  }

  set bytes(data: Bytes) {
    this.setBytes(data)
  }

  /** The JSON value. An empty object appears on first touch; with a body of another kind, on the first assignment. */
  get json(): Record<string, unknown> {
    const state = this.#state
    if (state.body?.kind === 'json') return state.body.given[0] as Record<string, unknown> // what the caller gave
    const value: Record<string, unknown> = {}
    const body = createBody('json', value)
    state.body ??= body
    if (state.body === body) return value
    return new Proxy(value, {
      set: (target, key, member) => {
        if (state.body !== undefined && state.body !== body) releaseBody(state.body)
        state.body = body
        return Reflect.set(target, key, member)
      },
    })
  }

  set json(value: unknown) {
    this.setJson(value)
  }

  /** The source, if the body is streamed: an iterable, a generator, a stream, a Blob, or a function that makes one. */
  get streaming(): StreamSource | undefined {
    return this.#content('streaming') as StreamSource | undefined // createBody() admits nothing else
  }

  set streaming(source: StreamSource) {
    this.setStreaming(source)
  }

  /**
   * Sets the status.
   *
   * @param code An integer from 200 to 999.
   * @throws `INVALID_ARGUMENT` for any other value.
   * @example
   * reply.setStatus(201)
   */
  setStatus(code: number): this {
    this.status = code
    return this
  }

  /**
   * Sets a field, in place of the one it had (RFC 9110 §5).
   *
   * @param name In any letter case.
   * @param value A string, a number or a list of strings.
   * @throws TypeError `INVALID_FIELD` for a bad name or value.
   * @example
   * reply.setHeader('X-Request-Id', id)
   */
  setHeader(name: string, value: FieldValue): this {
    this.#state.fields.set(name, value, 'setHeader')
    return this
  }

  /**
   * Adds a field line (RFC 9110 §5.2).
   *
   * @param name In any letter case.
   * @param value A string, or a list of strings.
   * @throws TypeError `INVALID_FIELD` for a bad name or value.
   * @example
   * reply.appendHeader('Vary', 'Accept-Language')
   */
  appendHeader(name: string, value: string | readonly string[]): this {
    this.#state.fields.append(name, value, 'appendHeader')
    return this
  }

  /**
   * Sets several fields: a record, a `Headers` or a `Map`. `undefined` values are skipped.
   *
   * @param fields If one of them is bad, none is set.
   * @throws TypeError `INVALID_FIELD` for a bad name or value, `INVALID_ARGUMENT` for anything else.
   * @example
   * reply.setHeaders({ 'Cache-Control': 'no-store' })
   */
  setHeaders(fields: FieldsInit): this {
    this.#state.fields.setAll(fields, 'setHeaders')
    return this
  }

  /**
   * Removes a field from this reply.
   *
   * @param name In any letter case.
   * @throws TypeError `INVALID_FIELD` for a name that is no string.
   * @example
   * reply.deleteHeader('ETag')
   */
  deleteHeader(name: string): this {
    checkFieldName('deleteHeader', name)
    this.#state.fields.delete(name)
    return this
  }

  /**
   * The value of a field, in any letter case.
   *
   * @param name In any letter case.
   * @throws TypeError `INVALID_FIELD` for a name that is no string.
   * @example
   * const type = reply.getHeader('Content-Type')
   */
  getHeader(name: string): FieldValue | undefined {
    checkFieldName('getHeader', name)
    return this.#state.fields.get(name)
  }

  /**
   * Sets a cookie (RFC 6265). What depends on the settings of the app is checked when the reply is sent.
   *
   * @param name A token, in just these letters.
   * @param value A string, number, boolean, or a plain object or array.
   * @param attributes Default: `path` is `/`.
   * @throws `INVALID_COOKIE` for a bad name, value or attribute.
   * @example
   * reply.setCookie('theme', 'dark', { maxAge: '7d' })
   */
  setCookie(name: string, value: CookieValue, attributes?: CookieAttributes): this {
    checkCookieName(name, false)
    if (value === undefined) throw invalidType(`cookie '${name}': value`, 'a string, number, boolean or object', value)
    this.#state.cookies.stage(name, value, attributes)
    return this
  }

  /**
   * Expires a cookie that the client has.
   *
   * @param name The name of the cookie.
   * @param attributes `path` and `domain` that the cookie was set with.
   * @throws `INVALID_COOKIE` for a bad name or attribute.
   * @example
   * reply.deleteCookie('theme')
   */
  deleteCookie(name: string, attributes?: CookieAttributes): this {
    this.#state.cookies.stage(name, undefined, attributes)
    return this
  }

  /**
   * Sets a field if this reply has none of that name.
   *
   * @param name In any letter case.
   * @param value A string, a number or a list of strings.
   * @throws TypeError `INVALID_FIELD` for a bad name or value.
   * @example
   * reply.defaultHeader('Cache-Control', 'no-store')
   */
  defaultHeader(name: string, value: FieldValue): this {
    checkField('defaultHeader', name, value)
    return this.getHeader(name) === undefined ? this.setHeader(name, value) : this
  }

  /**
   * Sets `Cache-Control` (RFC 9111).
   *
   * @param directives Directives, or the value itself. Durations are in seconds, or carry their unit.
   * @param options `target`: a field for one kind of cache, such as `CDN-Cache-Control` (RFC 9213).
   * @throws TypeError or RangeError `INVALID_FIELD` for a bad directive, `INVALID_OPTION` for an unknown one.
   * @example
   * reply.cacheControl({ public: true, maxAge: '1h' })
   */
  cacheControl(directives: CacheDirectives | string, options?: CacheControlOptions): this {
    return this.setHeader(cacheControlField(options), serializeCacheControl(directives))
  }

  /**
   * Sets `Deprecation` (RFC 9745) and `Sunset` (RFC 8594), and adds a link with `rel="deprecation"`.
   *
   * @param init `since` is needed.
   * @throws TypeError or RangeError `INVALID_OPTION` for no valid Date, or for a `sunset` before `since`.
   * @example
   * reply.deprecation({ since: new Date('2026-01-01') })
   */
  deprecation(init: DeprecationInit): this {
    const { deprecation, sunset, link } = serializeDeprecation(init)
    this.setHeader('Deprecation', deprecation)
    if (sunset !== undefined) this.setHeader('Sunset', sunset)
    return link === undefined ? this : this.setHeader('Link', addMember(this.getHeader('Link'), link))
  }

  /**
   * Runs a task after the response has ended, each time that this reply is sent.
   *
   * @param task Gets `{ aborted, error }`.
   * @throws `INVALID_ARGUMENT` for what is no function.
   * @example
   * reply.afterSend(({ aborted }) => log(aborted ? 'left' : 'sent'))
   */
  afterSend(task: AfterSendTask): this {
    checkAfterSendTask(task)
    this.#state.tasks.push(task)
    return this
  }

  /**
   * Sends text, a string or bytes in UTF-8, as `text/plain; charset=utf-8`.
   *
   * @param body A string, or bytes in UTF-8.
   * @throws `INVALID_ARGUMENT` for anything else.
   * @example
   * new Reply().setText('created')
   */
  setText(body: TextBody): this {
    return this.#set('text', body)
  }

  /**
   * Sends a page as `text/html; charset=utf-8`: a string, bytes in UTF-8, or what the template tag `html` makes.
   *
   * @param body A string, bytes in UTF-8, or what the tag `html` makes.
   * @throws `INVALID_ARGUMENT` for anything else.
   * @example
   * new Reply().setHtml(html`<h1>${title}</h1>`)
   */
  setHtml(body: HtmlBody): this {
    return this.#set('html', body)
  }

  /**
   * Sends a value as `application/json; charset=utf-8`. It becomes text when the reply is sent.
   *
   * @param value What JSON can hold.
   * @param options How it is written.
   * @throws `INVALID_OPTION` for a bad option; when it is sent, `INVALID_ARGUMENT` for a value that JSON cannot hold.
   * @example
   * new Reply().setJson({ id: 7 }, { space: 2 })
   */
  setJson(value: unknown, options?: JsonOptions): this {
    return this.#set('json', value, options)
  }

  /**
   * Sends a Buffer, typed array or ArrayBuffer as `application/octet-stream`.
   *
   * @param data A Buffer, typed array or ArrayBuffer.
   * @throws `INVALID_ARGUMENT` for anything else.
   * @example
   * new Reply().setBytes(png)
   */
  setBytes(data: Bytes): this {
    return this.#set('bytes', data)
  }

  /**
   * Sends no content and no Content-Type. `status` defaults to the status of this reply, else 204.
   *
   * @param status An integer from 200 to 999.
   * @throws `INVALID_ARGUMENT` for any other status.
   * @example
   * new Reply().setEmpty(202)
   */
  setEmpty(status?: number): this {
    return this.#set('empty', status)
  }

  /**
   * Says with status 201 and Location (RFC 9110 §15.3.2) what the request has made.
   *
   * @param target A route's name, a view, or a URL.
   * @throws `INVALID_ARGUMENT` for a bad argument; when it is sent, `RouteNotFoundError` and `RouteParameterError`.
   * @example
   * new Reply().setCreated('/users/7')
   */
  setCreated<const Target extends string | View>(target: LoneRouteTarget<Target, ResourceUrl>): this
  /**
   * Says with status 201 and Location what the request has made, with the parameters of its route and a body.
   *
   * @param target A route's name, a view, or a URL.
   * @param parameters Those of the route.
   * @param body A string, bytes, an iterable or stream, or any other value (JSON). None: no content.
   * @throws `INVALID_ARGUMENT` for a bad argument; when it is sent, `RouteNotFoundError` and `RouteParameterError`.
   * @example
   * new Reply().setCreated('users.show', { id: 7 }, user)
   */
  setCreated<const Target extends string | View>(
    target: RouteTarget<Target, ResourceUrl>,
    parameters: RouteTargetParameters<Target>,
    body?: unknown,
  ): this
  setCreated(target: string | View, parameters?: RouteParameters, body?: unknown): this {
    const before = this.#state.body
    try {
      checkCreated(target, parameters)
      this.#state.body = bodyOf('created', body)
    } catch (error) {
      releaseValue(body) // the call is refused, but it owns the stream
      throw error
    }
    if (before !== undefined) releaseBody(before, this.#state.body)
    this.#state.made = [target, parameters]
    return this.setStatus(201)
  }

  /**
   * Sends problem details as `application/problem+json` (RFC 9457).
   *
   * @param details `status` is needed.
   * @throws `INVALID_ARGUMENT` for a bad status or member.
   * @example
   * new Reply().setProblem({ status: 404, detail: 'There is no such user.' })
   */
  setProblem(details: ProblemDetails): this {
    return this.#set('problem', details)
  }

  /**
   * Sends a page rendered with the option `templates`, or by Express itself.
   *
   * @param name The name of the template.
   * @param variables What the template gets, beside the view variables.
   * @param options `status`.
   * @throws `INVALID_ARGUMENT` for a name that is no string. Options are checked when the reply is sent.
   * @example
   * new Reply().setTemplate('users', { users })
   */
  setTemplate(name: string, variables?: TemplateVariables, options?: TemplateOptions): this {
    return this.#set('template', name, variables, options)
  }

  /**
   * Sends text or bytes as the source yields them.
   *
   * @param source An iterable, a generator, a stream, a Blob, or a function that makes one.
   * @throws `INVALID_ARGUMENT` for anything else.
   * @example
   * new Reply().setStreaming(lines())
   */
  setStreaming(source: StreamSource): this {
    return this.#set('streaming', source)
  }

  /**
   * Sends one JSON value a line as `application/x-ndjson`.
   *
   * @param source An iterable, a stream, or a function that makes one.
   * @throws `INVALID_ARGUMENT` for anything else.
   * @example
   * new Reply().setNdjson(rows())
   */
  setNdjson(source: SourceOf<unknown>): this {
    return this.#set('ndjson', source)
  }

  /**
   * Sends one JSON array as the source yields its values.
   *
   * @param source An iterable, a stream, or a function that makes one.
   * @throws `INVALID_ARGUMENT` for anything else.
   * @example
   * new Reply().setJsonArray(rows())
   */
  setJsonArray(source: SourceOf<unknown>): this {
    return this.#set('jsonArray', source)
  }

  /**
   * Sends JSON in which every iterable is an array that is written as its items come.
   *
   * @param value What JSON can hold, with iterables in it.
   * @param options How it is written.
   * @throws `INVALID_OPTION` for a bad option.
   * @example
   * new Reply().setJsonStream({ total: 3, rows: rows() })
   */
  setJsonStream(value: JsonStreamSource, options?: JsonStreamOptions): this {
    return this.#set('jsonStream', value, options)
  }

  /**
   * Sends a table as CSV (RFC 4180), as the source yields its rows.
   *
   * @param rows An iterable or stream of objects or lists, or a function that makes one.
   * @param options How the table is written.
   * @throws `INVALID_ARGUMENT` for other rows, `INVALID_OPTION` for a bad option.
   * @example
   * new Reply().setCsv(rows(), { filename: 'users.csv' })
   */
  setCsv(rows: SourceOf<CsvRow>, options?: CsvOptions): this {
    return this.#set('csv', rows, options)
  }

  /**
   * Sends server-sent events as `text/event-stream` (HTML §9.2).
   *
   * @param source A channel, a list of channels, an iterable of events, or a function that makes one.
   * @param options How the stream is written.
   * @throws `INVALID_ARGUMENT` and `INVALID_OPTION`, when the reply is sent.
   * @example
   * new Reply().setSse(news)
   */
  setSse(source: EventSourceOf, options?: EventStreamOptions): this {
    return this.#set('sse', source, options)
  }

  /**
   * Sends a file that the browser shows.
   *
   * @param source What `file` takes.
   * @param options A number for `maxAge` is milliseconds, as in Express.
   * @throws `INVALID_ARGUMENT` for another source. Options are checked when the reply is sent.
   * @example
   * new Reply().setFile('manual.pdf', { root: '/srv/docs' })
   */
  setFile(source: FileSource, options?: FileOptions): this {
    return this.#set('file', source, options)
  }

  /**
   * Sends a file that the browser saves, as `filename` or under its own name.
   *
   * @param source What `download` takes.
   * @param filename The name in the browser.
   * @param options A number for `maxAge` is milliseconds, as in Express.
   * @throws `INVALID_ARGUMENT` for another source. Options are checked when the reply is sent.
   * @example
   * new Reply().setDownload('u-7.pdf', 'invoice.pdf', { root: '/srv/invoices' })
   */
  setDownload(source: FileSource, filename?: string | null, options?: FileOptions | null): this {
    return this.#set('download', source, filename, options)
  }

  /**
   * Sends several sources as one zip archive.
   *
   * @param entries Objects with `name` and `source`.
   * @param filename The name in the browser. Default: `archive.zip`.
   * @param options How the archive is made.
   * @throws `INVALID_ARGUMENT` for a bad entry, `INVALID_OPTION` for a bad option.
   * @example
   * new Reply().setZip([{ name: 'a.txt', source: 'a.txt' }], 'all.zip')
   */
  setZip(entries: ZipSource, filename?: string, options?: ZipOptions): this {
    return this.#set('zip', entries, filename, options)
  }

  /**
   * Sends the choice that the client prefers by its Accept field (RFC 9110 §12.5.1), or a 406 with the list.
   *
   * @param choices Values or functions by media type or name of a body.
   * @throws `INVALID_ARGUMENT` for what is no such object.
   * @example
   * new Reply().setNegotiate({ json: { users }, html: () => page })
   */
  setNegotiate(choices: Choices): this {
    try {
      return this.#set('negotiate', choices)
    } catch (error) {
      releaseChoices(choices) // the call is refused, but it owns the streams in them
      throw error
    }
  }

  /**
   * Sends a 304 or a 412 if the preconditions say so (RFC 9110 §13), else the content, or what a function makes of it.
   *
   * @param validators `etag` and `lastModified`.
   * @param content A value, or a function that makes it.
   * @throws `INVALID_OPTION` for bad validators.
   * @example
   * new Reply().setNotModified({ etag: 'v17' }, () => page())
   */
  setNotModified(validators: ValidatorOptions, content?: unknown): this {
    try {
      return this.#set('notModified', validators, content)
    } catch (error) {
      releaseValue(content)
      throw error
    }
  }

  /**
   * Redirects to a URL (RFC 9110 §15.4).
   *
   * @param location A URL, absolute or not.
   * @param options `status`.
   * @throws `INVALID_ARGUMENT` for what is no string. Options are checked when the reply is sent.
   * @example
   * new Reply().setRedirect('/home')
   */
  setRedirect(location: string, options?: RedirectOptions): this {
    return this.#set('redirect', location, options)
  }

  /**
   * Redirects to a named route or a view.
   *
   * @param target A route's name or a view.
   * @throws `INVALID_ARGUMENT` for another target; when it is sent, `RouteNotFoundError` and `RouteParameterError`.
   * @example
   * new Reply().setRedirectTo('home')
   */
  setRedirectTo<const Target extends string | View>(target: LoneRouteTarget<Target>): this
  /**
   * Redirects to a named route or a view, with parameters, then `query`, `hash` and `status`.
   *
   * @param target A route's name or a view.
   * @param parameters Those of the route.
   * @param options `query`, `mergeQuery`, `hash` and `status`.
   * @throws `INVALID_ARGUMENT` for another target; when it is sent, `RouteNotFoundError` and `RouteParameterError`.
   * @example
   * new Reply().setRedirectTo('users.show', { id: 7 })
   */
  setRedirectTo<const Target extends string | View>(
    target: RouteTarget<Target>,
    parameters: RouteTargetParameters<Target>,
    options?: RedirectToOptions,
  ): this
  setRedirectTo(target: string | View, parameters?: RouteParameters, options?: RedirectToOptions): this {
    return this.#set('redirectTo', target, parameters, options)
  }

  /**
   * Redirects to the page that the user came from, else to the fallback.
   *
   * @param fallback A URL, or `{ fallback, status }`.
   * @throws `INVALID_ARGUMENT` and `INVALID_OPTION`, when the reply is sent.
   * @example
   * new Reply().setBack('/list')
   */
  setBack(fallback?: string | BackCallOptions): this {
    return this.#set('back', fallback)
  }

  /**
   * Redirects to a URL that a user gave if it is one of this site, else to the fallback.
   *
   * @param url Any value of a query or form.
   * @param fallback Default `'/'`.
   * @param options `status`.
   * @throws `INVALID_ARGUMENT` and `INVALID_OPTION`, when the reply is sent.
   * @example
   * new Reply().setRedirectLocal(next, '/home')
   */
  setRedirectLocal(url: unknown, fallback?: string, options?: RedirectOptions): this {
    return this.#set('redirectLocal', url, fallback, options)
  }

  /**
   * Redirects to the page that `intended()` remembered before the login, else to the fallback.
   *
   * @param fallback A URL, or `{ fallback, status }`.
   * @throws `INVALID_ARGUMENT` and `INVALID_OPTION`, when the reply is sent.
   * @example
   * new Reply().setToIntended('/home')
   */
  setToIntended(fallback?: string | BackCallOptions): this {
    return this.#set('toIntended', fallback)
  }

  /**
   * The same response as a WHATWG `Response`. It has no connection: tasks of `afterSend` do not run, and `deleteAfterSend`
   * deletes nothing.
   *
   * @param request Its method and fields decide as those of a client would: HEAD, conditions, ranges.
   * @throws Rejects with what a handler that sends this reply would throw.
   * @example
   * const response = await json({ hello: 'world' }).toWebResponse()
   */
  toWebResponse(request?: Request): Promise<Response> {
    return createWebResponse((exchange) => prepareReply(exchange, this.#state), request)
  }

  #init(init: ReplyInit | undefined): this {
    if (init === undefined) return this
    try {
      checkKeys('Reply', init, REPLY_INIT)
      const { status, headers, cookies = {}, type } = init
      if (headers !== undefined)
        this.#state.fields.setAll(headers, "Reply: option 'headers'", "Reply: option 'headers'")
      if (type !== undefined) this.setHeader('Content-Type', checkMediaType("Reply: option 'type'", type))
      if (status !== undefined) this.setStatus(status)
      if (!isRecord(cookies)) {
        throw invalidType("Reply: option 'cookies'", 'an object of cookies by name', cookies, 'INVALID_OPTION')
      }
      for (const [name, value] of Object.entries(cookies)) this.setCookie(name, value)
      return this
    } catch (error) {
      releaseReply(this.#state)
      throw error
    }
  }

  #set<Kind extends BodyKind>(kind: Kind, ...given: BodyArguments[Kind]): this {
    const before = this.#state.body
    this.#state.body = createBody(kind, ...given)
    if (before !== undefined) releaseBody(before, this.#state.body)
    return this
  }

  #content(kind: BodyKind): unknown {
    const { body } = this.#state
    return body?.kind === kind ? body.given[0] : undefined
  }
}

/** Shows cookies by name only, because their values may be secrets. */
function showReply(this: Reply, _depth: number, options: InspectOptions): string {
  const { status, headers, cookies, kind: body } = this
  return `Reply ${inspect({ status, headers, cookies: Object.keys(cookies), body }, options)}`
}
