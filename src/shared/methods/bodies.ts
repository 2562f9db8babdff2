import { describeBytes } from '../bodies/bytes.js'
import { describeEmpty } from '../bodies/empty.js'
import { describeJson, type JsonOptions } from '../bodies/json.js'
import { describeHtml, describeText } from '../bodies/text.js'
import { EXCHANGE } from '../exchange/exchange.js'
import type { KitTarget } from './target.js'

/** The methods that send a body from memory. */
export interface BodyMethods {
  /** `text/plain; charset=utf-8`, exact Content-Length, weak ETag; 304 and 412 by RFC 9110 §13. */
  text(body: string): this
  /** `text/html; charset=utf-8`, exact Content-Length, weak ETag; 304 and 412 by RFC 9110 §13. */
  html(body: string): this
  /** `application/octet-stream`, or `type`: a Buffer, typed array or ArrayBuffer. */
  bytes(data: ArrayBufferView | ArrayBuffer, options?: BytesOptions): this
  /** No body and no Content-Type. */
  empty(status?: number): this
}

/** Options of `bytes`. */
export interface BytesOptions {
  /** Media type. */
  readonly type?: string
}

/** The method that sends JSON. */
export interface JsonMethod {
  /** `application/json; charset=utf-8`. Koa only: Express keeps its own `res.json`. */
  json(value: unknown, options?: JsonOptions): this
}

export const bodyMethods: BodyMethods & ThisType<KitTarget & BodyMethods> = {
  text(body) {
    const exchange = this[EXCHANGE]
    exchange.begin('text()')
    exchange.finish(describeText(exchange, body))
    return this
  },
  html(body) {
    const exchange = this[EXCHANGE]
    exchange.begin('html()')
    exchange.finish(describeHtml(exchange, body))
    return this
  },
  bytes(data, options) {
    const exchange = this[EXCHANGE]
    exchange.begin('bytes()')
    exchange.finish(describeBytes(exchange, data, options))
    return this
  },
  empty(status = 204) {
    const exchange = this[EXCHANGE]
    exchange.begin('empty()')
    exchange.finish(describeEmpty(status))
    return this
  },
}

export const jsonMethod: JsonMethod & ThisType<KitTarget & JsonMethod> = {
  json(value, options) {
    const exchange = this[EXCHANGE]
    exchange.begin('json()')
    exchange.finish(describeJson(exchange, value, options))
    return this
  },
}
