import { type InspectOptions, inspect } from 'node:util'
import { checkKeys } from './check-keys.js'
import type { Exchange } from './exchange.js'
import type { FieldsInit } from './field-entries.js'
import type { JsonOptions } from './json/json-options.js'
import { bodyOf } from './replies/body-of.js'
import {
  type BodyKind,
  bytesBody,
  type Described,
  htmlBody,
  jsonBody,
  type ReplyBody,
  textBody,
} from './replies/reply-body.js'
import { ReplyHead } from './replies/reply-head.js'
import { createWebResponse } from './replies/web-response.js'
import { describeEmpty } from './responses/empty.js'

/** What every kind of `Reply` may be given beside its content. */
export interface ReplyInit {
  /** An integer from 200 to 999. */
  readonly status?: number
  readonly headers?: FieldsInit
  /** Media type, in place of the inferred one. */
  readonly type?: string
}

export const REPLY_INIT: readonly (keyof ReplyInit)[] = ['status', 'headers', 'type']

type Bytes = ArrayBufferView | ArrayBufferLike

/** A response not yet sent: built anywhere, returned by a handler, tested without a server. The last body set wins. */
export class Reply extends ReplyHead {
  #body: ReplyBody | undefined

  /** `content`: a string, bytes, a value to be sent as JSON, an iterable or stream; none: no content. */
  constructor(content?: unknown, init: ReplyInit = {}) {
    super()
    checkKeys('Reply', init, REPLY_INIT)
    this.#body = bodyOf(content)
    if (init.headers !== undefined) this.setHeaders(init.headers)
    if (init.type !== undefined) this.setHeader('Content-Type', init.type)
    if (init.status !== undefined) this.setStatus(init.status)
  }

  /** What the body is; `undefined`: there is none. */
  get kind(): BodyKind | undefined {
    return this.#body?.kind
  }

  /** The body where it is plain text. */
  get text(): string | undefined {
    return this.#content('text') as string | undefined // textBody() admits nothing else
  }

  set text(body: string) {
    this.#body = textBody(body)
  }

  /** The body where it is a page. */
  get html(): string | undefined {
    return this.#content('html') as string | undefined // htmlBody() admits nothing else
  }

  set html(body: string) {
    this.#body = htmlBody(body)
  }

  /** The body where it is bytes. */
  get bytes(): Bytes | undefined {
    return this.#content('bytes') as Bytes | undefined // bytesBody() admits nothing else
  }

  set bytes(data: Bytes) {
    this.#body = bytesBody(data)
  }

  /** The JSON value. An empty object appears on first touch; beside a body of another kind, with the first assignment. */
  get json(): Record<string, unknown> {
    if (this.#body?.kind === 'json') return this.#body.content as Record<string, unknown> // what the caller gave
    const value: Record<string, unknown> = {}
    const body = jsonBody(value)
    this.#body ??= body
    const assign: ProxyHandler<typeof value> = {
      set: (target, key, member) => {
        this.#body = body
        return Reflect.set(target, key, member)
      },
    }
    return this.#body === body ? value : new Proxy(value, assign)
  }

  set json(value: unknown) {
    this.#body = jsonBody(value)
  }

  setText(body: string): this {
    return this.setBody(textBody(body))
  }

  setHtml(body: string): this {
    return this.setBody(htmlBody(body))
  }

  setJson(value: unknown, options?: JsonOptions): this {
    return this.setBody(jsonBody(value, options))
  }

  setBytes(data: Bytes): this {
    return this.setBody(bytesBody(data))
  }

  /** Any kind of body, as the factories make it. */
  setBody(body: ReplyBody | undefined): this {
    this.#body = body
    return this
  }

  /** Nothing has been said yet. */
  override get isBlank(): boolean {
    return this.#body === undefined && super.isBlank
  }

  /** Stages what it holds on the exchange and describes its body; where that fails, the staging is taken back. */
  describe(exchange: Exchange, jsonDefaults?: JsonOptions): Described {
    const undo = this.stage(exchange)
    const failed = (reason: unknown): never => {
      undo()
      throw reason
    }
    try {
      const body = this.#body
      if (body === undefined) return describeEmpty(this.status ?? exchange.stagedStatus ?? 204)
      const described = body.describe(exchange, jsonDefaults)
      return described instanceof Promise ? described.catch(failed) : described
    } catch (reason) {
      return failed(reason)
    }
  }

  /** The same answer as a WHATWG `Response`; method and fields of `request` decide as a client's would. */
  toWebResponse(request?: Request): Promise<Response> {
    return createWebResponse((exchange) => this.describe(exchange), request)
  }

  #content(kind: BodyKind): unknown {
    return this.#body?.kind === kind ? this.#body.content : undefined
  }
}

Object.defineProperty(Reply.prototype, inspect.custom, {
  value(this: Reply, _depth: number, options: InspectOptions): string {
    return `Reply ${inspect({ status: this.status, headers: this.headers, cookies: Object.keys(this.cookies), body: this.kind }, options)}`
  },
})
