import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { parseCookie } from 'cookie'
import { entityTagOf } from '../fields/entity-tag.js'
import type { JsonOptions } from '../json/json-options.js'
import type { Settings } from '../settings/settings.js'
import type { CookieSigning, View, ViewPaths } from './host-types.js'
import { isComplete, isDestroyed } from './when-response-closes.js'

/**
 * The facts of a request, read only: what the client sent, which options are in force, what the handler has staged, and
 * how the framework sees them. Functions that decide without an effect take the facts and not the exchange.
 */
export abstract class RequestFacts {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  #isStatusStaged = false
  #requestCookies: Readonly<Record<string, string | undefined>> | undefined

  constructor(req: IncomingMessage, res: ServerResponse) {
    this.req = req
    this.res = res
  }

  /** The options in force: those of the innermost `responseKit()` that the request is in. */
  abstract readonly settings: Settings
  /** The path of the app that brought the routes. It is put before every URL that is built from them. */
  abstract readonly routeBase: string
  /** Path and query as the client sent them, even if a mount has cut off a part since. */
  abstract readonly url: string
  /** `scheme://host` by the framework's own trust in proxies. Empty if the Host is missing or malformed. */
  abstract readonly origin: string
  /** Whether the framework believes what the proxy in front of it says in X-Forwarded fields. */
  abstract readonly trustsProxy: boolean
  /** The request came by https, by the framework's own trust in proxies. */
  abstract readonly secure: boolean
  /** How the framework's own cookie packages sign, and their keys. */
  abstract readonly cookieSigning: CookieSigning
  /** The view variables of this response: `res.locals`, `ctx.state`. */
  abstract readonly locals: Record<string, unknown>
  /** The parsed form fields, if a body parser has run. */
  abstract readonly form: unknown
  abstract readonly session: unknown
  /** The `flash` that another package has put on this one response. */
  get otherFlash(): ((...given: unknown[]) => unknown) | undefined {
    return undefined
  }

  /**
   * The status that the handler staged; `undefined` if it staged none. A 200 counts only if a call of the kit has staged it: Node
   * does not tell the one it begins with from one that was set.
   */
  get stagedStatus(): number | undefined {
    const { statusCode } = this.res
    return statusCode === 200 && !this.#isStatusStaged ? undefined : statusCode
  }

  /** `undefined`: the handler has staged none. */
  stageStatus(status: number | undefined): void {
    this.res.statusCode = status ?? 200
    this.#isStatusStaged = status !== undefined
  }

  /** The connection to this server is one of TLS. */
  get isEncrypted(): boolean {
    return (this.req.socket as Partial<TLSSocket> | undefined)?.encrypted === true // only a TLSSocket has it
  }

  /** The view variables that all responses of the app share: `app.locals` of Express. */
  get appLocals(): object | undefined {
    return undefined
  }

  /** The entity-tag of a body in memory. A framework that has a setting for it decides itself. */
  entityTag(body: string | Uint8Array): string | undefined {
    const kind = this.settings.etag ?? 'weak'
    return kind === false ? undefined : entityTagOf(body, kind)
  }

  /** Whether files carry an entity-tag if no option decides. */
  get tagsFiles(): boolean {
    return true
  }

  /** Whether `download` quotes every filename and writes `charset=UTF-8`, as Express 4 has always done. */
  get hasLegacySpelling(): boolean {
    return false
  }

  /** The paths at which the framework's own router serves a handler. */
  viewPaths(_view: View): ViewPaths {
    return { base: '', paths: [] }
  }

  /** How the framework writes JSON if a call does not say. */
  get jsonDefaults(): JsonOptions | undefined {
    return undefined
  }

  get method(): string {
    return this.req.method ?? 'GET'
  }

  /** The client left before the response was complete. Node destroys a complete response too. */
  get aborted(): boolean {
    return !isComplete(this.res) && isDestroyed(this.req, this.res)
  }

  /** A field of the request. */
  field(name: string): string | undefined {
    const value = this.req.headers[name]
    return typeof value === 'string' ? value : value?.join(', ')
  }

  /** A field that the handler has staged. */
  stagedField(name: string): string | undefined {
    const value = this.res.getHeader(name)
    return value === undefined ? undefined : String(value)
  }

  /** The Content-Length that the handler has staged for the next body. */
  get stagedLength(): string | undefined {
    return this.stagedField('content-length')
  }

  /** The request's cookies, still encoded. They are parsed once, at the first call that asks. */
  get requestCookies(): Readonly<Record<string, string | undefined>> {
    this.#requestCookies ??= parseCookie(this.req.headers.cookie ?? '', { decode: (encoded) => encoded })
    return this.#requestCookies
  }
}
