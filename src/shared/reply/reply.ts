import { type InspectOptions, inspect } from 'node:util'
import { describeStatus } from '../bodies/empty.js'
import { checkKeys } from '../checks/check-keys.js'
import type { Exchange } from '../exchange/exchange.js'
import type { FieldsInit } from '../fields/field-entries.js'
import type { JsonOptions } from '../json/json-options.js'
import { bodyOf } from './body-of.js'
import type { Described } from './reply-body.js'
import { ReplyContent } from './reply-content.js'
import { createWebResponse } from './web-response.js'

/** What every kind of `Reply` may be given beside its content. */
export interface ReplyInit {
  /** An integer from 200 to 999. */
  readonly status?: number
  readonly headers?: FieldsInit
  /** Media type, in place of the inferred one. */
  readonly type?: string
}

export const REPLY_INIT: readonly (keyof ReplyInit)[] = ['status', 'headers', 'type']

/** A response not yet sent: built anywhere, returned by a handler, tested without a server. The last body set wins. */
export class Reply extends ReplyContent {
  /** `content`: a string, bytes, a value to be sent as JSON, an iterable or stream; none: no content. */
  constructor(content?: unknown, init?: ReplyInit) {
    super()
    this.body = bodyOf(content)
    if (init === undefined) return
    checkKeys('Reply', init, REPLY_INIT)
    if (init.headers !== undefined) this.setHeaders(init.headers)
    if (init.type !== undefined) this.setHeader('Content-Type', init.type)
    if (init.status !== undefined) this.setStatus(init.status)
  }

  /** Nothing has been said yet. */
  get isBlank(): boolean {
    return this.body === undefined && this.stagesNothing
  }

  /** Stages what it holds on the exchange and describes its body; where that fails, the staging is taken back. */
  describe(exchange: Exchange, jsonDefaults?: JsonOptions): Described {
    let undo = (): void => {}
    const failed = (reason: unknown): never => {
      undo()
      this.release()
      throw reason
    }
    try {
      undo = this.stage(exchange)
      const body = this.body
      if (body === undefined) return describeStatus(this.status ?? exchange.stagedStatus ?? 204)
      const described = body.describe(exchange, jsonDefaults)
      return described instanceof Promise ? described.catch(failed) : described
    } catch (reason) {
      return failed(reason)
    }
  }

  /** Lets go of a stream that is not going to be sent. */
  release(): void {
    this.body?.release?.()
  }

  /** The same answer as a WHATWG `Response`; method and fields of `request` decide as a client's would. */
  toWebResponse(request?: Request): Promise<Response> {
    return createWebResponse((exchange) => this.describe(exchange), request)
  }

  static {
    // Not a method of its own: a declaration file cannot name the symbol.
    Object.defineProperty(Reply.prototype, inspect.custom, { value: showReply })
  }
}

/** Cookies by name only: values may be secrets. */
function showReply(this: Reply, _depth: number, options: InspectOptions): string {
  const { status, headers, cookies, kind: body } = this
  return `Reply ${inspect({ status, headers, cookies: Object.keys(cookies), body }, options)}`
}
