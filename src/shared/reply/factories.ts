import type { HtmlBody } from '../bodies/html.js'
import { createFragment, createRawFragment } from '../bodies/html-fragment.js'
import type { TextBody } from '../bodies/memory-body.js'
import type { ValidatorOptions } from '../bodies/not-modified.js'
import type { ProblemDetails } from '../bodies/problem.js'
import type { TemplateVariables } from '../bodies/template.js'
import { isWithoutNames } from '../checks/check-keys.js'
import type { View } from '../exchange/host-types.js'
import type { HtmlFragment } from '../fields/html-text.js'
import type { FileOptions } from '../files/file-options.js'
import type { FileSource } from '../files/file-source.js'
import type { ZipSource } from '../files/zip/zip-entries.js'
import type { ZipOptions } from '../files/zip/zip-options.js'
import type { JsonOptions } from '../json/json-options.js'
import type { BackCallOptions } from '../redirects/back.js'
import type { RedirectOptions, RedirectToOptions } from '../redirects/redirect.js'
import type { LoneRouteTarget, ResourceUrl, RouteTarget, RouteTargetParameters } from '../routes/register.js'
import type { RouteParameters } from '../routes/route-source.js'
import type { CsvRow } from '../streams/csv.js'
import type { CsvOptions } from '../streams/csv-options.js'
import type { EventSourceOf, EventStreamOptions } from '../streams/event-stream.js'
import type { JsonStreamOptions } from '../streams/json-parts.js'
import type { JsonStreamSource } from '../streams/json-streams.js'
import type { SourceOf, StreamSource } from '../streams/stream-source.js'
import type { Choices } from './choices.js'
import { REPLY_INIT, Reply, type ReplyInit, withInit } from './reply.js'
import type { Bytes } from './reply-body.js'

/**
 * A `Reply` that sends text as `text/plain; charset=utf-8`.
 *
 * @param body The text: a string, or bytes in UTF-8.
 * @param init Status, headers, cookies and type.
 * @throws `INVALID_ARGUMENT` for anything else.
 * @example
 * respond(() => text('hello', { status: 201 }))
 */
export function text(body: TextBody, init?: ReplyInit): Reply {
  return withInit(new Reply().setText(body), init)
}

/** `html` is a factory, and the tag of a template. */
export interface HtmlFactory {
  /** A `Reply` that sends a page as `text/html; charset=utf-8`. A string is sent as it is. */
  (body: HtmlBody, init?: ReplyInit): Reply
  /** HTML with its values escaped, for elements and for attributes in quotes. */
  (strings: TemplateStringsArray, ...values: readonly unknown[]): HtmlFragment
  /**
   * Text that is HTML already, and not escaped. Never give it text from a user.
   *
   * @param text HTML of the app itself.
   * @throws `INVALID_ARGUMENT` if it is no string.
   * @example
   * html`<main>${html.raw(rendered)}</main>`
   */
  raw(text: string): HtmlFragment
}

/**
 * A `Reply` that sends a page as `text/html; charset=utf-8`; as the tag of a template, HTML with its values escaped. `null`,
 * `undefined` and `false` are nothing, a list is its items, another fragment is not escaped again. If a promise or an
 * iterable is among the values, the page is sent as these come, in the order of the template.
 *
 * @param body The page: a string, bytes in UTF-8, or what the tag makes.
 * @throws `INVALID_ARGUMENT` for anything else, and for a value that has no text, such as a plain object.
 * @example
 * respond((req) => html`<h1>hello ${req.query.name}</h1>`)
 */
export const html: HtmlFactory = Object.assign(makeHtml, { raw: createRawFragment })

function makeHtml(body: HtmlBody, init?: ReplyInit): Reply
function makeHtml(strings: TemplateStringsArray, ...values: readonly unknown[]): HtmlFragment
function makeHtml(first: HtmlBody | TemplateStringsArray, ...others: readonly unknown[]): Reply | HtmlFragment {
  if (isTemplate(first)) return createFragment(first, others)
  // The second argument of the factory, which the Reply checks.
  return withInit(new Reply().setHtml(first), others[0] as ReplyInit | undefined)
}

/** No list that a client sends has a property `raw`. */
function isTemplate(value: unknown): value is TemplateStringsArray {
  return Array.isArray(value) && 'raw' in value && Array.isArray(value.raw)
}

