import type { Application, Request, Response } from 'express'
import type { PrefixedSigning, View, ViewPaths } from '../shared/exchange/host-types.js'
import { RequestFacts } from '../shared/exchange/request-facts.js'
import { entityTagOf } from '../shared/fields/entity-tag.js'
import { readOrigin } from '../shared/fields/origin.js'
import type { JsonOptions, JsonReplacer } from '../shared/json/json-options.js'
import { inheritSettings, type Settings } from '../shared/settings/settings.js'
import { applicationOf } from './host.js'
import { RouterDepth } from './router-depth.js'
import { viewPaths } from './view-paths.js'

/** What holds in one `responseKit()` that the request is in. */
interface KitPlace {
  /** The depth of the router that the inner `responseKit()` stands in. */
  readonly depth: number
  readonly settings: Settings
  readonly routeBase: string
}

/** A request as Express sees it. On another host with Node's messages, it has the defaults of Express. */
export class ExpressFacts extends RequestFacts {
  declare readonly req: Request
  declare readonly res: Response
  #settings: Settings
  #routeBase: string
  readonly #urlAtEntry: string | undefined
  #routers: RouterDepth | undefined
  /** What holds again when the request leaves the router of an inner `responseKit()`. */
  readonly #outer: KitPlace[] = []

  constructor(settings: Settings, routeBase: string, req: Request, res: Response) {
    super(req, res)
    this.#settings = settings
    this.#routeBase = routeBase
    this.#urlAtEntry = req.url
  }

  /** The inner options hold until the router that the inner `responseKit()` stands in ends. */
  enterInner(inner: Settings, innerBase: string | undefined): void {
    const settings = this.#settings
    const routeBase = this.#routeBase
    if (typeof this.req.next === 'function') {
      this.#routers ??= new RouterDepth(this.req, (depth) => this.#leaveRouter(depth))
      this.#outer.push({ depth: this.#routers.depth, settings, routeBase })
    }
    this.#settings = inheritSettings(settings, inner)
    if (innerBase !== undefined) this.#routeBase = innerBase
  }

  #leaveRouter(depth: number): void {
    for (let outer = this.#outer.at(-1); outer !== undefined && outer.depth > depth; outer = this.#outer.at(-1)) {
      this.#outer.pop()
      this.#settings = outer.settings
      this.#routeBase = outer.routeBase
    }
  }

  get settings(): Settings {
    return this.#settings
  }

  get routeBase(): string {
    return this.#routeBase
  }

  /** `undefined` if the host is no Express. */
  get app(): Application | undefined {
    return applicationOf(this.req)
  }

  get url(): string {
    return this.req.originalUrl ?? this.#urlAtEntry ?? '/'
  }

  get trustsProxy(): boolean {
    const isTrusted: ((address: string | undefined, hop: number) => boolean) | undefined =
      this.app?.get('trust proxy fn')
    return isTrusted?.(this.req.socket.remoteAddress, 0) === true
  }

  get origin(): string {
    const { req } = this
    const forwarded = this.trustsProxy ? this.field('x-forwarded-host') : undefined
    const protocol = this.app === undefined ? (this.secure ? 'https' : 'http') : req.protocol
    return readOrigin(protocol, forwarded?.split(',', 1)[0]?.trim() || req.headers.host)
  }

  get secure(): boolean {
    if (this.app !== undefined) return this.req.secure
    return this.isEncrypted
  }

  get cookieSigning(): PrefixedSigning {
    // Those of cookie-parser, if it has run.
    const { secret, signedCookies } = this.req as { secret?: string; signedCookies?: Record<string, unknown> }
    return { format: 'prefixed', keys: secret === undefined ? [] : [secret], verified: signedCookies }
  }

  get locals(): Record<string, unknown> {
    return this.res.locals
  }

  override get appLocals(): object | undefined {
    return this.app?.locals
  }

  get form(): unknown {
    return this.req.body
  }

  get session(): unknown {
    return (this.req as { session?: unknown }).session
  }

  override entityTag(body: string | Uint8Array): string | undefined {
    const app = this.app
    const kind = this.settings.etag ?? (app === undefined ? 'weak' : app.get('etag'))
    if (kind === 'weak' || kind === 'strong') return entityTagOf(body, kind)
    if (kind === true) return entityTagOf(body, 'weak')
    const custom: unknown = kind === false ? undefined : app?.get('etag fn')
    return typeof custom === 'function' ? custom(Buffer.from(body), undefined) : undefined // as res.send calls it
  }

  override get jsonDefaults(): JsonOptions {
    const app = this.app
    if (app === undefined) return {}
    const replacer: JsonReplacer | undefined = app.get('json replacer') || undefined
    const space: number | string | undefined = app.get('json spaces') || undefined
    return {
      ...(replacer !== undefined && { replacer }),
      ...(space !== undefined && { space }),
      ...(app.get('json escape') && { escapeHtml: true }),
    }
  }

  override get tagsFiles(): boolean {
    return this.app?.enabled('etag') ?? true
  }

  /** Express 4 is the last to have `res.sendfile`. */
  override get hasLegacySpelling(): boolean {
    return 'sendfile' in this.res
  }

  override viewPaths(view: View): ViewPaths {
    return this.app === undefined ? super.viewPaths(view) : viewPaths(this.req, view)
  }
}
