import type { NextFunction, Request, Response } from 'express'
import { EXCHANGE, Exchange } from '../shared/exchange/exchange.js'
import type { PrefixedSigning, View, ViewPaths } from '../shared/exchange/host-types.js'
import type { ResponseDescription } from '../shared/exchange/response-description.js'
import { send } from '../shared/exchange/send.js'
import { entityTagOf } from '../shared/fields/entity-tag.js'
import { readOrigin } from '../shared/fields/origin.js'
import type { JsonOptions, JsonReplacer } from '../shared/json/json-options.js'
import { addViewVariables } from '../shared/redirects/view-variables.js'
import { createSettings, type Settings, type TemplateRenderer } from '../shared/settings/settings.js'
import { viewPaths } from './view-paths.js'

export class ExpressExchange extends Exchange {
  readonly req: Request
  readonly res: Response
  /** Where a handler's own failures go; else, as in Express itself, to the router the request is in by then. */
  next: NextFunction | undefined = undefined
  #viewed: object | undefined

  constructor(settings: Settings, req: Request, res: Response) {
    super(settings)
    this.req = req
    this.res = res
  }

  get url(): string {
    return this.req.originalUrl
  }

  get origin(): string {
    const { req } = this
    const isTrusted: (address: string | undefined, hop: number) => boolean = req.app.get('trust proxy fn')
    const forwarded = isTrusted(req.socket.remoteAddress, 0) ? req.get('X-Forwarded-Host') : undefined
    return readOrigin(req.protocol, forwarded?.split(',', 1)[0]?.trim() || req.headers.host)
  }

  get secure(): boolean {
    return this.req.secure
  }

  get cookieSigning(): PrefixedSigning {
    // cookie-parser's, where it has run.
    const { secret, signedCookies } = this.req as { secret?: string; signedCookies?: Record<string, unknown> }
    return { format: 'prefixed', keys: secret === undefined ? [] : [secret], verified: signedCookies }
  }

  get stagedStatus(): number | undefined {
    return this.res.statusCode === 200 ? undefined : this.res.statusCode
  }

  get locals(): Record<string, unknown> {
    return this.res.locals
  }

  bringViewVariables(variables: Record<string, unknown>): void {
    if (this.#viewed === variables) return
    this.#viewed = variables
    addViewVariables(this, variables, this.req.app.locals)
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
    const kind = this.settings.etag ?? this.req.app.get('etag')
    if (kind === 'weak' || kind === 'strong') return entityTagOf(body, kind)
    if (kind === true) return entityTagOf(body, 'weak')
    const custom: unknown = kind === false ? undefined : this.req.app.get('etag fn')
    return typeof custom === 'function' ? custom(Buffer.from(body), undefined) : undefined // as res.send calls it
  }

  override get jsonDefaults(): JsonOptions {
    const { app } = this.req
    const replacer: JsonReplacer | undefined = app.get('json replacer') || undefined
    const space: number | string | undefined = app.get('json spaces') || undefined
    return {
      ...(replacer !== undefined && { replacer }),
      ...(space !== undefined && { space }),
      ...(app.get('json escape') && { escapeHtml: true }),
    }
  }

  override get tagsFiles(): boolean {
    return this.req.app.enabled('etag')
  }

  /** Express 4, the last to have `res.sendfile`. */
  override get hasLegacySpelling(): boolean {
    return 'sendfile' in this.res
  }

  override viewPaths(view: View): ViewPaths {
    return viewPaths(this.req, view)
  }

  override render(name: string, variables: Readonly<Record<string, unknown>>): ReturnType<TemplateRenderer> {
    const { app } = this.req
    if (this.settings.templates !== undefined)
      return super.render(name, { ...app.locals, ...this.locals, ...variables })
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, text: string) => (error ? reject(error) : resolve(text))
      app.render(name, { ...variables, _locals: this.locals }, done)
    })
  }

  respond(description: ResponseDescription): void | Promise<void> {
    return send(this.method, this.res, description)
  }

  raise(error: Error): void {
    const next = this.next ?? this.req.next
    next?.(error)
  }
}

const DEFAULTS = createSettings()

/** The exchange of a response, or one for this call alone where no `responseKit()` was passed. */
export function exchangeOf(req: Request, res: Response & { [EXCHANGE]?: ExpressExchange }): ExpressExchange {
  return res[EXCHANGE] ?? new ExpressExchange(DEFAULTS, req, res)
}