/**
 * A `Reply` that sends a value as `application/json; charset=utf-8` (RFC 8259). It becomes text when it is sent.
 *
 * @param value What JSON can hold.
 * @param options How it is written, together with status, headers and cookies.
 * @throws `INVALID_OPTION` for a bad option; when it is sent, `INVALID_ARGUMENT` for a value that JSON cannot hold.
 * @example
 * respond(() => json({ id: 7 }, { status: 201, space: 2 }))
 */
export function json(value: unknown, options?: JsonOptions & ReplyInit): Reply {
  const [how, init] = splitOptions<JsonOptions>(options, [])
  return withInit(new Reply().setJson(value, how), init)
}

/**
 * A `Reply` that sends bytes as `application/octet-stream`, or as the `type` of `init`.
 *
 * @param data A Buffer, typed array or ArrayBuffer.
 * @param init Status, headers, cookies and type.
 * @throws `INVALID_ARGUMENT` for anything else.
 * @example
 * respond(() => bytes(png, { type: 'image/png' }))
 */
export function bytes(data: Bytes, init?: ReplyInit): Reply {
  return withInit(new Reply().setBytes(data), init)
}

/**
 * A `Reply` without content and Content-Type.
 *
 * @param status An integer from 200 to 999. Default: the status of `init`, else what the handler has staged, else 204.
 * @param init Status, headers, cookies and type.
 * @throws `INVALID_ARGUMENT` for any other status.
 * @example
 * respond(() => empty(202))
 */
export function empty(status?: number, init?: ReplyInit): Reply {
  return withInit(new Reply().setEmpty(status), init)
}

/**
 * A `Reply` with status 201 and Location, without content (RFC 9110 §15.3.2): the request has made something.
 *
 * @param target A route's name, a view, or a URL. A name is found in the option `routes` when the reply is sent.
 * @throws `INVALID_ARGUMENT` for a bad argument; when it is sent, `RouteNotFoundError` and `RouteParameterError`.
 * @example
 * respond(() => created('/users/7'))
 */
export function created<const Target extends string | View>(target: LoneRouteTarget<Target, ResourceUrl>): Reply
/**
 * A `Reply` with status 201 and Location (RFC 9110 §15.3.2): the request has made something.
 *
 * @param target A route's name, a view, or a URL. A name is found in the option `routes` when the reply is sent.
 * @param parameters Those of the route: each becomes one encoded segment.
 * @param body A string, bytes, an iterable or stream, or any other value (JSON). Default: no content.
 * @param init Status, headers and cookies.
 * @throws `INVALID_ARGUMENT` for a bad argument; when it is sent, `RouteNotFoundError` and `RouteParameterError`.
 * @example
 * respond(() => created('users.show', { id: 7 }, { id: 7, name: 'Ann' }))
 */
export function created<const Target extends string | View>(
  target: RouteTarget<Target, ResourceUrl>,
  parameters: RouteTargetParameters<Target>,
  body?: unknown,
  init?: ReplyInit,
): Reply
export function created(target: string | View, parameters?: RouteParameters, body?: unknown, init?: ReplyInit): Reply {
  // The overload has checked the arguments. Their types follow from the literal target, which is not known here.
  return withInit(new Reply().setCreated(target as never, parameters as never, body as never), init)
}

/**
 * A `Reply` that sends the choice which the client prefers by its Accept field (RFC 9110 §12.5.1), or a 406 with the list.
 *
 * @param choices Values by extension (`html`, `json`, `text`) or media type. A function is called for its value when the
 *   reply is sent.
 * @param init Status, headers, cookies and type.
 * @throws `INVALID_ARGUMENT` for no choices or an unknown extension.
 * @example
 * respond(() => negotiate({ html: () => html`<p>${user.name}</p>`, json: user }))
 */
export function negotiate(choices: Choices, init?: ReplyInit): Reply {
  return withInit(new Reply().setNegotiate(choices), init)
}

