import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ParameterizedContext } from 'koa'
import { Exchange } from '../shared/exchange/exchange.js'
import type { CompanionSigning, View, ViewPaths } from '../shared/exchange/host-types.js'
import { entityTagOf } from '../shared/fields/entity-tag.js'
import { readOrigin } from '../shared/fields/origin.js'
import { addViewVariables, hideViewVariables } from '../shared/redirects/view-variables.js'
import { isLayeredRouter, pathsInRouter } from '../shared/routes/router-source.js'
import type { Settings } from '../shared/settings/settings.js'
import { type MountPlace, mountBase } from './mount-base.js'

/** The facts of a Koa request, and of what a handler has staged for its answer. */
export abstract class KoaRequestView extends Exchange {
  readonly ctx: ParameterizedContext
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** The innermost `responseKit()` that the request has passed. */
  place: MountPlace | undefined = undefined
  /** The view variables that show the kit's, and those that hide them until something renders views. */
  #shown: object | undefined
  #hidden: object | undefined

  constructor(settings: Settings, ctx: ParameterizedContext) {
    super(settings)
    this.ctx = ctx
    this.req = ctx.req
    this.res = ctx.res
  }

  get url(): string {
    return this.ctx.originalUrl
  }

  get origin(): string {
    // Not ctx.host, which makes a host of what is none: it drops the userinfo of `evil@app.example`.
    const { ctx } = this
    const forwarded = ctx.app.proxy ? ctx.get('X-Forwarded-Host').split(',', 1)[0]?.trim() : ''
    return readOrigin(ctx.protocol, forwarded || ctx.get(':authority') || ctx.get('Host'))
  }

  get secure(): boolean {
    return this.ctx.secure
  }

  get cookieSigning(): CompanionSigning {
    return { format: 'companion', keys: this.ctx.app.keys ?? [] }
  }

  /** Koa starts at 404 and remembers whether somebody said so. */
  get stagedStatus(): number | undefined {
    const { _explicitStatus } = this.ctx.response as { _explicitStatus?: boolean }
    return _explicitStatus === true ? this.res.statusCode : undefined
  }

  get locals(): Record<string, unknown> {
    return this.ctx.state
  }

  bringViewVariables(variables: Record<string, unknown>): void {
    if (this.#shown === variables) return
    if (rendersViews(this.ctx, this.settings)) {
      this.#shown = variables
      addViewVariables(this, variables)
    } else if (this.#hidden !== variables) {
      this.#hidden = variables
      hideViewVariables(this, variables)
    }
  }

  get form(): unknown {
    return (this.ctx.request as { body?: unknown }).body
  }

  get session(): unknown {
    return this.ctx.session
  }

  override get hasAnswer(): boolean {
    return this.isAnswered || (this.ctx.body !== undefined && this.ctx.body !== null)
  }

  /** A length Koa found for an earlier body says nothing of the next one. */
  override stagedField(name: string): string | undefined {
    return name === 'content-length' && this.ctx.body != null ? undefined : super.stagedField(name)
  }

  stageStatus(status: number): void {
    this.ctx.status = status
  }

  entityTag(body: string | Uint8Array): string | undefined {
    const kind = this.settings.etag ?? 'weak'
    return kind === false ? undefined : entityTagOf(body, kind)
  }

  /** Where the @koa/router the request is in serves a handler. */
  override viewPaths(view: View): ViewPaths {
    const router: unknown = this.ctx.router
    const paths = isLayeredRouter(router) ? pathsInRouter(router, view) : []
    return { base: mountBase(this.ctx, this.place), paths }
  }
}

/** Koa itself renders nothing: a view engine brings `ctx.render`, an app that uses the kit's views says so by option. */
function rendersViews(ctx: ParameterizedContext, { templates, routes }: Settings): boolean {
  return templates !== undefined || routes !== undefined || typeof ctx.render === 'function'
}
