import { describeEmpty } from '../bodies/empty.js'
import { describeHtml, type HtmlBody } from '../bodies/html.js'
import { isFragment, releaseInPage } from '../bodies/html-fragment.js'
import { describeJson, type JsonOptions } from '../bodies/json.js'
import { describeBytes, describeText, type TextBody } from '../bodies/memory-body.js'
import { stageValidators, type ValidatorOptions } from '../bodies/not-modified.js'
import { EXCHANGE } from '../exchange/exchange.js'
import { releaseRefused } from '../streams/source-owner.js'
import { checkCalls, type KitTarget } from './target.js'

/** The methods that send a body from memory. */
export interface BodyMethods {
  /**
   * Sends text as `text/plain; charset=utf-8`, with its exact Content-Length and, up to 1 MB, a weak ETag. A GET whose
   * preconditions say so is answered with 304 or 412 (RFC 9110 §13).
   *
   * @param body A string, or bytes in UTF-8.
   * @throws `INVALID_ARGUMENT` for anything else, `ALREADY_SENT` after another finishing call.
   * @example
   * res.setStatus(201).text('created')
   */
  text(body: TextBody): this
  /**
   * Sends a page as `text/html; charset=utf-8`, with its exact Content-Length and, up to 1 MB, a weak ETag. A GET whose
   * preconditions say so is answered with 304 or 412 (RFC 9110 §13). A string is sent as it is; the template tag `html` escapes its
   * values. If a promise or an iterable is among them, the page is streamed, without these two fields.
   *
   * @param body A string, bytes in UTF-8, or what the tag makes.
   * @throws `INVALID_ARGUMENT` for anything else, `ALREADY_SENT` after another finishing call.
   * @example
   * res.html(html`<h1>hello ${name}</h1>`)
   */
  html(body: HtmlBody): this
  /**
   * Sends bytes as `application/octet-stream`, with their exact Content-Length and, up to 1 MB, a weak ETag (RFC 9110 §13).
   *
   * @param data A Buffer, typed array or ArrayBuffer.
   * @param options `type`: the media type.
   * @throws `INVALID_ARGUMENT` for other data, `INVALID_OPTION` for a bad option, `ALREADY_SENT` after another finishing call.
   * @example
   * res.bytes(png, { type: 'image/png' })
   */
  bytes(data: ArrayBufferView | ArrayBufferLike, options?: BytesOptions): this
  /**
   * Sends no content and no Content-Type.
   *
   * @param status An integer from 200 to 999. Default: 204.
   * @throws `INVALID_ARGUMENT` for any other status, `ALREADY_SENT` after another finishing call.
   * @example
   * res.empty()
   */
  empty(status?: number): this
  /**
   * Sends a 304 or a 412 if the preconditions of the request say so (RFC 9110 §13), before the content is made. Else it
   * stages `ETag` and `Last-Modified`. Call it before the handler acts: the preconditions of PUT and DELETE count too.
   *
   * @param validators `etag`, quoted or to be quoted, and `lastModified`.
   * @returns Whether the response is sent (Express) or set (Koa).
   * @throws `INVALID_OPTION` for a bad validator, `ALREADY_SENT` after another finishing call.
   * @example
   * if (res.notModified({ etag: row.version, lastModified: row.updatedAt })) return
   */
  notModified(validators: ValidatorOptions): boolean
}

/** Options of `bytes`. */
export interface BytesOptions {
  /** Media type, such as `image/png`. Default: `application/octet-stream`. */
  readonly type?: string
}

/** The method that sends JSON. */
export interface JsonMethod {
  /**
   * Sends a value as `application/json; charset=utf-8` (RFC 8259). Koa only: Express keeps its own `res.json`.
   *
   * @param value What JSON can hold.
   * @param options How it is written.
   * @throws `INVALID_ARGUMENT` for a value that JSON cannot hold, which names the place; `INVALID_OPTION` for a bad option;
   *   `ALREADY_SENT` after another finishing call.
   * @example
   * ctx.json({ id: 7 }, { space: 2 })
   */
  json(value: unknown, options?: JsonOptions): this
}

export const bodyMethods: BodyMethods & ThisType<KitTarget & BodyMethods> = {
  text(body) {
    const exchange = this[EXCHANGE]
    exchange.refuseIfAnswered('text()')
    exchange.finish(describeText(exchange.facts, body))
    return this
  },
  html(body) {
    const exchange = this[EXCHANGE]
    try {
      exchange.refuseIfAnswered('html()')
    } catch (error) {
      if (isFragment(body)) releaseInPage(body, releaseRefused) // the call is refused, but it owns the sources in the page
      throw error
    }
    exchange.finish(describeHtml(exchange, body))
    return this
  },
  bytes(data, options) {
    const exchange = this[EXCHANGE]
    exchange.refuseIfAnswered('bytes()')
    exchange.finish(describeBytes(exchange.facts, data, options))
    return this
  },
  empty(status = 204) {
    const exchange = this[EXCHANGE]
    exchange.refuseIfAnswered('empty()')
    exchange.finish(describeEmpty(status))
    return this
  },
  notModified(validators) {
    const exchange = this[EXCHANGE]
    exchange.refuseIfAnswered('notModified()')
    const description = stageValidators(exchange.facts, validators)
    if (description !== undefined) exchange.finish(description)
    return description !== undefined
  },
}

const json: JsonMethod & ThisType<KitTarget & JsonMethod> = {
  json(value, options) {
    const exchange = this[EXCHANGE]
    exchange.refuseIfAnswered('json()')
    exchange.finish(describeJson(exchange.facts, value, options))
    return this
  },
}

export const jsonMethod: JsonMethod = checkCalls(json)