/**
 * A `Reply` that sends a 304 or a 412 if the preconditions of the request say so (RFC 9110 §13), else the content. A
 * function in its place is called only if the client does not have the content yet.
 *
 * @param validators `etag`, quoted or to be quoted, and `lastModified`.
 * @param content What `respond` takes, or a function that makes it. Default: nothing.
 * @param init Status, headers, cookies and type.
 * @throws `INVALID_OPTION` for a bad validator.
 * @example
 * respond(() => notModified({ etag: row.version }, () => json(row)))
 */
export function notModified(validators: ValidatorOptions, content?: unknown, init?: ReplyInit): Reply {
  return withInit(new Reply().setNotModified(validators, content), init)
}

/**
 * A `Reply` that sends problem details as `application/problem+json` (RFC 9457).
 *
 * @param details `status` is 400 to 599. `title` defaults to the reason phrase.
 * @param init Status, headers, cookies and type.
 * @throws `INVALID_ARGUMENT` for a bad status or member.
 * @example
 * respond(() => problem({ status: 409, detail: 'the seat is taken' }))
 */
export function problem(details: ProblemDetails, init?: ReplyInit): Reply {
  return withInit(new Reply().setProblem(details), init)
}

/**
 * A `Reply` that sends text or bytes as the source yields them, as the `type` of `init` or by the
 * first chunk: `text/plain` for a string, `application/octet-stream` for bytes.
 *
 * @param source An iterable, a generator, a stream, a Blob, or a function that makes one for each request.
 * @param init Status, headers, cookies and type.
 * @throws `INVALID_ARGUMENT` for anything else.
 * @example
 * respond(() => streaming(async function* () { yield 'hello' }, { type: 'text/plain' }))
 */
export function streaming(source: StreamSource, init?: ReplyInit): Reply {
  return withInit(new Reply().setStreaming(source), init)
}

/**
 * A `Reply` that sends one JSON value a line as `application/x-ndjson`.
 *
 * @param source An iterable of values, a generator, a stream, or a function that makes one for each request.
 * @param init Status, headers, cookies and type.
 * @throws `INVALID_ARGUMENT` for anything else.
 * @example
 * respond(() => ndjson(rows()))
 */
export function ndjson(source: SourceOf<unknown>, init?: ReplyInit): Reply {
  return withInit(new Reply().setNdjson(source), init)
}

/**
 * A `Reply` that sends one JSON array (RFC 8259) as the source yields its values.
 *
 * @param source An iterable of values, a generator, a stream, or a function that makes one for each request.
 * @param init Status, headers, cookies and type.
 * @throws `INVALID_ARGUMENT` for anything else.
 * @example
 * respond(() => jsonArray(rows()))
 */
export function jsonArray(source: SourceOf<unknown>, init?: ReplyInit): Reply {
  return withInit(new Reply().setJsonArray(source), init)
}

/**
 * A `Reply` that sends JSON (RFC 8259) in which every iterable is an array that is written as its items come, and every
 * promise is what it gives.
 *
 * @param value What JSON can hold, with iterables and promises in it; or a function that makes it for each request.
 * @param options How it is written, together with status, headers and cookies.
 * @throws `INVALID_OPTION` for a bad option; when it is sent, `INVALID_ARGUMENT` for a value that JSON cannot hold.
 * @example
 * respond(async () => jsonStream({ total: await count(), rows: cursor() }))
 */
export function jsonStream(value: JsonStreamSource, options?: JsonStreamOptions & ReplyInit): Reply {
  const [how, init] = splitOptions<JsonStreamOptions>(options, [])
  return withInit(new Reply().setJsonStream(value, how), init)
}

/**
 * A `Reply` that sends a table as CSV (RFC 4180), as the source yields its rows. Text that a spreadsheet would take for a
 * formula gets a `'` before it.
 *
 * @param rows An iterable of objects or lists, a generator, a stream, or a function that makes one for each request.
 * @param options How it is written, together with status, headers and cookies.
 * @throws `INVALID_ARGUMENT` for another source, `INVALID_OPTION` for a bad option.
 * @example
 * respond(() => csv(rows(), { filename: 'users.csv' }))
 */
export function csv(rows: SourceOf<CsvRow>, options?: CsvOptions & ReplyInit): Reply {
  const [how, init] = splitOptions<CsvOptions>(options, [])
  return withInit(new Reply().setCsv(rows, how), init)
}

