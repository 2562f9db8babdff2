import type { Application, NextFunction, Request, Response } from 'express'
import { EXCHANGE, Exchange } from '../shared/exchange/exchange.js'
import type { PrefixedSigning, View, ViewPaths } from '../shared/exchange/host-types.js'
import { sendPlainError } from '../shared/exchange/plain-error.js'
import type { ResponseDescription } from '../shared/exchange/response-description.js'
import { send } from '../shared/exchange/send.js'
import { closeConnectionOnShutdown } from '../shared/exchange/shutdown.js'
import { entityTagOf } from '../shared/fields/entity-tag.js'
import { readOrigin } from '../shared/fields/origin.js'
import type { JsonOptions, JsonReplacer } from '../shared/json/json-options.js'
import { installViewHelpers, showViewHelpers } from '../shared/redirects/view-variables.js'
import { exchangeOf as sharedExchangeOf } from '../shared/settings/exchange-of.js'
import { inheritSettings, type Settings, type TemplateRenderer } from '../shared/settings/settings.js'
import { applicationOf } from './host.js'
import { RouterDepth } from './router-depth.js'
import { viewPaths } from './view-paths.js'

export class ExpressExchange extends Exchange {
  readonly req: Request
  readonly res: Response
  settings: Settings
  routeBase = ''
  /** Takes the failures of a handler made by `respond()`. All others go, as in Express, to the router that the request is in. */
  next: NextFunction | undefined = undefined
  /** The view variables that have the helpers, and the settings that named these. */
  #viewed: object | undefined
  #viewedBy: Settings | undefined
  readonly #urlAtEntry: string | undefined
  #routers: RouterDepth | undefined
  /** The options outside of each inner `responseKit()` that the request is in, and the depth of the router it stands in. */
  readonly #outer: { readonly depth: number; readonly settings: Settings; readonly routeBase: string }[] = []

  constructor(settings: Settings, req: Request, res: Response) {
    super()
    this.settings = settings
    this.req = req
    this.res = res
    this.#urlAtEntry = req.url
    this.#watchShutdown(settings)
  }

  /** The inner options hold until the router that the inner `responseKit()` stands in ends. */
  enterInner(inner: Settings, innerBase: string | undefined): void {
    const { req, settings, routeBase } = this
    if (typeof req.next === 'function') {
      this.#routers ??= new RouterDepth(req, (depth) => this.#leaveRouter(depth))
      this.#outer.push({ depth: this.#routers.depth, settings, routeBase })
    }
    this.settings = inheritSettings(settings, inner)
    if (innerBase !== undefined) this.routeBase = innerBase
    this.#watchShutdown(inner)
  }

  #leaveRouter(depth: number): void {
    for (let outer = this.#outer.at(-1); outer !== undefined && outer.depth > depth; outer = this.#outer.at(-1)) {
      this.#outer.pop()
      this.settings = outer.settings
      this.routeBase = outer.routeBase
    }
  }

  #watchShutdown({ shutdown }: Settings): void {
    if (shutdown !== undefined) closeConnectionOnShutdown(this.req, this.res, shutdown)
  }

  get #app(): Application | undefined {
    return applicationOf(this.req)
  }

  get url(): string {
    return this.req.originalUrl ?? this.#urlAtEntry ?? '/'
  }

  get origin(): string {
    const { req } = this
    const isTrusted: ((address: string | undefined, hop: number) => boolean) | undefined =
      this.#app?.get('trust proxy fn')
    const forwarded = isTrusted?.(req.socket.remoteAddress, 0) ? this.field('x-forwarded-host') : undefined
    const protocol = this.#app === undefined ? (this.secure ? 'https' : 'http') : req.protocol
    return readOrigin(protocol, forwarded?.split(',', 1)[0]?.trim() || req.headers.host)
  }

  get secure(): boolean {
    if (this.#app !== undefined) return this.req.secure
    return (this.req.socket as { encrypted?: boolean } | undefined)?.encrypted === true // only a TLSSocket has it
  }

  get cookieSigning(): PrefixedSigning {
    // Those of cookie-parser, if it has run.
    const { secret, signedCookies } = this.req as { secret?: string; signedCookies?: Record<string, unknown> }
    return { format: 'prefixed', keys: secret === undefined ? [] : [secret], verified: signedCookies }
  }

  get stagedStatus(): number | undefined {
    return this.res.statusCode === 200 ? undefined : this.res.statusCode
  }

  get locals(): Record<string, unknown> {
    return this.res.locals
  }

  installViewVariables(variables: Record<string, unknown>): void {
    if (this.#viewed === variables && this.#viewedBy === this.settings) return
    this.#viewed = variables
    this.#viewedBy = this.settings
    installViewHelpers(this, variables, this.#app?.locals)
  }

  showViewVariables(): void {
    showViewHelpers(this, this.locals)
  }

  get form(): unknown {
    return this.req.body
  }

  get session(): unknown {
    return (this.req as { session?: unknown }).session
  }

  stageStatus(status: number): void {
    this.res.statusCode = status
  }

  entityTag(body: string | Uint8Array): string | undefined {
    const app = this.#app
    const kind = this.settings.etag ?? (app === undefined ? 'weak' : app.get('etag'))
    if (kind === 'weak' || kind === 'strong') return entityTagOf(body, kind)
    if (kind === true) return entityTagOf(body, 'weak')
    const custom: unknown = kind === false ? undefined : app?.get('etag fn')
    return typeof custom === 'function' ? custom(Buffer.from(body), undefined) : undefined // as res.send calls it
  }

  override get jsonDefaults(): JsonOptions {
    const app = this.#app
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
    return this.#app?.enabled('etag') ?? true
  }

  /** Express 4 is the last to have `res.sendfile`. */
  override get hasLegacySpelling(): boolean {
    return 'sendfile' in this.res
  }

  override viewPaths(view: View): ViewPaths {
    return this.#app === undefined ? super.viewPaths(view) : viewPaths(this.req, view)
  }

  override render(name: string, variables: Readonly<Record<string, unknown>>): ReturnType<TemplateRenderer> {
    const app = this.#app
    this.showViewVariables()
    if (this.settings.templates !== undefined || app === undefined)
      return super.render(name, { ...app?.locals, ...this.locals, ...variables })
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, text: string) => (error ? reject(error) : resolve(text))
      app.render(name, { ...variables, _locals: this.locals }, done)
    })
  }

  respond(description: ResponseDescription): void | Promise<void> {
    return send(this.req, this.res, description)
  }

  raise(error: Error): void {
    const next = this.next ?? this.req.next
    if (typeof next === 'function') next(error)
    else sendPlainError(this.res, error) // the host has no error handling that a call could reach
  }
}

/** The exchange of a response, or one for this call alone if the response did not pass `responseKit()`. */
export function exchangeOf(req: Request, res: Response & { [EXCHANGE]?: ExpressExchange }): ExpressExchange {
  return sharedExchangeOf(res, (settings) => new ExpressExchange(settings, req, res))
}