/**
 * A `Reply` that sends server-sent events as `text/event-stream` (HTML §9.2).
 *
 * @param source Strings or events, a channel, a list of channels, or a function that makes a source for each request.
 * @param options How it is written, together with status, headers and cookies. For channels: `client`, `first`, `filter`
 *   and `map`.
 * @throws `INVALID_ARGUMENT` or `INVALID_OPTION` when it is sent.
 * @example
 * respond(() => sse(news))
 */
export function sse(source: EventSourceOf, options?: EventStreamOptions & ReplyInit): Reply {
  const [how, init] = splitOptions<EventStreamOptions>(options, [])
  return withInit(new Reply().setSse(source, how), init)
}

/**
 * A `Reply` that sends a file which the browser shows.
 *
 * @param source A path, a `file:` URL, a FileHandle, bytes, a Blob, a fetch `Response`, a stream, an iterable, an object
 *   that reads any part, or a function that makes one when it is needed.
 * @param options Those of `file`, together with status, headers and cookies.
 * @throws `INVALID_ARGUMENT` for anything else.
 * @example
 * respond(() => file('report.pdf', { root }))
 */
export function file(source: FileSource, options?: FileOptions & ReplyInit): Reply {
  const [how, init] = splitOptions<FileOptions>(options, ['headers', 'type'])
  return withInit(new Reply().setFile(source, how), init)
}

/**
 * A `Reply` that sends a file which the browser saves (RFC 6266).
 *
 * @param source A path, a `file:` URL, a FileHandle, bytes, a Blob, a fetch `Response`, a stream, an iterable, an object
 *   that reads any part, or a function that makes one when it is needed.
 * @param filename The name in the browser. Default: the own name of the file.
 * @param options Those of `download`, together with status, headers and cookies.
 * @throws `INVALID_ARGUMENT` for a bad source or filename.
 * @example
 * respond(() => download('u-7.pdf', 'invoice.pdf', { root }))
 */
export function download(
  source: FileSource,
  filename?: string | null,
  options?: (FileOptions & ReplyInit) | null,
): Reply {
  const [how, init] = splitOptions<FileOptions>(options, ['headers', 'type'])
  return withInit(new Reply().setDownload(source, filename, how), init)
}

/**
 * A `Reply` that sends several sources as one zip archive, made while it is sent.
 *
 * @param entries Objects with `name` and `source`, in a list or an iterable.
 * @param filename The name in the browser. Default: `archive.zip`.
 * @param options See `ZipOptions`.
 * @throws `INVALID_ARGUMENT` for a bad entry, `INVALID_OPTION` for a bad option.
 * @example
 * respond(() => zip([{ name: 'a.txt', source: 'data/a.txt' }], 'all.zip'))
 */
export function zip(entries: ZipSource, filename?: string, options?: ZipOptions & ReplyInit): Reply {
  const [how, init] = splitOptions<ZipOptions>(options, [])
  return withInit(new Reply().setZip(entries, filename, how), init)
}

/**
 * A `Reply` that redirects to a URL (RFC 9110 §15.4).
 *
 * @param location The URL, as the developer wrote it. For a URL from the user, use `redirectLocal`.
 * @param options `status`: 300 to 308, except 304. Default: 302 after GET and HEAD, 303 after every other method.
 * @throws `INVALID_ARGUMENT` if it is no string.
 * @example
 * respond(() => redirect('/login'))
 */
export function redirect(location: string, options?: RedirectOptions & ReplyInit): Reply {
  const [how, init] = splitOptions<RedirectOptions>(options, ['status'])
  return withInit(new Reply().setRedirect(location, how), init)
}

/**
 * A `Reply` that redirects to a named route or a view, found in the option `routes` when it is sent.
 *
 * @param target The name of a route, or a view.
 * @throws `INVALID_ARGUMENT` for another target; when it is sent, `RouteNotFoundError` and `RouteParameterError`.
 * @example
 * respond(() => redirectTo('home'))
 */
export function redirectTo<const Target extends string | View>(target: LoneRouteTarget<Target>): Reply
/**
 * A `Reply` that redirects to a named route or a view with parameters, found in the option `routes` when it is sent.
 *
 * @param target The name of a route, or a view.
 * @param parameters Each becomes one encoded segment; a wildcard is a list of segments.
 * @param options `query`, `mergeQuery`, `hash` and `status`, together with headers and cookies.
 * @throws `INVALID_ARGUMENT` for another target; when it is sent, `RouteNotFoundError` and `RouteParameterError`.
 * @example
 * respond(() => redirectTo('users.show', { id: 7 }))
 */
export function redirectTo<const Target extends string | View>(
  target: RouteTarget<Target>,
  parameters: RouteTargetParameters<Target>,
  options?: RedirectToOptions & ReplyInit,
): Reply
export function redirectTo(
  target: string | View,
  parameters?: RouteParameters,
  options?: RedirectToOptions & ReplyInit,
): Reply {
  const [how, init] = splitOptions<RedirectToOptions>(options, ['status'])
  // The overload has checked the arguments. Their types follow from the literal target, which is not known here.
  return withInit(new Reply().setRedirectTo(target as never, parameters as never, how as never), init)
}

/**
 * A `Reply` that redirects to the page that the user came from: form field, Referer, session, else the fallback.
 *
 * @param fallback A URL that the developer wrote. Default: the option `back.fallback`, else `/`.
 * @throws `INVALID_ARGUMENT` or `INVALID_OPTION` when it is sent.
 * @example
 * respond(() => back('/posts'))
 */
export function back(fallback?: string | (BackCallOptions & ReplyInit)): Reply {
  if (typeof fallback !== 'object') return new Reply().setBack(fallback)
  const [how, init] = splitOptions<BackCallOptions>(fallback, ['status'])
  return withInit(new Reply().setBack(how), init)
}

/**
 * A `Reply` that redirects to the page that `intended()` remembered before the login, else to the fallback.
 *
 * @param fallback A URL that the developer wrote. Default: the option `back.fallback`, else `/`.
 * @throws `INVALID_ARGUMENT` or `INVALID_OPTION` when it is sent.
 * @example
 * respond(() => toIntended('/home'))
 */
export function toIntended(fallback?: string | (BackCallOptions & ReplyInit)): Reply {
  if (typeof fallback !== 'object') return new Reply().setToIntended(fallback)
  const [how, init] = splitOptions<BackCallOptions>(fallback, ['status'])
  return withInit(new Reply().setToIntended(how), init)
}

/**
 * A `Reply` that redirects to a URL that a user gave if it is one of this site, else to the fallback.
 *
 * @param url Any value of a query or form.
 * @param fallback Default `'/'`.
 * @param options `status`, together with headers and cookies.
 * @throws `INVALID_ARGUMENT` or `INVALID_OPTION` when it is sent.
 * @example
 * respond((req) => redirectLocal(req.query.next, '/home'))
 */
export function redirectLocal(url: unknown, fallback?: string, options?: RedirectOptions & ReplyInit): Reply {
  const [how, init] = splitOptions<RedirectOptions>(options, ['status'])
  return withInit(new Reply().setRedirectLocal(url, fallback, how), init)
}

/**
 * A `Reply` that sends a page rendered with the option `templates`, or by Express itself.
 *
 * @param name The name of the template.
 * @param variables Its variables, beside the view variables of the response.
 * @param init Status, headers, cookies and type.
 * @throws `INVALID_ARGUMENT` if the name is no string.
 * @example
 * respond(() => template('users/show', { user }))
 */
export function template(name: string, variables?: TemplateVariables, init?: ReplyInit): Reply {
  return withInit(new Reply().setTemplate(name, variables), init)
}

/**
 * Separates the status, headers and cookies of a reply from the options of its call. `own` names those that the call has
 * an option for itself. A call with options names an unknown key.
 */
function splitOptions<Options extends object>(
  options: (Options & ReplyInit) | null | undefined,
  own: readonly (keyof ReplyInit)[],
): [options: Options | undefined, init: ReplyInit | undefined] {
  if (typeof options !== 'object' || options === null || isWithoutNames(options)) {
    return [options as Options | undefined, undefined] // refused later
  }
  const isInit = (key: string) =>
    (REPLY_INIT as readonly string[]).includes(key) && !(own as readonly string[]).includes(key)
  const entries = Object.entries(options)
  const part = (wanted: boolean) => Object.fromEntries(entries.filter(([key]) => isInit(key) === wanted))
  return [part(false) as Options, part(true)] // the keys that are left are those of the call
}
